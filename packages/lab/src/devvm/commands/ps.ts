import { type Command, defineCommand } from 'just-bash';
import { answer } from '../answer.ts';
import { HARDWARE, type Machine } from '../machine.ts';
import { readOptions } from '../options.ts';
import { commandName, cpuTime, type Process } from '../process-table.ts';
import { clock, elapsed } from '../time-text.ts';

interface Column {
  header: string;
  left?: boolean;
  width: number;
  text(process: Process, now: number): string;
  /** For --sort; text is compared where there is none. */
  rank?(process: Process, now: number): number;
}

const memoryShare = (process: Process) => (100 * process.rssKb) / HARDWARE.memoryKb;
const virtualKb = (process: Process) => Math.round(process.rssKb * 1.3) + (process.rssKb === 0 ? 0 : 160_000);

const COLUMNS: Record<string, Column> = {
  user: { header: 'USER', left: true, width: 10, text: (process) => process.user.slice(0, 10) },
  pid: { header: 'PID', width: 7, text: (process) => String(process.pid), rank: (process) => process.pid },
  ppid: {
    header: 'PPID',
    width: 7,
    text: (process) => String(process.ppid),
    rank: (process) => process.ppid,
  },
  pcpu: {
    header: '%CPU',
    width: 4,
    text: (process) => process.cpuPercent.toFixed(1),
    rank: (process) => process.cpuPercent,
  },
  pmem: { header: '%MEM', width: 4, text: (process) => memoryShare(process).toFixed(1), rank: memoryShare },
  vsz: { header: 'VSZ', width: 7, text: (process) => String(virtualKb(process)), rank: virtualKb },
  rss: {
    header: 'RSS',
    width: 8,
    text: (process) => String(process.rssKb),
    rank: (process) => process.rssKb,
  },
  tty: { header: 'TTY', left: true, width: 8, text: () => '?' },
  stat: { header: 'STAT', left: true, width: 4, text: (process) => process.stat },
  start: { header: 'START', width: 5, text: (process) => startText(process.startedAt) },
  time: { header: 'TIME', width: 8, text: (process, now) => cpuText(cpuTime(process, now)), rank: cpuTime },
  etime: {
    header: 'ELAPSED',
    width: 11,
    text: (process, now) => elapsed(now - process.startedAt),
    rank: (process, now) => now - process.startedAt,
  },
  etimes: {
    header: 'ELAPSED',
    width: 7,
    text: (process, now) => String(Math.floor((now - process.startedAt) / 1000)),
    rank: (process, now) => now - process.startedAt,
  },
  comm: { header: 'COMMAND', left: true, width: 15, text: commandName },
  args: { header: 'COMMAND', left: true, width: 0, text: (process) => process.args },
  unit: { header: 'UNIT', left: true, width: 26, text: (process) => process.unit ?? '-' },
  wchan: { header: 'WCHAN', left: true, width: 10, text: () => 'do_epoll_w' },
  nlwp: { header: 'NLWP', width: 4, text: () => '1' },
};
const ALIASES: Record<string, string> = {
  '%cpu': 'pcpu',
  cpu: 'pcpu',
  c: 'pcpu',
  '%mem': 'pmem',
  mem: 'pmem',
  vsize: 'vsz',
  rssize: 'rss',
  rsz: 'rss',
  size: 'rss',
  cmd: 'args',
  command: 'args',
  ucmd: 'comm',
  state: 'stat',
  s: 'stat',
  tname: 'tty',
  stime: 'start',
  lstart: 'start',
  bsdstart: 'start',
  euser: 'user',
  uname: 'user',
  uid: 'user',
  cputime: 'time',
  thcount: 'nlwp',
};

const BSD = ['user', 'pid', 'pcpu', 'pmem', 'vsz', 'rss', 'tty', 'stat', 'start', 'time', 'args'];
const FULL = ['user', 'pid', 'ppid', 'pcpu', 'start', 'tty', 'time', 'args'];

export function psCommand(machine: Machine): Command {
  return defineCommand('ps', async (args) => answer(ps(machine, args)));
}

function ps(machine: Machine, args: string[]): string {
  const bsd = args.filter((argument) => /^[a-zA-Z]+$/.test(argument) && /[auxfww]/.test(argument)).join('');
  // `axo FORMAT`, the BSD way to spell -o.
  const spelled = args.map((argument) => (/^-?[a-z]+o$/.test(argument) ? '-o' : argument));
  const options = readOptions(spelled, ['o', 'format', 'sort', 'p', 'pid', 'C', 'u', 'k', 'ppid']);
  const now = Date.now();
  const asked = options.values('o', 'format').flatMap((list) => list.split(/[\s,]+/));
  const names =
    asked.length > 0
      ? asked
      : bsd.includes('u')
        ? BSD
        : options.has('f', 'F')
          ? FULL
          : ['pid', 'tty', 'time', 'comm'];
  const columns = names.filter((name) => name !== '').map(columnOf);
  const pids = options.values('p', 'pid').flatMap((list) => list.split(/[\s,]+/).map(Number));
  const byName = options.values('C').flatMap((list) => list.split(','));
  const chosen = machine.processes.all().filter((process) => {
    if (pids.length > 0) return pids.includes(process.pid);
    return byName.length === 0 || byName.includes(commandName(process));
  });
  const sorted = sortProcesses(chosen, options.value('sort', 'k') ?? '', now);
  const rows = sorted.map((process) => columns.map((column) => column.text(process, now)));
  const quiet = options.has('no-headers', 'no-heading') || columns.every((column) => column.header === '');
  return (quiet ? rows : [columns.map((column) => column.header), ...rows])
    .map((cells) => lineOf(cells, columns))
    .join('');
}

/** `rss`, or `rss=HEADER`. A name nobody knows becomes an empty column. */
function columnOf(spec: string): Column {
  const [name = '', header] = spec.split('=');
  const column = COLUMNS[ALIASES[name.toLowerCase()] ?? name.toLowerCase()] ?? {
    header: name.toUpperCase(),
    width: 4,
    text: () => '-',
  };
  return header === undefined ? column : { ...column, header };
}

function sortProcesses(processes: Process[], spec: string, now: number): Process[] {
  const [first = ''] = spec.split(',');
  if (first === '') return processes;
  const column = columnOf(first.replace(/^[-+]/, ''));
  const direction = first.startsWith('-') ? -1 : 1;
  const compare = (left: Process, right: Process) =>
    column.rank === undefined
      ? column.text(left, now).localeCompare(column.text(right, now))
      : column.rank(left, now) - column.rank(right, now);
  return processes.toSorted((left, right) => direction * compare(left, right));
}

function lineOf(cells: string[], columns: Column[]): string {
  const padded = cells.map((cell, index) => {
    const column = columns[index];
    if (column === undefined || (index === cells.length - 1 && column.left)) return cell;
    return column.left ? cell.padEnd(column.width) : cell.padStart(column.width);
  });
  return `${padded.join(' ')}\n`;
}

function startText(at: number): string {
  if (Date.now() - at < 24 * 60 * 60_000) return clock(at).slice(0, 5);
  return new Date(at).toUTCString().slice(8, 11) + new Date(at).toUTCString().slice(5, 7);
}

/** `m:ss`, as BSD-style ps prints the CPU time. */
function cpuText(span: number): string {
  const seconds = Math.floor(span / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
