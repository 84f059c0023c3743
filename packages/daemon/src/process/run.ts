import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { OutputPipe } from './output-pipe.ts';
import { endMarked, type MarkedProcess } from './tree.ts';
import { within } from './within.ts';

/** Every way a process can end, in one shape. */
export interface Outcome {
  /** Null where a signal ended it, or it never started. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** It was ended because its deadline passed. */
  timedOut: boolean;
  /** It was ended because its AbortSignal fired. */
  aborted: boolean;
  /** Why it never started: ENOENT, EACCES, E2BIG … */
  spawnError: Error | null;
  durationMs: number;
  /** Marked processes that outlived even SIGKILL (stuck in the kernel). Absent where there are none. */
  survivors?: readonly MarkedProcess[];
}

export interface RunOptions {
  /** The whole environment: nothing is inherited, and only `marker` is added. */
  env: Record<string, string>;
  cwd?: string;
  deadlineMs: number;
  signal?: AbortSignal;
  /** What asks the process to end. Default SIGTERM. */
  politeSignal?: NodeJS.Signals;
  /** How long it then has until SIGKILL. Default 2000. */
  graceMs?: number;
  /**
   * `NAME=value`, set in the environment. All that carries it has ended when `ended` resolves, however the
   * process itself ended; tree.ts says what it can't see.
   */
  marker?: string;
}

/**
 * A started process. The caller must drain both streams (`resume()` drops one): a full pipe stops the
 * process. They end when it has ended, also where a stray of it holds the pipes open.
 * `ended` never rejects, and is bounded: by the deadline, the grace, and a few seconds for the cleaning up.
 */
export interface Running {
  readonly pid: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly ended: Promise<Outcome>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;
type Interruption = 'deadline' | 'abort';

const DEFAULT_GRACE_MS = 2000;
/** SIGKILL works at once, except on a process that is stuck in the kernel: that one is given up. */
const KILL_MS = 2000;
/** How long the rest of a killed process's output may still trickle to its reader. */
const REST_MS = 3000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Starts argv without a shell, with an empty stdin, in a process group of its own. Never throws. */
export function start(argv: readonly [string, ...string[]], options: RunOptions): Running {
  const begun = performance.now();
  if (options.signal?.aborted) return stillborn({ ...nothing(begun), aborted: true });
  let child: Child;
  try {
    child = launch(argv, options);
  } catch (error) {
    // E2BIG and a NUL byte in an argument are thrown; ENOENT and EACCES are emitted, see `exitOf`.
    return stillborn({ ...nothing(begun), spawnError: asError(error) });
  }
  // Out of file descriptors (EMFILE) there is an error to come, and no pipes.
  if (child.stdout === undefined) return { ...stillborn(nothing(begun)), ended: neverBegan(child, begun) };
  const stdout = new OutputPipe(child.stdout);
  const stderr = new OutputPipe(child.stderr);
  const ended = follow(child, [stdout, stderr], options, begun);
  return { pid: child.pid, stdout: stdout.output, stderr: stderr.output, ended };
}

/** One sentence about an ending, without a full stop; `what` names the process to a person. */
export function describeOutcome(what: string, outcome: Outcome): string {
  const { exitCode, signal, timedOut, aborted, spawnError, durationMs } = outcome;
  if (spawnError) return `${what} could not be started: ${spawnReason(spawnError)}`;
  if (timedOut) return `${what} took too long and was ended after ${(durationMs / 1000).toFixed(1)} s`;
  if (aborted) return `${what} was ended before it was done`;
  if (signal) return `${what} was ended by ${signal}`;
  return exitCode === 0 ? `${what} succeeded` : `${what} failed with exit code ${exitCode}`;
}

async function follow(
  child: Child,
  pipes: readonly OutputPipe[],
  options: RunOptions,
  begun: number,
): Promise<Outcome> {
  const exited = exitOf(child);
  using clock = interruptions(options);
  const cause = await Promise.race([exited.then(() => null), clock.first]);
  if (cause !== null) await end(child, exited, options);
  const survivors = options.marker === undefined ? [] : await endMarked(options.marker);
  // The deadline also bounds a reader that never drains; a killed process has less.
  const limit = cause === null ? clock.signal : AbortSignal.timeout(REST_MS);
  await Promise.all(pipes.map((pipe) => pipe.finish(limit)));
  return {
    ...nothing(begun),
    ...(await Promise.race([exited, unknownExit])),
    timedOut: cause === 'deadline',
    aborted: cause === 'abort',
    ...(survivors.length > 0 && { survivors }),
  };
}

type Exit = Pick<Outcome, 'exitCode' | 'signal' | 'spawnError'>;

/** For a process that SIGKILL did not end. */
const unknownExit: Promise<Exit> = Promise.resolve({ exitCode: null, signal: null, spawnError: null });

function exitOf(child: Child): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal, spawnError: null }));
    child.on('error', (spawnError) => resolve({ exitCode: null, signal: null, spawnError }));
  });
}

async function end(child: Child, exited: Promise<unknown>, options: RunOptions): Promise<void> {
  child.kill(options.politeSignal ?? 'SIGTERM');
  await within(exited, options.graceMs ?? DEFAULT_GRACE_MS);
  // The whole group, also where its leader went politely: it may have left somebody.
  killGroup(child.pid);
  await within(exited, KILL_MS);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left in it
  }
}

/** The first of deadline and abort. Disposing it clears the timer and the listener. */
function interruptions({ deadlineMs, signal }: RunOptions) {
  const controller = new AbortController();
  const first = once(controller.signal, 'abort').then((): Interruption => controller.signal.reason);
  const onAbort = (): void => controller.abort('abort' satisfies Interruption);
  const onDeadline = (): void => controller.abort('deadline' satisfies Interruption);
  const timer = setTimeout(onDeadline, Math.min(deadlineMs, LONGEST_TIMER_MS));
  signal?.addEventListener('abort', onAbort);
  return {
    first,
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

function launch([file, ...args]: readonly [string, ...string[]], options: RunOptions): Child {
  const { env, cwd, marker } = options;
  const [name, value] = marker === undefined ? [] : splitMarker(marker);
  return spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: name === undefined ? env : { ...env, [name]: value },
    ...(cwd !== undefined && { cwd }),
  });
}

function splitMarker(marker: string): [string, string] {
  const at = marker.indexOf('=');
  if (at < 1) throw new TypeError(`a marker is NAME=value, not "${marker}"`);
  return [marker.slice(0, at), marker.slice(at + 1)];
}

function stillborn(outcome: Outcome): Running {
  const ended = Promise.resolve(outcome);
  return { pid: undefined, stdout: Readable.from([]), stderr: Readable.from([]), ended };
}

async function neverBegan(child: Child, begun: number): Promise<Outcome> {
  return { ...nothing(begun), ...(await exitOf(child)) };
}

function nothing(begun: number): Outcome {
  const durationMs = performance.now() - begun;
  return { exitCode: null, signal: null, timedOut: false, aborted: false, spawnError: null, durationMs };
}

function spawnReason(error: Error): string {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `there is no program "${path ?? '?'}", or its working directory is missing`;
  if (code === 'EACCES') return `"${path ?? '?'}" is not executable`;
  if (code === 'E2BIG') return 'its arguments are too long';
  if (code === 'EMFILE') return 'the daemon has too many open files (raise its limit: ulimit -n)';
  return error.message;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
