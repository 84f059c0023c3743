import { expect, it } from 'vitest';
import { cut, cutLine, hang, type Line, lineWidth, span, widthOf, wrap } from './line.ts';
import { sanitize } from './sanitize.ts';

const plain = (lines: readonly Line[]) => lines.map((line) => line.map(({ text }) => text).join(''));
const s = (text: string, style: Line[number]['style'] = 'plain') => span(sanitize(text), style);

it('measures columns, not characters', () => {
  expect([widthOf('abc'), widthOf('日本'), widthOf('👩‍💻'), widthOf('é')]).toEqual([3, 4, 2, 1]);
});

it('breaks between words, and inside those that are too long', () => {
  expect(plain(wrap([s('one two three')], 8))).toEqual(['one two', 'three']);
  expect(plain(wrap([s('abcdefghij')], 4))).toEqual(['abcd', 'efgh', 'ij']);
  expect(plain(wrap([s('日本語テキスト')], 5))).toEqual(['日本', '語テ', 'キス', 'ト']);
});

it('keeps each style where it was, across rows', () => {
  expect(wrap([s('one '), s('two three', 'bold'), s(' four')], 9)).toEqual(
    [[s('one '), s('two', 'bold')], [s('three', 'bold')], [s('four')]].map((row) => row.map((part) => part)),
  );
});

it('begins a new row at a line feed, also between spans', () => {
  expect(plain(wrap([s('a\n'), s('\nb')], 10))).toEqual(['a', '', 'b']);
});

it('never makes a row wider than asked, nor loses a letter', () => {
  const text =
    'The VM ran out of memory: 日本語 👩‍💻 e\u0301e\u0301 java(2211)    killed/a/very/long/path/without/a/space '.repeat(
      3,
    );
  for (let width = 2; width < 60; width += 1) {
    const rows = wrap([s(text.slice(0, 40)), s(text.slice(40), 'bold')], width);
    expect(Math.max(...rows.map(lineWidth))).toBeLessThanOrEqual(width);
    expect(plain(rows).join('').replaceAll(' ', '')).toBe(sanitize(text).normalize().replaceAll(' ', ''));
  }
});

it('hangs a body beside its head', () => {
  expect(plain(hang([s('✓ ')], [s('one two three')], 9))).toEqual(['✓ one two', '  three']);
});

it('cuts with an ellipsis, by columns', () => {
  expect(cut(sanitize('abcdef'), 4)).toBe('abc…');
  expect(cut(sanitize('日本語'), 4)).toBe('日…');
  expect(cut(sanitize('abc'), 3)).toBe('abc');
  expect(plain([cutLine([s('abc'), s('def', 'bold')], 5)])).toEqual(['abcd…']);
  expect(plain([cutLine([s('abc'), s('def', 'bold')], 6)])).toEqual(['abcdef']);
});
