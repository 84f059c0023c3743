import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandError, EXIT } from '../exit.ts';
import type { SafeText } from '../text/sanitize.ts';

/** What is typed before a person can have read the question is no answer to it. */
const DEAF_MS = 500;

export interface Question {
  /** What is asked and what it would do. */
  text: SafeText;
  /** One short line: what to type. It shows that the question listens now. */
  prompt: SafeText;
  /** What counts as yes: `y` takes also `yes`; anything longer has to match exactly. */
  yes: string;
}

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks on the terminal; everything but the wanted answer is a no. Ctrl-C is an error, and nothing was done. */
export async function confirm({ text, prompt, yes }: Question): Promise<boolean> {
  // On rows of its own: readline clears the row that it stands on.
  process.stderr.write(`${text}\n`);
  await discardTyped();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new AbortController();
  terminal.on('SIGINT', () => gone.abort());
  terminal.on('close', () => gone.abort());
  try {
    const answer = (await terminal.question(prompt, { signal: gone.signal })).trim();
    return yes === 'y' ? /^y(?:es)?$/i.test(answer) : answer === yes;
  } catch (error) {
    if (gone.signal.aborted) throw interrupted();
    throw error;
  } finally {
    terminal.close();
  }
}

/** Reads away what waits in the terminal. Raw, because a terminal keeps whole lines back else. */
async function discardTyped(): Promise<void> {
  const { stdin } = process;
  let stop = false;
  const onData = (typed: Buffer) => {
    stop ||= typed.includes(CTRL_C);
  };
  stdin.setRawMode(true);
  stdin.on('data', onData);
  await delay(DEAF_MS);
  stdin.off('data', onData);
  stdin.pause();
  stdin.setRawMode(false);
  if (stop) throw interrupted();
}

const CTRL_C = 0x03;

function interrupted(): CommandError {
  process.stderr.write('\n');
  return new CommandError(EXIT.interrupted, 'not confirmed: nothing was done');
}
