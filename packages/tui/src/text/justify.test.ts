import { expect, it } from 'vitest';
import { justify, segment } from './justify.ts';
import { lineWidth } from './line.ts';
import { sanitize } from './sanitize.ts';

const part = (text: string, weight: number, flexible = false) =>
  segment(sanitize(text), 'plain', weight, { flexible });
const row = (left: string[], right: string[], width: number) =>
  justify(
    left.map((text, index) => part(text, 10 - index)),
    right.map((text, index) => part(text, 5 - index)),
    width,
  )
    .map(({ text }) => text)
    .join('');

it('sets some to the left and some to the right', () => {
  expect(row(['a', 'b'], ['c'], 12)).toBe('a  b       c');
  expect(row(['a'], [], 12)).toBe('a');
});

it('drops the lightest where room is short, and cuts the last', () => {
  expect(row(['aaaa', 'bbbb'], ['cccc'], 12)).toBe('aaaa  bbbb');
  expect(row(['aaaa', 'bbbb'], ['cccc'], 9)).toBe('aaaa');
  expect(row(['aaaa', 'bbbb'], ['cccc'], 3)).toBe('aa…');
});

it('cuts a flexible one before it drops any', () => {
  const line = justify([part('a title that is long', 1, true)], [part('5 s ago', 1)], 24);
  expect(line.map(({ text }) => text).join('')).toBe('a title that i…  5 s ago');
});

it('shortens what has a short form, and gives what is left to the heaviest', () => {
  const parts = [
    segment(sanitize('devvm-lab (VM 102)'), 'plain', 9, { short: sanitize('devvm-lab') }),
    segment(sanitize('running, seen 4 min ago'), 'plain', 8, { short: sanitize('running?') }),
    segment(sanitize('live'), 'plain', 7),
  ];
  const at = (width: number) =>
    justify(parts, [], width)
      .map(({ text }) => text)
      .join('');
  expect(at(60)).toBe('devvm-lab (VM 102)  running, seen 4 min ago  live');
  expect(at(40)).toBe('devvm-lab (VM 102)  running?  live');
  expect(at(26)).toBe('devvm-lab  running?  live');
  expect(at(20)).toBe('devvm-lab  running?');
});

it('is never wider than asked', () => {
  for (let width = 1; width < 60; width += 1) {
    const line = justify(
      [part('devvm (VM 102)', 9), part('日本語の題名', 4, true)],
      [part('SIMULATED', 7), part('live', 8)],
      width,
    );
    expect(lineWidth(line)).toBeLessThanOrEqual(width);
  }
});
