import { HARDWARE, type Machine } from './machine.ts';

/** The files whose content is made at each read, by path. */
export function systemFiles(machine: Machine): Record<string, () => string> {
  return {
    '/proc/meminfo': () => meminfo(machine),
    '/proc/loadavg': () => {
      const averages = machine.loadAverages().map((average) => average.toFixed(2));
      return `${averages.join(' ')} 1/${machine.processes.all().length * 3} ${machine.processes.all().at(-1)?.pid ?? 1}\n`;
    },
    '/proc/uptime': () => {
      const seconds = (Date.now() - machine.bootedAt) / 1000;
      return `${seconds.toFixed(2)} ${(seconds * HARDWARE.cpus * 0.9).toFixed(2)}\n`;
    },
    '/proc/pressure/memory': () => pressure(stallPercent(machine)),
    '/proc/pressure/io': () => pressure(stallPercent(machine) * 0.6),
    '/proc/pressure/cpu': () => pressure(Math.min(40, machine.loadAverages()[0])),
  };
}

function meminfo(machine: Machine): string {
  const memory = machine.memory();
  const lines: [string, number][] = [
    ['MemTotal', HARDWARE.memoryKb],
    ['MemFree', memory.freeKb],
    ['MemAvailable', memory.availableKb],
    ['Buffers', Math.round(memory.cacheKb * 0.08)],
    ['Cached', Math.round(memory.cacheKb * 0.92)],
    ['SwapCached', Math.round(memory.swapUsedKb * 0.02)],
    ['AnonPages', memory.usedKb],
    ['SwapTotal', HARDWARE.swapKb],
    ['SwapFree', HARDWARE.swapKb - memory.swapUsedKb],
  ];
  return lines.map(([name, kb]) => `${`${name}:`.padEnd(16)}${String(kb).padStart(8)} kB\n`).join('');
}

/** How much of the time tasks wait for memory: a lot once less than a twentieth is left. */
function stallPercent(machine: Machine): number {
  const left = machine.memory().availableKb / HARDWARE.memoryKb;
  return left > 0.05 ? 0 : 70 - left * 400;
}

function pressure(percent: number): string {
  const line = (share: number) =>
    `avg10=${share.toFixed(2)} avg60=${(share * 0.95).toFixed(2)} avg300=${(share * 0.8).toFixed(2)} total=${Math.round(share * 1e6)}`;
  return `some ${line(percent)}\nfull ${line(percent * 0.7)}\n`;
}
