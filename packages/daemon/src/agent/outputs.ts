/** Pure readers of the commands' outputs. Each returns nothing rather than failing on what it does not know. */

export interface Memory {
  totalMb: number;
  availableMb: number;
  swapTotalMb: number;
  swapFreeMb: number;
}

/** `free -m`, as procps prints it. */
export function readFree(output: string): Memory | null {
  const memory = numbersAfter(output, 'Mem:');
  const swap = numbersAfter(output, 'Swap:');
  const [totalMb, , freeMb] = memory;
  if (!totalMb) return null;
  // "available" is the sixth column; very old versions have none.
  const availableMb = memory[5] ?? freeMb ?? 0;
  return { totalMb, availableMb, swapTotalMb: swap[0] ?? 0, swapFreeMb: swap[2] ?? 0 };
}

export interface Usage {
  mount: string;
  percent: number;
}

/** `df -h` or `df -i`: the file systems that hold data, with their use in percent. */
export function readDf(output: string): Usage[] {
  return output.split('\n').flatMap((line) => {
    const match = /^(\S+)\s.*\s(\d+)%\s+(\/.*)$/.exec(line);
    if (!match || /^(tmpfs|devtmpfs|udev|efivarfs|overlay|squashfs|\/dev\/loop\d+)$/.test(match[1] ?? ''))
      return [];
    return [{ mount: match[3] ?? '', percent: Number(match[2]) }];
  });
}

export interface Size {
  path: string;
  /** As du printed it: `25G`. */
  size: string;
}

/**
 * `du -h`, sorted: the directory to look into. A directory is no larger than its parents, so the first line is
 * always the root of it all; the culprit is the deepest one that still has most of that.
 */
export function readLargest(output: string): Size | null {
  const rows = [...output.matchAll(/^([\d.]+)([KMGT]?)\s+(\/.*)$/gm)].map((match) => ({
    path: match[3] ?? '',
    size: `${match[1]}${match[2]}`,
    bytes: Number(match[1]) * 1024 ** ' KMGT'.indexOf(match[2] || ' '),
  }));
  const most = Math.max(0, ...rows.map(({ bytes }) => bytes)) * MOST_OF_IT;
  const depth = (path: string) => path.split('/').length;
  const [deepest] = rows
    .filter(({ bytes }) => bytes > 0 && bytes >= most)
    .sort((one, other) => depth(other.path) - depth(one.path) || other.bytes - one.bytes);
  return deepest ? { path: deepest.path, size: deepest.size } : null;
}

const MOST_OF_IT = 0.6;

/** `systemctl --failed`: the names of the units. */
export function readFailedUnits(output: string): string[] {
  const rows = output.matchAll(
    /^(?:[^\w\s]\s+|\s*)([A-Za-z0-9@_][A-Za-z0-9@:_.\\-]*\.[a-z]+)\s+\S+\s+failed\s/gm,
  );
  return [...rows].map((match) => match[1] ?? '');
}

export interface Process {
  pid: number;
  memoryPercent: number;
  command: string;
}

/** `ps aux --sort=-%mem`: the process with the most memory. */
export function readTopProcess(output: string): Process | null {
  const match = /^\S+\s+(\d+)\s+[\d.]+\s+([\d.]+)\s+\d+\s+\d+\s+\S+\s+\S+\s+\S+\s+\S+\s+(.+)$/m.exec(output);
  if (!match) return null;
  return { pid: Number(match[1]), memoryPercent: Number(match[2]), command: (match[3] ?? '').slice(0, 80) };
}

/** The kernel's words when it ends a process for want of memory: who was ended, the oldest first. */
export function readOomKills(output: string): string[] {
  const kills = output.matchAll(
    /(?:Out of memory|Memory cgroup out of memory): Killed process \d+ \(([^)]+)\)/gi,
  );
  return [...kills].map((match) => match[1] ?? '');
}

/** The state of the VM in the answer of `status`: `running`, `stopped` …; null where it is not said. */
export function readVmState(output: string): string | null {
  return /\bstate=([a-z-]+)/.exec(output)?.[1] ?? /^status: ([a-z-]+)/m.exec(output)?.[1] ?? null;
}

/** Whether QEMU answers on its control socket; null where that is not said. */
export function readQmpAnswers(output: string): boolean | null {
  const word = /\bqmp[=:]\s*(answering|silent)/.exec(output)?.[1];
  return word === undefined ? null : word === 'answering';
}

function numbersAfter(output: string, label: string): number[] {
  const line = output.split('\n').find((candidate) => candidate.startsWith(label));
  return (line?.slice(label.length).trim().split(/\s+/) ?? []).map(Number);
}
