/** Times as Debian's tools print them, in UTC. All arguments are milliseconds since 1970, or a span of them. */

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 21 03:12:44`, as in the journal. */
export function journalTime(at: number): string {
  const date = new Date(at);
  return `${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${clock(at)}`;
}

/** `Sat Nov 21 03:12:44 2026`, as `dmesg -T` prints it. */
export function longTime(at: number): string {
  const date = new Date(at);
  const day = String(date.getUTCDate()).padStart(2);
  return `${WEEKDAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${clock(at)} ${date.getUTCFullYear()}`;
}

/** `Sat 2026-11-21 03:12:44 UTC`, as systemctl prints it. */
export function unitTime(at: number): string {
  const date = new Date(at);
  return `${WEEKDAYS[date.getUTCDay()]} ${date.toISOString().slice(0, 10)} ${clock(at)} UTC`;
}

/** `03:12:44` */
export function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `3 days, 4:02`, as uptime(1) prints it. */
export function uptimeSpan(span: number): string {
  const minutes = Math.floor(span / 60_000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const prefix = days === 0 ? '' : `${days} day${days === 1 ? '' : 's'}, `;
  return prefix + (hours === 0 ? `${minutes % 60} min` : `${hours}:${two(minutes % 60)}`.padStart(5));
}

/** `2h 5min`, `4min 1s`, `3 days`, as systemd prints a span. */
export function unitSpan(span: number): string {
  const seconds = Math.max(0, Math.floor(span / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), ' days'],
    [Math.floor((seconds % 86_400) / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [seconds % 60, 's'],
  ];
  const shown = parts.filter(([amount]) => amount > 0).slice(0, 2);
  if (shown.length === 0) return '0s';
  return shown
    .map(([amount, unit]) => `${amount}${amount === 1 && unit === ' days' ? ' day' : unit}`)
    .join(' ');
}

/** `[[dd-]hh:]mm:ss`, as ps prints it. */
export function elapsed(span: number): string {
  const seconds = Math.max(0, Math.floor(span / 1000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const tail = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  if (days > 0) return `${days}-${two(hours)}:${tail}`;
  return hours > 0 ? `${two(hours)}:${tail}` : tail;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
