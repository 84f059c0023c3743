import { type Command, defineCommand, type ExecResult } from 'just-bash';
import { answer, complaint } from '../answer.ts';
import type { Machine } from '../machine.ts';
import { commandName, type Process } from '../process-table.ts';

/** kill, pkill, killall, pgrep. Only TERM and KILL (and what acts like them) end a process here. */
export function killCommands(machine: Machine): Command[] {
  return [
    defineCommand('kill', (args) => kill(machine, args)),
    defineCommand('pkill', (args) => pkill(machine, args)),
    defineCommand('killall', (args) => pkill(machine, ['-x', ...args])),
    defineCommand('pgrep', async (args) => {
      const found = matching(machine, args);
      const lines = found.map(
        (process) =>
          `${process.pid}${args.some((argument) => /^-\w*[al]/.test(argument)) ? ` ${process.args}` : ''}\n`,
      );
      return complaint('', found.length > 0 ? 0 : 1, lines.join(''));
    }),
  ];
}

async function kill(machine: Machine, args: string[]): Promise<ExecResult> {
  const signal = signalOf(args);
  const pids = args
    .filter((argument) => /^\d+$/.test(argument))
    .filter((argument, index) => !(index === 0 && args[0] === '-s' && args[1] === argument));
  if (pids.length === 0)
    return complaint('kill: usage: kill [-s sigspec | -n signum | -sigspec] pid ...\n', 2);
  const errors: string[] = [];
  for (const text of pids) {
    const process = machine.processes.get(Number(text));
    if (process === undefined) errors.push(`bash: kill: (${text}) - No such process\n`);
    else await send(machine, process, signal);
  }
  return errors.length > 0 ? complaint(errors.join('')) : answer('');
}

async function pkill(machine: Machine, args: string[]): Promise<ExecResult> {
  const signal = signalOf(args);
  const found = matching(machine, args);
  for (const process of found) await send(machine, process, signal);
  return complaint('', found.length > 0 ? 0 : 1);
}

/** The signal's name without SIG; TERM where none is given. */
function signalOf(args: string[]): string {
  const numbers: Record<string, string> = {
    0: '0',
    1: 'HUP',
    2: 'INT',
    3: 'QUIT',
    9: 'KILL',
    15: 'TERM',
    18: 'CONT',
    19: 'STOP',
  };
  const index = args.findIndex(
    (argument) => argument === '-s' || argument === '-n' || argument === '--signal',
  );
  const spelled =
    index >= 0
      ? args[index + 1]
      : args.find((argument) => /^-(\d+|(SIG)?(HUP|INT|QUIT|KILL|TERM|CONT|STOP))$/.test(argument))?.slice(1);
  if (spelled === undefined) return 'TERM';
  return numbers[spelled] ?? spelled.replace(/^SIG/, '');
}

function matching(machine: Machine, args: string[]): Process[] {
  const pattern = args.filter((argument) => !argument.startsWith('-')).at(-1);
  if (pattern === undefined) return [];
  const whole = args.some((argument) => /^-[a-z]*f/.test(argument));
  const exact = args.some((argument) => /^-[a-z]*x/.test(argument));
  return machine.processes.all().filter((process) => {
    const text = whole ? process.args : commandName(process);
    return exact ? text === pattern : text.includes(pattern);
  });
}

async function send(machine: Machine, process: Process, signal: string): Promise<void> {
  const kernel = process.pid <= 2 || process.ppid === 2;
  if (kernel || ['0', 'HUP', 'CONT', 'STOP'].includes(signal)) return;
  await machine.units.killed(process.pid, signal === 'KILL' ? 'KILL' : 'TERM');
}
