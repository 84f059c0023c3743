import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The daemon of the demo: the real program, as a child. */
export interface Breakglassd extends AsyncDisposable {
  readonly url: string;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

const START_LIMIT_MS = 20_000;
const END_LIMIT_MS = 10_000;
const END_WITH_PARENT = fileURLToPath(new URL('./end-with-parent.ts', import.meta.url));
const listening = z.object({ msg: z.literal('listening'), url: z.url() });

/**
 * Starts breakglassd and waits until its log says where it listens. What it writes goes on to our stdout.
 * It ends with us, however we end: the channel between us is closed by the kernel even after a kill -9.
 * @throws if it ends before that, or takes longer than 20 s
 */
export async function startBreakglassd(program: string, env: NodeJS.ProcessEnv): Promise<Breakglassd> {
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, program], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = once(child, 'close').then(() => undefined);
  const { stdout } = child;
  if (stdout === null) throw new Error('breakglassd was started without a pipe for its log');
  const url = new Promise<string>((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => {
      process.stdout.write(`${line}\n`);
      const found = urlOf(line);
      if (found !== null) resolve(found);
    });
  });
  const first = await Promise.race([
    url,
    ended.then(() => null),
    once(AbortSignal.timeout(START_LIMIT_MS), 'abort').then(() => null),
  ]);
  if (first === null) {
    await end(child, ended);
    throw new Error(
      `breakglassd did not begin to listen within ${START_LIMIT_MS / 1000} s; its reason is above`,
    );
  }
  return { url: first, ended, [Symbol.asyncDispose]: () => end(child, ended) };
}

/** The address in a line of the daemon's log, where it is the line that says so. */
function urlOf(line: string): string | null {
  try {
    return listening.safeParse(JSON.parse(line)).data?.url ?? null;
  } catch {
    return null;
  }
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const surely = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  await ended;
  clearTimeout(surely);
}
