/**
 * The load average as a pure function of when the number of busy tasks changed: between two changes it nears
 * the new number exponentially, as the kernel's does.
 */
export interface LoadChange {
  /** Milliseconds since 1970. */
  at: number;
  /** Busy tasks from then on. */
  busy: number;
}

/** The average over `minutes` at `now`. `changes` are in order of time; before the first the load was zero. */
export function loadAverage(changes: readonly LoadChange[], minutes: number, now: number): number {
  let average = 0;
  changes.forEach((change, index) => {
    const until = Math.min(changes[index + 1]?.at ?? now, now);
    const decay = Math.exp(-Math.max(0, until - change.at) / (minutes * 60_000));
    average = change.busy + (average - change.busy) * decay;
  });
  return average;
}
