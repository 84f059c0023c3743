import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type DemoPlace, type LocalDaemon, PROGRAMS, readLocalDaemon } from './demo-place.ts';

const START_LIMIT_MS = 30_000;
const END_LIMIT_MS = 20_000;
const HEALTH_LIMIT_MS = 2_000;
const LOOK_MS = 100;
const TAIL_LINES = 15;

/** The demo that runs now, if it is alive and answers. */
export async function findRunning(place: DemoPlace): Promise<LocalDaemon | null> {
  const local = await readLocalDaemon(place.localFile);
  return local !== null && isAlive(local.pid) && (await isHealthy(local.url)) ? local : null;
}

export interface Started {
  local: LocalDaemon;
  /** Resolves when the process has ended. */
  ended: Promise<unknown>;
}

/**
 * Starts the demo's process and waits until the daemon answers. In the background it outlives this terminal
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
  const local = await untilHealthy(place, child);
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
  process.kill(local.pid, 'SIGTERM');
  const end = Date.now() + END_LIMIT_MS;
  while (isAlive(local.pid)) {
    if (Date.now() > end) return false;
    await wait(LOOK_MS);
  }
  return true;
}

async function untilHealthy(place: DemoPlace, child: ChildProcess): Promise<LocalDaemon | null> {
  const end = Date.now() + START_LIMIT_MS;
  while (Date.now() < end && child.exitCode === null && child.signalCode === null) {
    const running = await findRunning(place);
    if (running !== null && running.pid === child.pid) return running;
    await wait(LOOK_MS);
  }
  return null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
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
