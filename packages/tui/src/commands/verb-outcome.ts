import type { VerbResult } from '@breakglass/shared';
import { EXIT, type ExitCode } from '../exit.ts';

export interface VerbOutcome {
  exitCode: ExitCode;
  /** How it ended, one sentence. */
  said: string;
  /** What to do next; empty where there is nothing to do. */
  hint: string;
}

const LOOK = 'run `breakglass pve status`';

/** The exit codes of the host script that need their own words. Every other one but 0 is a failure. */
const OUTCOMES: Readonly<Record<number, VerbOutcome>> = {
  0: { exitCode: EXIT.ok, said: 'done', hint: '' },
  2: { exitCode: EXIT.refused, said: 'the host does not take it; nothing was run', hint: '' },
  3: { exitCode: EXIT.busy, said: 'another operation runs on the host', hint: `wait for it, then ${LOOK}` },
  10: {
    exitCode: EXIT.refused,
    said: 'the host refused; nothing was changed',
    hint: 'the reason stands above',
  },
  22: {
    exitCode: EXIT.failed,
    said: 'the VM IS DOWN: it was stopped and did not start again',
    hint: 'run `breakglass pve start`; if that fails, look at the host itself',
  },
  31: { exitCode: EXIT.unknown, said: 'the job goes on without us: the outcome is unknown', hint: LOOK },
  255: { exitCode: EXIT.unknown, said: 'the way to the host broke: the outcome is unknown', hint: LOOK },
};

const UNKNOWN: VerbOutcome = { exitCode: EXIT.unknown, said: 'the outcome is unknown', hint: LOOK };

/** What a verb's result means for the one who asked. The daemon's own words, next step included, go before ours. */
export function verbOutcome({ verb, exit_code: code, rejected, begun, outcome }: VerbResult): VerbOutcome {
  const failed = { exitCode: EXIT.failed, said: `it failed on the host, with exit code ${code}`, hint: LOOK };
  const found = code === null ? UNKNOWN : (OUTCOMES[code] ?? failed);
  const refused = rejected && found.exitCode === EXIT.failed;
  const exitCode = begun === false ? EXIT.unreachable : refused ? EXIT.refused : found.exitCode;
  if (outcome !== undefined) return { exitCode, said: outcome, hint: '' };
  const said = begun === false ? 'not begun: the host was not reached' : found.said;
  return { ...found, exitCode, said: `${verb}: ${said}` };
}
