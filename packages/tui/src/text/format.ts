import { type SafeText, safe } from './sanitize.ts';

/** Numbers and times in words. All results are one short word group. */

/** `850 ms`, `12.3 s`, `4:05`, `1:04:05`. */
export function formatDuration(ms: number): SafeText {
  if (ms < 1000) return safe`${Math.round(ms)} ms`;
  if (ms < 60_000) return safe`${Number((ms / 1000).toFixed(1))} s`;
  return formatClock(ms);
}

/** A running clock in whole seconds: `0:42`, `1:04:05`. */
export function formatClock(ms: number): SafeText {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  return (hours > 0 ? `${hours}:${tail}` : tail) as SafeText;
}

/** How long ago: `just now`, `12 s ago`, `4 min ago`, `3 h ago`, `2 d ago`. */
export function formatAge(ms: number): SafeText {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 5) return safe`just now`;
  if (seconds < 100) return safe`${seconds} s ago`;
  if (seconds < 100 * 60) return safe`${Math.round(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return safe`${Math.round(seconds / 3600)} h ago`;
  return safe`${Math.round(seconds / 86_400)} d ago`;
}

/** The local time of day of an ISO 8601 time: `15:04:05`. */
export function formatTime(ts: string): SafeText {
  const time = new Date(ts);
  if (Number.isNaN(time.getTime())) return safe`--:--:--`;
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':') as SafeText;
}

export function formatBytes(bytes: number): SafeText {
  if (bytes < 1024) return safe`${bytes} B`;
  if (bytes < 1024 * 1024) return safe`${Number((bytes / 1024).toFixed(1))} KiB`;
  return safe`${Number((bytes / 1024 / 1024).toFixed(1))} MiB`;
}

/** How many rounds of thinking and acting a turn took. */
export function formatSteps(steps: number): SafeText {
  return steps === 1 ? safe`1 step` : safe`${steps} steps`;
}

export function formatCost(usd: number): SafeText {
  return `$${usd < 0.1 ? usd.toFixed(4) : usd.toFixed(2)}` as SafeText;
}
