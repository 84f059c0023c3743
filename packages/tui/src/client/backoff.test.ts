import { expect, it } from 'vitest';
import { BACKOFF_MAX_MS, BACKOFF_MIN_MS, backoff } from './backoff.ts';

it('grows from bound to bound, never outside them', () => {
  expect([1, 2, 3, 4, 5, 6].map((failures) => backoff(failures, 0))).toEqual([
    500, 1000, 2000, 4000, 7500, 7500,
  ]);
  for (const failures of [1, 2, 10, 5000]) {
    for (const random of [0, 0.5, 0.999]) {
      const wait = backoff(failures, random);
      expect(wait).toBeGreaterThanOrEqual(BACKOFF_MIN_MS);
      expect(wait).toBeLessThanOrEqual(BACKOFF_MAX_MS);
    }
  }
});
