import type { EventBody } from '@breakglass/shared';
import { describeOutcome, type Outcome, start } from '../process/run.ts';
import type { SshAlias } from '../process/ssh.ts';
import { type Agent, type AgentTurn, TURN_MARKER } from '../session/agent.ts';
import { boundOutput } from './bounded-output.ts';
import { chooseRunbook, NOT_UNDERSTOOD } from './runbook-choice.ts';
import { PVE_STATUS, RUNBOOKS, type Runbook, type RunbookStep } from './runbooks.ts';
import { tailOf } from './tail.ts';
import { accessVerdict, conclude, type Seen, wedgedVerdict } from './verdicts.ts';

export interface RunbookOptions {
  /** The argv that runs a command on a host. */
  ssh: (alias: SshAlias, command: readonly string[]) => [string, ...string[]];
  env: Record<string, string>;
  /** Bound of one command; then the next one has its turn. Default 20 s. */
  commandTimeoutMs?: number;
}

const COMMAND_MS = 20_000;
/** More than any of the commands prints on a sane host. */
const STDOUT_BYTES = 2 * 1024 * 1024;
const STDERR_BYTES = 16 * 1024;

/** An agent without a model: one fixed diagnosis for each preset. It looks and concludes, it changes nothing. */
export function createRunbookAgent(options: RunbookOptions): Agent {
  return {
    kind: 'runbook',
    run: (turn) => run(options, turn),
    check: async () => ({ ok: true, detail: `runbooks, no model: ${Object.keys(RUNBOOKS).join(', ')}` }),
  };
}

async function* run(options: RunbookOptions, turn: AgentTurn): AsyncGenerator<EventBody> {
  const begun = performance.now();
  const chosen = chooseRunbook(turn.prompt);
  const name = chosen ?? 'triage';
  const runbook = RUNBOOKS[name];
  if (turn.briefing !== null) yield { kind: 'text', text: `${turn.briefing}\n\n` };
  if (chosen === null) yield { kind: 'text', text: `${NOT_UNDERSTOOD}\n\n` };
  yield { kind: 'text', text: `${runbook.intro} (Runbook "${name}": no model is used.)\n` };
  const seen: Seen[] = [];
  for (const step of stepsOf(runbook, seen)) {
    if (turn.signal.aborted) return;
    yield* runStep(options, turn, step, seen);
  }
  if (turn.signal.aborted) return;
  const verdicts = isShut(seen) ? [accessVerdict, wedgedVerdict] : [accessVerdict, ...runbook.verdicts];
  const { found, next } = conclude(verdicts, seen);
  const verdict = `**Verdict:** ${found}\n\n**Next step:** ${next}`;
  yield { kind: 'text', text: verdict };
  yield resultOf(verdict, begun, seen.length);
}

/** The steps, with those that follow from what was seen. A devvm that can't be reached is asked only once. */
function* stepsOf(runbook: Runbook, seen: readonly Seen[]): Generator<RunbookStep> {
  for (const step of runbook.steps) if (step.host === 'pve' || !isShut(seen)) yield step;
  if (isShut(seen)) {
    if (!seen.some(({ host }) => host === 'pve')) yield PVE_STATUS;
    return;
  }
  yield* runbook.follow?.(seen) ?? [];
}

function isShut(seen: readonly Seen[]): boolean {
  return seen.some(({ host, end }) => host === 'devvm' && (end === 'silent' || end === 'denied'));
}

/** Yields the call and its result, and adds to `seen`. Nothing but the call where the turn is cancelled. */
async function* runStep(
  { ssh, env, commandTimeoutMs = COMMAND_MS }: RunbookOptions,
  { signal, turnId }: AgentTurn,
  { host, command, why }: RunbookStep,
  seen: Seen[],
): AsyncGenerator<EventBody> {
  const call_id = `${turnId}-${seen.length + 1}`;
  const shown = `ssh ${host} ${/[|&;<>]/.test(command) ? `'${command}'` : command}`;
  yield { kind: 'tool', call_id, name: 'Bash', input: { command: shown, description: why } };
  const child = start(ssh(host, [command]), {
    env,
    deadlineMs: commandTimeoutMs,
    signal,
    marker: `${TURN_MARKER}=${turnId}`,
  });
  const [stdout, stderr, outcome] = await Promise.all([
    tailOf(child.stdout, STDOUT_BYTES),
    tailOf(child.stderr, STDERR_BYTES),
    child.ended,
  ]);
  if (outcome.aborted) return;
  const first = !seen.some((one) => one.host === host && one.end === 'answered');
  seen.push({ host, command, output: stdout, end: endOf(outcome, stderr, first) });
  const is_error = outcome.exitCode !== 0;
  const ending = is_error ? [describeOutcome(shown, outcome)] : [];
  const output = [stdout.trimEnd(), stderr.trim(), ...ending].filter((part) => part !== '').join('\n');
  yield { kind: 'tool_result', call_id, is_error, ...boundOutput(output) };
}

/** 255 is ssh's own exit code. A command that hangs on a host that answered before is merely slow. */
function endOf({ exitCode, timedOut, spawnError }: Outcome, stderr: string, first: boolean): Seen['end'] {
  if (timedOut) return first ? 'silent' : 'slow';
  if (spawnError !== null) return 'denied';
  if (exitCode !== 255 && exitCode !== null) return 'answered';
  return OUR_OWN_TROUBLE.test(stderr) ? 'denied' : 'silent';
}

/** What ssh says where the host is there, or where it did not even try. */
const OUR_OWN_TROUBLE =
  /Permission denied|Host key verification failed|HOST IDENTIFICATION|Too many authentication|Bad configuration|Can't open user config/i;

function resultOf(verdict: string, begun: number, turns: number): EventBody {
  const duration_ms = Math.round(performance.now() - begun);
  return { kind: 'result', is_error: false, result: verdict, duration_ms, turns };
}
