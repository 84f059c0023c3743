import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ends everything that was started under a marker: an environment variable, `NAME=value`, that every
 * descendant inherits. It finds processes that left the group, the session and their parent, as the agent's
 * tools do.
 *
 * Needs Linux's /proc: elsewhere nothing is found and nothing is ended. It also does not see a process that
 * hides its environment from us (another user's, or one that is not dumpable). Never matches by name.
 */

/** A process, told apart from a later one with the same pid by its start time (clock ticks since boot). */
export interface MarkedProcess {
  pid: number;
  startTime: string;
}

export interface EndOptions {
  /** How long the processes have between SIGTERM and SIGKILL. Default 1 s. */
  graceMs?: number;
  /** When to give up on those that survive SIGKILL, such as one stuck in the kernel. Default 5 s. */
  deadlineMs?: number;
}

const POLL_MS = 25;
/**
 * When to believe that nothing is left. During its execve a process shows an empty environment for a moment,
 * so it takes two empty looks; more where a process could not be looked at.
 */
const QUIET_LOOKS = 8;
const CLEAR_LOOK = QUIET_LOOKS / 2;

/**
 * SIGTERM, grace, SIGKILL, again and again until none is left: they may fork while we look.
 * @returns those that were left at the deadline; normally none
 */
export async function endMarked(marker: string, options: EndOptions = {}): Promise<MarkedProcess[]> {
  const { graceMs = 1000, deadlineMs = 5000 } = options;
  const begun = performance.now();
  const asked = new Set<string>();
  for (let quiet = 0; quiet < QUIET_LOOKS; await sleep(POLL_MS)) {
    const { found, skipped } = await look(marker);
    quiet = found.length === 0 ? quiet + (skipped ? 1 : CLEAR_LOOK) : 0;
    const elapsed = performance.now() - begun;
    if (elapsed > deadlineMs) return found;
    for (const process of found) {
      const name = `${process.pid}@${process.startTime}`;
      if (elapsed >= graceMs) signalIfSame(process, 'SIGKILL');
      else if (!asked.has(name)) signalIfSame(process, 'SIGTERM');
      asked.add(name);
    }
  }
  return [];
}

/** Every process but ourselves whose environment holds exactly `marker`. Zombies have none. */
export async function findMarked(marker: string): Promise<MarkedProcess[]> {
  return (await look(marker)).found;
}

async function look(marker: string): Promise<{ found: MarkedProcess[]; skipped: boolean }> {
  const names = await readdir('/proc').catch((): string[] => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const looks = await Promise.all(pids.map((pid) => (pid === process.pid ? null : lookAt(pid, marker))));
  return {
    found: looks.filter((found) => found !== null && found !== 'stuck'),
    skipped: looks.includes('stuck'),
  };
}

async function lookAt(pid: number, marker: string): Promise<MarkedProcess | 'stuck' | null> {
  try {
    // The start time first: if the pid is reused between the reads, the check before the kill fails.
    const startTime = startTimeOf(await readFile(`/proc/${pid}/stat`, 'utf8'));
    if (await isStuck(pid)) return 'stuck';
    const environ = await readFile(`/proc/${pid}/environ`, 'utf8');
    return startTime !== null && environ.split('\0').includes(marker) ? { pid, startTime } : null;
  } catch {
    return null; // gone, or not ours to read
  }
}

/**
 * Is a thread of the process in uninterruptible sleep? It may hold the lock of the process's memory, and who
 * then reads `environ` sleeps with it, for as long as the disk is dead; `stat` needs no such lock.
 */
async function isStuck(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const states = threads.map(async (thread) =>
    stateOf(await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
  );
  return (await Promise.all(states)).includes('D');
}

function stateOf(stat: string): string | undefined {
  return stat[stat.lastIndexOf(')') + 2];
}

/** Field 22 of /proc/PID/stat (proc(5)). Field 2, the name, may hold spaces and parentheses. */
export function startTimeOf(stat: string): string | null {
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return afterName[19] ?? null;
}

/** Read and kill in one tick: as close to each other as they get without pidfds. */
function signalIfSame({ pid, startTime }: MarkedProcess, signal: NodeJS.Signals): void {
  try {
    if (startTimeOf(readFileSync(`/proc/${pid}/stat`, 'utf8')) === startTime) process.kill(pid, signal);
  } catch {
    // gone in the meantime: what was wanted
  }
}
