import type { Verb, VerbResult } from '@breakglass/shared';
import type { Outcome } from '../process/run.ts';
import { parseStatus } from './vm-look.ts';

/** What a verb that ended with 0 has done. */
const DONE: Readonly<Record<Verb, string>> = {
  status: 'The host answered.',
  forensics: 'The state of the VM was captured; nothing was changed.',
  start: 'The VM was started.',
  stop: 'The VM is powered off and stays down; start puts it back.',
  reset: 'The guest was reset, in the same QEMU process.',
  cycle: 'The VM was powered off and runs again, in a fresh QEMU process.',
};

/**
 * What an exit code of the host script means and what to do next. The older script knows only 0 and 2;
 * 255 is ssh's own, and says nothing about the verb (ssh(1), EXIT STATUS).
 */
const MEANINGS: Readonly<Record<number, (verb: Verb, stdout: string) => string>> = {
  0: done,
  2: (verb) => `The host rejected "${verb}"; nothing was run. Is its script older than this daemon?`,
  3: (verb) =>
    `The host is busy with another operation, so "${verb}" was not begun. Wait, then look: breakglass pve status.`,
  10: (verb) => `The host refused "${verb}" before it changed anything; the output says why.`,
  12: () => 'Nothing was done, and the VM is not healthy; the output says why. Try cycle.',
  20: () => 'The VM could not be stopped; its QEMU is still alive. Go to a shell on the host.',
  21: () =>
    "QEMU can't be killed: it is stuck in the kernel. Mend the storage it waits for, or reboot the host.",
  22: () => 'THE VM IS DOWN: it was stopped and did not start. Run start again; the output has the reason.',
  23: () => 'The VM was started but does not answer yet. Look again: breakglass pve status.',
  24: () => 'The reset had no effect: QEMU does not answer. Only cycle can help.',
  30: () => 'The host itself is sick: its tools do not answer in time. Go to its shell or its console.',
  31: () => 'The job goes on at the host; this view of it ended. Look again: breakglass pve status.',
};

const UNKNOWN =
  'The outcome is unknown: the verb may or may not have taken effect. ' +
  'Do not repeat it blindly; look first: breakglass pve status.';

/** How a verb's ssh ended, in the words of the wire. Pure. */
export function interpret(
  verb: Verb,
  outcome: Outcome,
  { stdout, stderr, deadlineMs }: { stdout: string; stderr: string; deadlineMs: number },
): VerbResult {
  const { exitCode } = outcome;
  if (outcome.spawnError !== null) {
    const why = `ssh could not be started (${outcome.spawnError.message})`;
    return {
      verb,
      exit_code: null,
      stdout,
      stderr: joinLines(stderr, why),
      rejected: false,
      outcome: `Nothing was run: ${why}. ${startAgain(outcome.spawnError)}`,
      begun: false,
    };
  }
  if (outcome.timedOut || exitCode === null) {
    const why = outcome.timedOut
      ? `no end within ${Math.round(deadlineMs / 1000)} s`
      : `ssh was ended by ${outcome.signal ?? 'something'}`;
    return {
      verb,
      exit_code: null,
      stdout,
      stderr: joinLines(stderr, why),
      rejected: false,
      outcome: UNKNOWN,
    };
  }
  const result = { verb, exit_code: exitCode, stdout, stderr, rejected: exitCode === 2 };
  if (exitCode !== 255) return { ...result, outcome: meaning(verb, exitCode, stdout) };
  // Not a word on stdout, and ssh's own reason: it never got as far as the verb.
  const neverRan = stdout === '' && NEVER_RAN.test(stderr);
  return neverRan ? { ...result, outcome: NOT_IN, begun: false } : { ...result, outcome: UNKNOWN };
}

/** May the verb have taken effect, though nobody knows? Pure. */
export function isUnknown({ exit_code, begun }: VerbResult): boolean {
  return begun !== false && (exit_code === null || exit_code === 255);
}

function meaning(verb: Verb, exitCode: number, stdout: string): string {
  return (
    MEANINGS[exitCode]?.(verb, stdout) ??
    `${verb} failed with exit code ${exitCode}; the output has the reason.`
  );
}

/** The newer host script says more than its exit code: the state, and whether there was anything to do. */
function done(verb: Verb, stdout: string): string {
  const state = parseStatus(stdout) ?? /^RESULT .*\bstate=([a-z-]{1,32})\b/m.exec(stdout)?.[1];
  if (verb === 'status' && /\bqmp[=:] ?silent\b/.test(stdout)) {
    return `The VM is ${state ?? 'there'}, but its QEMU does not answer: cycle is likely the cure.`;
  }
  if (verb === 'status' && state !== undefined) return `The VM is ${state}.`;
  if (/^RESULT .*\boutcome=noop\b/m.test(stdout)) return `Nothing to do: the VM is ${state ?? 'so'} already.`;
  return DONE[verb];
}

function startAgain(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT'
    ? 'Install an ssh client where the daemon runs.'
    : 'The machine that runs the daemon is short of something; mend that, then try again.';
}

/** What ssh says when it never got as far as running the verb. */
const NEVER_RAN =
  /connection refused|no route to host|could not resolve|network is unreachable|permission denied|host key verification failed|connection timed out|operation timed out|bad configuration option|no such file or directory/i;

const NOT_IN =
  'Nothing was run: ssh did not get into the PVE host; its message says why. ' +
  'Check the address, the key and the host key.';

function joinLines(first: string, second: string): string {
  return first === '' || first.endsWith('\n') ? `${first}${second}\n` : `${first}\n${second}\n`;
}
