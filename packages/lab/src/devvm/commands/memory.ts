import { type Command, defineCommand } from 'just-bash';
import { answer } from '../answer.ts';
import { HARDWARE, type Machine } from '../machine.ts';
import { readOptions } from '../options.ts';
import { humanIec } from '../size-text.ts';

/** free, vmstat. */
export function memoryCommands(machine: Machine): Command[] {
  return [
    defineCommand('free', async (args) => answer(free(machine, args))),
    defineCommand('vmstat', async () => answer(vmstat(machine))),
  ];
}

function free(machine: Machine, args: string[]): string {
  const options = readOptions(args, ['s', 'c']);
  const memory = machine.memory();
  const show = (kb: number) => {
    if (options.has('h', 'human')) return humanIec(kb * 1024);
    if (options.has('g', 'giga', 'gibi')) return String(Math.floor(kb / 1024 / 1024));
    if (options.has('m', 'mega', 'mebi')) return String(Math.floor(kb / 1024));
    return String(options.has('b', 'bytes') ? kb * 1024 : kb);
  };
  const row = (name: string, kbs: number[]) =>
    `${name.padEnd(8)}${kbs.map((kb) => show(kb).padStart(12)).join('')}\n`;
  const header = ['total', 'used', 'free', 'shared', 'buff/cache', 'available'];
  return [
    `${' '.repeat(8)}${header.map((name) => name.padStart(12)).join('')}\n`,
    row('Mem:', [
      HARDWARE.memoryKb,
      memory.usedKb,
      memory.freeKb,
      18_432,
      memory.cacheKb,
      memory.availableKb,
    ]),
    row('Swap:', [HARDWARE.swapKb, memory.swapUsedKb, HARDWARE.swapKb - memory.swapUsedKb]),
  ].join('');
}

function vmstat(machine: Machine): string {
  const memory = machine.memory();
  const busy = Math.round(machine.loadAverages()[0]);
  const tight = memory.availableKb < HARDWARE.memoryKb / 20;
  const cells = [
    busy,
    tight ? 4 : 0,
    memory.swapUsedKb,
    memory.freeKb,
    Math.round(memory.cacheKb * 0.08),
    Math.round(memory.cacheKb * 0.92),
  ];
  const rest = tight
    ? [8_412, 9_120, 21_500, 14_200, 9_100, 31_000, 38, 29, 3, 30, 0]
    : [0, 0, 4, 22, 310, 540, 2, 1, 97, 0, 0];
  const widths = [2, 2, 7, 7, 7, 7, 5, 5, 6, 6, 5, 5, 3, 3, 3, 3, 3];
  const names = 'r b swpd free buff cache si so bi bo in cs us sy id wa st'.split(' ');
  const line = (values: readonly (string | number)[]) =>
    values.map((value, index) => String(value).padStart(widths[index] ?? 0)).join(' ');
  return `procs -----------memory---------- ---swap-- -----io---- -system-- -------cpu-------\n${line(names)}\n${line([...cells, ...rest])}\n`;
}
