export const BACKOFF_MIN_MS = 500;
export const BACKOFF_MAX_MS = 15_000;

/**
 * How long to wait before a try. Doubles with each failure, within the bounds; the upper half is
 * chance, so that many clients don't come back to a restarted daemon in one moment.
 * @param failures in a row, 1 for the first
 * @param random from 0 up to 1
 */
export function backoff(failures: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures);
  return Math.max(BACKOFF_MIN_MS, Math.round((ceiling / 2) * (1 + random)));
}
