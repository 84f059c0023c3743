import type { Key } from 'ink';

/**
 * What Ink reports, in our terms. `key` has a name as in keys.ts: a character, a word such as `pageup`, or
 * `ctrl+x`. `paste` is text that arrived as a block and is never taken for keys.
 */
export type KeyPress = { type: 'key'; key: string } | { type: 'paste'; text: string };

/**
 * One report of Ink is usually one key, but a slow link delivers several at once: those are taken apart, control
 * characters too. A block with a line break inside is a paste, also where the terminal does not bracket pastes; a
 * single break at its end is Enter, as typed ahead.
 */
export function toKeyPresses(input: string, key: Key): KeyPress[] {
  const named = nameOf(key);
  // Two quick Escapes are reported as one with "meta".
  if (named === 'escape') return key.meta ? [press('escape'), press('escape')] : [press('escape')];
  if (named !== null) return [press(key.ctrl ? `ctrl+${named}` : named)];
  if (key.ctrl) return input === '' ? [] : [press(`ctrl+${input}`)];
  if (key.meta || input === '') return [];
  if (isBlock(input)) return [{ type: 'paste', text: input }];
  return [...input].map((character) => press(characterName(character)));
}

function isBlock(input: string): boolean {
  return /[\r\n]./s.test(input) || input.length > BURST_MAX;
}

/** More characters at once than this are inserted as a block: nobody types that far ahead. */
const BURST_MAX = 200;

const WORDS = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const satisfies readonly (readonly [keyof Key, string])[];

function nameOf(key: Key): string | null {
  return WORDS.find(([flag]) => key[flag])?.[1] ?? null;
}

function characterName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\r') return 'enter';
  if (character === '\t') return 'tab';
  if (character === '\x1b') return 'escape';
  return code >= 1 && code <= 26 ? `ctrl+${String.fromCharCode(code + 96)}` : character;
}

function press(key: string): KeyPress {
  return { type: 'key', key };
}
