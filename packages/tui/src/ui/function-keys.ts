import { PassThrough } from 'node:stream';

/**
 * The keyboard as Ink should see it. Two things are mended on the way. Ink reports F1 to F5 alike, so they are
 * turned into the leader chords that they stand for; and an escape sequence that a slow link cut in two would be
 * taken for Escape and typed text, so an unfinished one is held for a moment.
 */

/** How long an unfinished escape sequence waits for its rest. Escape itself is as much slower. */
const HOLD_MS = 80;

/** What Ink and we need of a terminal's input; `process.stdin` is one. */
export interface Keyboard extends NodeJS.ReadableStream {
  readonly isTTY: boolean;
  setRawMode(raw: boolean): unknown;
  ref(): unknown;
  unref(): unknown;
}

/** A stream of the keys of `terminal`. It holds a listener on the terminal until it is destroyed. */
export function keyboardOf(terminal: Keyboard): Keyboard & Disposable {
  const keys = new PassThrough({ encoding: 'utf8' });
  let held = '';
  let timer: NodeJS.Timeout | undefined;

  const release = () => {
    timer = undefined;
    keys.write(held);
    held = '';
  };
  const onData = (chunk: Buffer | string) => {
    clearTimeout(timer);
    const { whole, rest } = mendKeys(held + chunk.toString());
    held = rest;
    if (whole !== '') keys.write(whole);
    if (held !== '') timer = setTimeout(release, HOLD_MS);
  };
  terminal.setEncoding('utf8');
  terminal.on('data', onData);

  const keyboard = Object.assign(keys, {
    isTTY: terminal.isTTY,
    setRawMode: (raw: boolean) => {
      terminal.setRawMode(raw);
      return keyboard;
    },
    ref: () => {
      terminal.ref();
      terminal.resume();
      return keyboard;
    },
    unref: () => {
      terminal.unref();
      return keyboard;
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      terminal.off('data', onData);
      terminal.pause();
      keys.end();
    },
  });
  return keyboard;
}

/** Function keys replaced, and what may be the beginning of an escape sequence set aside. */
export function mendKeys(input: string): { whole: string; rest: string } {
  const mended = input.replace(FUNCTION_KEY, (sequence) => `\x18${FUNCTION_KEYS[sequence] ?? ''}`);
  const cut = UNFINISHED.exec(mended)?.index ?? mended.length;
  return { whole: mended.slice(0, cut), rest: mended.slice(cut) };
}

/** What xterm, the Linux console and rxvt send for F1 to F5; Ctrl-X is 0x18. */
const FUNCTION_KEYS: Readonly<Record<string, string>> = {
  '\x1bOP': '1',
  '\x1bOQ': '2',
  '\x1bOR': '3',
  '\x1bOS': '4',
  '\x1b[11~': '1',
  '\x1b[12~': '2',
  '\x1b[13~': '3',
  '\x1b[14~': '4',
  '\x1b[15~': '5',
  '\x1b[[A': '1',
  '\x1b[[B': '2',
  '\x1b[[C': '3',
  '\x1b[[D': '4',
  '\x1b[[E': '5',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const FUNCTION_KEY = /\x1b(?:O[P-S]|\[1[1-5]~|\[\[[A-E])/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const UNFINISHED = /\x1b(?:\x1b?(?:O|\[\[?[\d;]*)?)?$/;
