import { expect, it } from 'vitest';
import { type Extent, endOf, following, linesFrom, scroll, topOf, type Viewport } from './viewport.ts';

const extentOf = (heights: readonly number[]): Extent => ({
  count: heights.length,
  height: (index) => heights[index] ?? 0,
});
const ten = extentOf([3, 0, 4, 3]);

it('follows the last lines', () => {
  expect(topOf(following, ten, 4)).toEqual({ entry: 2, line: 3 });
  expect(topOf(following, ten, 100)).toEqual({ entry: 0, line: 0 });
  expect(topOf(following, extentOf([]), 5)).toEqual({ entry: 0, line: 0 });
});

it('scrolls up and down again, and then follows', () => {
  const up = scroll(following, ten, 4, -2);
  expect(topOf(up, ten, 4)).toEqual({ entry: 2, line: 1 });
  expect(scroll(up, ten, 4, 1)).toEqual({ follow: false, top: { entry: 2, line: 2 } });
  expect(scroll(up, ten, 4, 2)).toEqual(following);
});

it('stops at the top', () => {
  expect(topOf(scroll(following, ten, 4, -1000), ten, 4)).toEqual({ entry: 0, line: 0 });
});

it('stays where it is when more comes', () => {
  const up = scroll(following, ten, 4, -2);
  expect(topOf(up, extentOf([3, 0, 4, 3, 50]), 4)).toEqual(topOf(up, ten, 4));
});

it('stays with its entry when everything gets narrower or shorter', () => {
  const at: Viewport = { follow: false, top: { entry: 2, line: 3 } };
  expect(topOf(at, extentOf([9, 0, 9, 9]), 4)).toEqual({ entry: 2, line: 3 });
  expect(topOf(at, extentOf([3, 0, 1, 9]), 4)).toEqual({ entry: 2, line: 0 });
});

it('counts what came since', () => {
  const end = endOf(ten);
  expect(linesFrom(end, ten)).toBe(0);
  expect(linesFrom(end, extentOf([3, 0, 4, 5, 2]))).toBe(4);
});
