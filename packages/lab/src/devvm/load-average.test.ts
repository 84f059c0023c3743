import { expect, test } from 'vitest';
import { loadAverage } from './load-average.ts';

const HOUR = 3_600_000;

test('a load that lasts is the average; without any it is zero', () => {
  expect(loadAverage([], 1, HOUR)).toBe(0);
  expect(loadAverage([{ at: 0, busy: 8 }], 15, 10 * HOUR)).toBeCloseTo(8, 5);
});

test('a shorter average follows a change sooner', () => {
  const changes = [
    { at: 0, busy: 14 },
    { at: 10 * HOUR, busy: 0 },
  ];
  const [one = 0, five = 0, fifteen = 0] = [1, 5, 15].map((minutes) =>
    loadAverage(changes, minutes, 10 * HOUR + 60_000),
  );
  expect(one).toBeCloseTo(14 / Math.E, 3);
  expect(one).toBeLessThan(five);
  expect(five).toBeLessThan(fifteen);
});
