import { type Command, defineCommand } from 'just-bash';
import { answer } from '../answer.ts';
import type { Machine } from '../machine.ts';
import { clock, uptimeSpan } from '../time-text.ts';

/** uptime, w. */
export function uptimeCommands(machine: Machine): Command[] {
  return [
    defineCommand('uptime', async (args) => {
      if (args.includes('-p')) return answer(`up ${uptimeSpan(Date.now() - machine.bootedAt)}\n`);
      if (args.includes('-s'))
        return answer(`${new Date(machine.bootedAt).toISOString().slice(0, 19).replace('T', ' ')}\n`);
      return answer(`${uptimeLine(machine)}\n`);
    }),
    defineCommand('w', async () =>
      answer(`${uptimeLine(machine)}\nUSER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n`),
    ),
  ];
}

/** ` 03:12:44 up 3 days,  4:02,  0 users,  load average: 0.12, 0.10, 0.09` */
export function uptimeLine(machine: Machine): string {
  const now = Date.now();
  const averages = machine.loadAverages().map((average) => average.toFixed(2));
  return ` ${clock(now)} up ${uptimeSpan(now - machine.bootedAt)},  0 users,  load average: ${averages.join(', ')}`;
}
