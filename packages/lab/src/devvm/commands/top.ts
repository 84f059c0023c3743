import { type Command, defineCommand } from 'just-bash';
import { answer, table } from '../answer.ts';
import { HARDWARE, type Machine } from '../machine.ts';
import { commandName, cpuTime } from '../process-table.ts';
import { uptimeLine } from './uptime.ts';

/** One frame of top, always as `top -b -n1`: there is no terminal to redraw. */
export function topCommand(machine: Machine): Command {
  return defineCommand('top', async () => answer(summary(machine) + processes(machine)));
}

function summary(machine: Machine): string {
  const memory = machine.memory();
  const mib = (kb: number) => (kb / 1024).toFixed(1).padStart(8);
  const all = machine.processes.all();
  const busy = Math.min(100, all.reduce((sum, process) => sum + process.cpuPercent, 0) / HARDWARE.cpus);
  const running = all.filter((process) => process.load > 0).length;
  return [
    `top -${uptimeLine(machine)}`,
    `Tasks: ${String(all.length).padStart(3)} total, ${String(running).padStart(3)} running, ${String(all.length - running).padStart(3)} sleeping,   0 stopped,   0 zombie`,
    `%Cpu(s): ${(busy * 0.6).toFixed(1).padStart(4)} us, ${(busy * 0.4).toFixed(1).padStart(4)} sy,  0.0 ni, ${(100 - busy).toFixed(1).padStart(4)} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st`,
    `MiB Mem : ${mib(HARDWARE.memoryKb)} total, ${mib(memory.freeKb)} free, ${mib(memory.usedKb)} used, ${mib(memory.cacheKb)} buff/cache`,
    `MiB Swap: ${mib(HARDWARE.swapKb)} total, ${mib(HARDWARE.swapKb - memory.swapUsedKb)} free, ${mib(memory.swapUsedKb)} used. ${mib(memory.availableKb)} avail Mem`,
    '\n',
  ].join('\n');
}

function processes(machine: Machine): string {
  const now = Date.now();
  const rows = machine.processes
    .all()
    .toSorted((left, right) => right.cpuPercent - left.cpuPercent || right.rssKb - left.rssKb)
    .map((process) => [
      String(process.pid),
      process.user.slice(0, 8),
      '20',
      '0',
      String(Math.round(process.rssKb * 1.3)),
      String(process.rssKb),
      '8120',
      process.stat.slice(0, 1),
      process.cpuPercent.toFixed(1),
      ((100 * process.rssKb) / HARDWARE.memoryKb).toFixed(1),
      hundredths(cpuTime(process, now)),
      commandName(process),
    ]);
  const header = ['PID', 'USER', 'PR', 'NI', 'VIRT', 'RES', 'SHR', 'S', '%CPU', '%MEM', 'TIME+', 'COMMAND'];
  return table([header, ...rows], new Set([1, 11]));
}

function hundredths(span: number): string {
  return `${Math.floor(span / 60_000)}:${((span % 60_000) / 1000).toFixed(2).padStart(5, '0')}`;
}
