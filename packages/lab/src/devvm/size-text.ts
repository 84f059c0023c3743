/** `12G`, `1.5M`, `0`: a number of bytes as `df -h`, `du -h` and `ls -h` print it, rounded up. */
export function humanSize(bytes: number): string {
  return scaled(bytes, ['', 'K', 'M', 'G', 'T'], Math.ceil);
}

/** `12Gi`, `415Mi`, `0B`: as `free -h` prints it, rounded down. */
export function humanIec(bytes: number): string {
  return scaled(bytes, ['B', 'Ki', 'Mi', 'Gi', 'Ti'], Math.floor);
}

function scaled(bytes: number, units: string[], round: (value: number) => number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  if (unit === 0) return `${value}${units[0]}`;
  const tenths = round(value * 10) / 10;
  return `${tenths < 10 ? tenths.toFixed(1) : round(value)}${units[unit]}`;
}
