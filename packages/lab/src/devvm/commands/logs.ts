import { type Command, defineCommand, type ExecResult } from 'just-bash';
import { answer, complaint } from '../answer.ts';
import { type JournalQuery, journalLine } from '../journal.ts';
import { HARDWARE, type Machine } from '../machine.ts';
import { type Options, readOptions } from '../options.ts';
import { humanSize } from '../size-text.ts';
import { longTime } from '../time-text.ts';
import { unitName } from '../unit.ts';
import { parseSize } from './disk.ts';

const PRIORITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];
const VALUED = [
  'u',
  'unit',
  'p',
  'priority',
  'n',
  'lines',
  'o',
  'output',
  'since',
  'S',
  'until',
  'U',
  't',
  'identifier',
  'g',
  'grep',
  'vacuum-size',
  'vacuum-time',
];
const ARCHIVED = /^\/var\/log\/journal\/archived-.*\.journal$/;

/** dmesg, journalctl. */
export function logCommands(machine: Machine): Command[] {
  return [
    defineCommand('dmesg', async (args) => answer(dmesg(machine, args))),
    defineCommand('journalctl', async (args) => journalctl(machine, args)),
  ];
}

function dmesg(machine: Machine, args: string[]): string {
  const options = readOptions(args, ['l', 'level', 'n']);
  const levels = options.value('l', 'level')?.split(',');
  const human = options.has('T', 'ctime', 'H', 'human');
  return machine.disk.journal
    .select({ boot: machine.boot, identifier: 'kernel' })
    .filter(
      (entry) =>
        levels === undefined ||
        levels.includes((PRIORITIES[entry.priority] ?? '').replace('warning', 'warn')),
    )
    .map((entry) => {
      const seconds = ((entry.at - machine.bootedAt) / 1000).toFixed(6).padStart(12);
      return `[${human ? longTime(entry.at) : seconds}] ${entry.message}\n`;
    })
    .join('');
}

async function journalctl(machine: Machine, args: string[]): Promise<ExecResult> {
  const { rest, boot } = takeBoot(args, machine);
  const options = readOptions(rest, VALUED);
  if (options.has('disk-usage'))
    return answer(`Archived and active journals take up ${await journalSize(machine)} in the file system.\n`);
  if (options.has('vacuum-size', 'vacuum-time'))
    return vacuum(machine, parseSize(options.value('vacuum-size') ?? '0') ?? 0);
  if (options.has('list-boots'))
    return answer(` 0 ${'0'.repeat(31)}${machine.boot} ${longTime(machine.bootedAt)} UTC\n`);

  const entries = machine.disk.journal.select(query(machine, options, boot));
  if (entries.length === 0) return answer('-- No entries --\n');
  const count = lineCount(options);
  const shown = entries.slice(-count);
  if (options.has('r', 'reverse')) shown.reverse();
  const plain = options.value('o', 'output') === 'cat';
  return answer(
    shown.map((entry) => `${plain ? entry.message : journalLine(entry, HARDWARE.hostname)}\n`).join(''),
  );
}

/** Takes `-b [N]` out of the arguments: bare it is this boot, and the `-1` after it is no option of its own. */
function takeBoot(args: string[], machine: Machine): { rest: string[]; boot: number | null } {
  const at = args.findIndex((argument) => /^(-b|--boot(=.*)?)$/.test(argument));
  if (at < 0) return { rest: args, boot: null };
  const offset = /^[-+]?\d+$/.test(args[at + 1] ?? '') ? Number(args[at + 1]) : null;
  const rest = args.filter((_, index) => index !== at && (offset === null || index !== at + 1));
  return { rest, boot: machine.boot + Math.min(0, offset ?? Number(args[at]?.split('=')[1] ?? 0)) };
}

function query(machine: Machine, options: Options, boot: number | null): JournalQuery {
  const priority = options.value('p', 'priority')?.split('..').at(-1);
  const since = options.value('S', 'since');
  const pattern = options.value('g', 'grep');
  const kernel = options.has('k', 'dmesg');
  const identifier = kernel ? 'kernel' : options.value('t', 'identifier');
  return {
    ...(boot !== null || kernel ? { boot: boot ?? machine.boot } : {}),
    ...(priority === undefined ? {} : { maxPriority: priorityOf(priority) }),
    units: options.values('u', 'unit').map(unitName),
    ...(identifier === undefined ? {} : { identifier }),
    ...(since === undefined ? {} : { since: sinceTime(since, machine) }),
    ...(pattern === undefined ? {} : { pattern: new RegExp(pattern.replace(/[(){}\\]/g, '\\$&'), 'i') }),
  };
}

function priorityOf(name: string): number {
  const index = PRIORITIES.findIndex(
    (known) =>
      known === name || (name === 'error' && known === 'err') || (name === 'warn' && known === 'warning'),
  );
  return index >= 0 ? index : Number(name) || 7;
}

/** `-n 20`, `-n20`, `--lines=20`; -e and -f mean the end of the journal. */
function lineCount(options: Options): number {
  const asked = Number(options.value('n', 'lines') ?? Number.NaN);
  if (Number.isInteger(asked) && asked > 0) return asked;
  return options.has('e', 'f', 'n', 'lines') ? (options.has('e') ? 1000 : 10) : Number.MAX_SAFE_INTEGER;
}

/** `1 hour ago`, `-30min`, `today`, a date; anything else means everything. */
function sinceTime(text: string, machine: Machine): number {
  const span = /^-?(\d+)\s*(s|sec|m|min|h|hour|d|day)\w*(?: ago)?$/i.exec(text.trim());
  const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[span?.[2]?.[0]?.toLowerCase() ?? ''] ?? 0;
  if (span !== null) return Date.now() - Number(span[1]) * unit;
  if (text === 'today') return new Date().setUTCHours(0, 0, 0, 0);
  if (text === 'yesterday') return new Date().setUTCHours(-24, 0, 0, 0);
  const at = Date.parse(`${text.trim().replace(' ', 'T')}Z`);
  return Number.isNaN(at) ? machine.bootedAt : at;
}

async function journalSize(machine: Machine): Promise<string> {
  let bytes = 0;
  for (const path of machine.disk.fs.getAllPaths()) {
    if (path.startsWith('/var/log/journal/')) bytes += (await machine.disk.fs.stat(path)).size;
  }
  return humanSize(bytes);
}

/** Removes archived files until the journal is no larger than asked. The active file always stays. */
async function vacuum(machine: Machine, keepBytes: number): Promise<ExecResult> {
  const { fs } = machine.disk;
  const lines: string[] = [];
  let kept = 0;
  let freed = 0;
  for (const path of fs.getAllPaths().filter((name) => ARCHIVED.test(name))) {
    const { size } = await fs.stat(path);
    if (kept + size <= keepBytes) {
      kept += size;
      continue;
    }
    await fs.rm(path);
    freed += size;
    lines.push(`Deleted archived journal ${path} (${humanSize(size)}).\n`);
  }
  return complaint(
    `${lines.join('')}Vacuuming done, freed ${humanSize(freed)} of archived journals from /var/log/journal.\n`,
    0,
  );
}
