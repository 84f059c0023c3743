import type { Key } from 'ink';
import { expect, it } from 'vitest';
import { toKeyPresses } from './key-press.ts';

const none: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};
const keys = (input: string, flags: Partial<Key> = {}) =>
  toKeyPresses(input, { ...none, ...flags }).map((press) => (press.type === 'key' ? press.key : press));

it('names keys', () => {
  expect(keys('a')).toEqual(['a']);
  expect(keys('', { pageUp: true })).toEqual(['pageup']);
  expect(keys('x', { ctrl: true })).toEqual(['ctrl+x']);
  expect(keys('', { leftArrow: true, ctrl: true })).toEqual(['ctrl+left']);
  expect(keys('\r', { return: true })).toEqual(['enter']);
});

it('counts two quick Escapes as two', () => {
  expect(keys('', { escape: true, meta: true })).toEqual(['escape', 'escape']);
});

it('ignores Alt', () => {
  expect(keys('c', { meta: true })).toEqual([]);
});

it('takes keys apart that a slow link delivers at once', () => {
  expect(keys('\x18p')).toEqual(['ctrl+x', 'p']);
  expect(keys('ls\r')).toEqual(['l', 's', 'enter']);
  expect(keys('日本')).toEqual(['日', '本']);
});

it('takes several lines at once, or very much text, for a paste', () => {
  expect(keys('one\rtwo\r')).toEqual([{ type: 'paste', text: 'one\rtwo\r' }]);
  expect(keys('one\ntwo')).toEqual([{ type: 'paste', text: 'one\ntwo' }]);
  const long = 'x'.repeat(201);
  expect(keys(long)).toEqual([{ type: 'paste', text: long }]);
});
