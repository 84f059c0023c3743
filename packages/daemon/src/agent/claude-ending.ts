import type { EventBody } from '@breakglass/shared';
import { describeOutcome, type Outcome } from '../process/run.ts';
import type { Opening } from './claude-argv.ts';

/** How a process of the claude CLI ended. */
export interface Ending {
  outcome: Outcome;
  /** Its `result` event, if it came to that. */
  result: EventBody | null;
  /** The end of its stderr. */
  stderr: string;
  bin: string;
}

/** Pure: whether the conversation exists although it was to be new, or does not although it was to be resumed. */
export function openingFailed(opening: Opening, { outcome, stderr }: Ending): boolean {
  if (outcome.exitCode !== 1) return false;
  return opening === 'new'
    ? /Session ID \S+ is already in use/.test(stderr)
    : /No conversation found/.test(stderr);
}

/** Pure: the events that tell the operator how the turn's process ended. None for one that was aborted. */
export function* explainEnding({ outcome, result, stderr, bin }: Ending): Generator<EventBody> {
  if (outcome.survivors) {
    const pids = outcome.survivors.map(({ pid }) => pid).join(', ');
    const text = `Processes of this turn can't be ended (${pids}): they hang in the kernel of the daemon's machine.`;
    yield { kind: 'notice', level: 'error', code: 'processes-left', text };
  }
  if (outcome.aborted) return;
  if (outcome.timedOut || result === null) {
    yield {
      kind: 'error',
      error: `${describeOutcome('The claude CLI', outcome)}. ${nextStep(outcome, stderr, bin)}`,
    };
    return;
  }
  if (result.kind === 'result' && result.is_error && /not logged in|\/login/i.test(result.result)) {
    yield { kind: 'notice', level: 'error', code: 'agent-not-logged-in', text: LOGIN };
  }
  yield result;
}

/**
 * Pure: what to say of tool calls that were cut off. Ending ssh does not end what runs at its other end: there
 * is no terminal there to hang up.
 * @param openCalls commands by call id
 */
export function* remoteMayContinue(openCalls: ReadonlyMap<string, string>): Generator<EventBody> {
  const remote = [...openCalls.values()].filter((command) => /\bssh\s/.test(command));
  if (remote.length === 0) return;
  const commands = remote.map((command) => `"${shorten(command)}"`).join(', ');
  const text = `Cut off while it ran ${commands}: on the other host this may still run. Check there before you repeat it.`;
  yield { kind: 'notice', level: 'warn', code: 'remote-may-continue', text };
}

const LOGIN =
  'The claude CLI has no valid credentials. Set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN for breakglassd, or ' +
  'log in with `claude` as its user. Without a model: BREAKGLASS_AGENT_KIND=runbook, and breakglass pve status.';

const POWER_PATH = 'The power path still works: breakglass pve status.';

function nextStep({ timedOut, spawnError }: Outcome, stderr: string, bin: string): string {
  if (timedOut)
    return `Ask again with a smaller task, or raise BREAKGLASS_TURN_TIMEOUT_SECONDS. ${POWER_PATH}`;
  if (spawnError) {
    return `Set BREAKGLASS_CLAUDE_BIN (now "${bin}") to the claude CLI, or BREAKGLASS_AGENT_KIND=runbook. ${POWER_PATH}`;
  }
  const said = stderr === '' ? 'It said nothing on stderr.' : `It said: ${stderr}`;
  return `It left no result; ask again to go on. ${POWER_PATH} ${said}`;
}

function shorten(command: string): string {
  return command.length > 120 ? `${command.slice(0, 119)}…` : command;
}
