import { safeJson } from '../text/safe-json.ts';
import type { SafeText } from '../text/sanitize.ts';

const closed = new AbortController();

/** Aborted when nobody reads stdout any more, as after `| head`. */
export const stdoutClosed: AbortSignal = closed.signal;

/** To be called once, before the first output. A lost pipe or terminal must not end a verb that is on its way. */
export function watchStdout(): void {
  process.stdout.on('error', () => closed.abort());
}

/** Prints on stdout, and waits where its reader is slow. */
export async function print(text: SafeText): Promise<void> {
  await write(text);
}

export async function printJson(value: unknown): Promise<void> {
  await write(`${safeJson(value)}\n`);
}

/** Says something on stderr, on a line of its own. */
export function say(text: SafeText): void {
  process.stderr.write(`${text}\n`);
}

async function write(text: string): Promise<void> {
  if (closed.signal.aborted || process.stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      process.stdout.off('drain', done);
      closed.signal.removeEventListener('abort', done);
      resolve();
    };
    process.stdout.on('drain', done);
    closed.signal.addEventListener('abort', done);
  });
}
