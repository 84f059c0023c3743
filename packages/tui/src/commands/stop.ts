import { CommandError, EXIT } from '../exit.ts';

/** Does nothing: at 3 a.m. the word means two things, and one of them powers a machine off. */
export function stop(): never {
  throw new CommandError(
    EXIT.usage,
    '"stop" could mean the turn or the VM: nothing was done',
    '`breakglass cancel` ends the turn of the agent, the VM stays as it is\n' +
      '`breakglass pve stop` powers the VM off, the turn stays as it is',
  );
}
