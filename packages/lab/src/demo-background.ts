import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EXIT_TAKEN } from './demo-lock.ts';
import { type DemoPlace, type LocalDaemon, PROGRAMS, readLocalDaemon } from './demo-place.ts';

const START_LIMIT_MS = 30_000;
const END_LIMIT_MS = 20_000;
const HEALTH_LIMIT_MS = 2_000;
const LOOK_MS = 100;
const TAIL_LINES = 15;

/** The demo whose process lives, whether it answers or not. */
export async function findAlive(place: DemoPlace): Promise<LocalDaemon | null> {
  const local = await readLocalDaemon(place.localFile);
  return local !== null && (await isDemo(local.pid)) ? local : null;
}

/** The demo that runs now, if it is alive and answers. */
export async function findRunning(place: DemoPlace): Promise<LocalDaemon | null> {
  const local = await findAlive(place);
  return local !== null && (await isHealthy(local.url)) ? local : null;
}

export interface Started {
  local: LocalDaemon;
  /** Resolves when the process has ended. */
  ended: Promise<unknown>;
}

/**
 * Starts the demo's process and waits until the daemon answers; where somebody else was just faster, that one is
 * the demo, unless it has to share our terminal. In the background it outlives this terminal
 * and writes to its log; else it shares our terminal.
 * @throws an error that ends with the log's last lines
 */
export async function startDemo(
  place: DemoPlace,
  env: NodeJS.ProcessEnv,
  options: { story: string; background: boolean },
): Promise<Started> {
  await mkdir(dirname(place.logFile), { recursive: true, mode: 0o700 });
  const log = openSync(place.logFile, options.background ? 'w' : 'a', 0o600);
  const child = spawn(process.execPath, [PROGRAMS.demoDaemon, '--story', options.story], {
    env,
    detached: options.background,
    stdio: options.background ? ['ignore', log, log] : ['ignore', 'ignore', 'inherit'],
  });
  closeSync(log);
  const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  const local = await untilHealthy(place, child, options.background);
  if (local === null) {
    const why =
      child.exitCode === null ? `did not come up within ${START_LIMIT_MS / 1000} s` : 'ended at once';
    child.kill('SIGTERM');
    throw new Error(`it ${why}. Its log (${place.logFile}) ends with:\n${await tail(place.logFile)}`);
  }
  if (options.background) child.unref();
  return { local, ended };
}

/** Ends the demo; false if it still runs after 20 s. */
export async function stopDemo(local: LocalDaemon): Promise<boolean> {
  const end = Date.now() + END_LIMIT_MS;
  if (await isDemo(local.pid)) process.kill(local.pid, 'SIGTERM');
  while (await isDemo(local.pid)) {
    if (Date.now() > end) return false;
    await wait(LOOK_MS);
  }
  return true;
}

async function untilHealthy(
  place: DemoPlace,
  child: ChildProcess,
  orAnother: boolean,
): Promise<LocalDaemon | null> {
  const end = Date.now() + START_LIMIT_MS;
  const isTaken = () => orAnother && child.exitCode === EXIT_TAKEN;
  while (Date.now() < end && ((child.exitCode === null && child.signalCode === null) || isTaken())) {
    const running = await findRunning(place);
    if (running !== null && (running.pid === child.pid || isTaken())) return running;
    await wait(LOOK_MS);
  }
  return null;
}

/** A process id in a file may be anybody's by now, or a zombie's: its command line tells. */
async function isDemo(pid: number): Promise<boolean> {
  const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return argv.split('\0').some((word) => basename(word) === basename(PROGRAMS.demoDaemon));
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(HEALTH_LIMIT_MS) })).ok;
  } catch {
    return false;
  }
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(no log)');
  return text
    .trimEnd()
    .split('\n')
    .slice(-TAIL_LINES)
    .map((line) => `  ${line}`)
    .join('\n');
}
