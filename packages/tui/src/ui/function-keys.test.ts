import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { keyboardOf, mendKeys } from './function-keys.ts';

/** A terminal as far as the keyboard needs one. */
function fakeTerminal() {
  const raw: boolean[] = [];
  const setRawMode = (on: boolean) => raw.push(on);
  const terminal = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode,
    ref: () => {},
    unref: () => {},
  });
  return { terminal, raw };
}

it.each([
  ['xterm', ['\x1bOP', '\x1bOQ', '\x1bOR', '\x1bOS', '\x1b[15~']],
  ['rxvt', ['\x1b[11~', '\x1b[12~', '\x1b[13~', '\x1b[14~', '\x1b[15~']],
  ['the Linux console', ['\x1b[[A', '\x1b[[B', '\x1b[[C', '\x1b[[D', '\x1b[[E']],
])('turns F1 to F5 of %s into leader chords', (_, sequences) => {
  expect(mendKeys(sequences.join(''))).toEqual({ whole: '\x181\x182\x183\x184\x185', rest: '' });
});

it('leaves arrows, pastes and text alone', () => {
  const input = 'a\x1b[A\x1b[5~\x1b[200~x\x1b[201~\x1bOA';
  expect(mendKeys(input)).toEqual({ whole: input, rest: '' });
});

it.each(['\x1b', '\x1b[', '\x1bO', '\x1b[1', '\x1b[[', '\x1b\x1b', '\x1b[200'])(
  'holds what may go on: %j',
  (rest) => {
    expect(mendKeys(`a${rest}`)).toEqual({ whole: 'a', rest });
  },
);

it('joins a sequence that was cut in two', async () => {
  const { terminal } = fakeTerminal();
  using keyboard = keyboardOf(terminal);
  let seen = '';
  keyboard.on('data', (chunk: string) => {
    seen += chunk;
  });
  terminal.write('\x1b');
  terminal.write('OP');
  await expect.poll(() => seen).toBe('\x181');
});

it('gives Escape itself after a moment', async () => {
  const { terminal } = fakeTerminal();
  using keyboard = keyboardOf(terminal);
  let seen = '';
  keyboard.on('data', (chunk: string) => {
    seen += chunk;
  });
  terminal.write('\x1b');
  await expect.poll(() => seen).toBe('\x1b');
});

it('passes raw mode on to the terminal', () => {
  const { terminal, raw } = fakeTerminal();
  using keyboard = keyboardOf(terminal);
  keyboard.setRawMode(true);
  expect(raw).toEqual([true]);
});
