import type { ExecResult } from 'just-bash';
import { complaint } from '../answer.ts';
import { journalLine } from '../journal.ts';
import { HARDWARE, type Machine } from '../machine.ts';
import { cpuTime } from '../process-table.ts';
import { humanSize } from '../size-text.ts';
import { unitSpan, unitTime } from '../time-text.ts';
import { subState, type Unit } from '../unit.ts';

/** What `systemctl status UNIT` prints; exit status 3 when the unit does not run. */
export function unitStatus(machine: Machine, unit: Unit, lines: number): ExecResult {
  const { spec } = unit;
  const now = Date.now();
  const state =
    unit.active === 'failed' ? `failed (Result: ${unit.result})` : `${unit.active} (${subState(unit)})`;
  const head = [
    `${unit.active === 'failed' ? '×' : unit.active === 'active' ? '●' : '○'} ${spec.name} - ${spec.description}`,
    `     Loaded: loaded (/lib/systemd/system/${spec.name}; enabled; preset: enabled)`,
    `     Active: ${state} since ${unitTime(unit.since)}; ${unitSpan(now - unit.since)} ago`,
  ];
  const log = machine.disk.journal
    .select({ units: [spec.name], boot: machine.boot })
    .slice(-lines)
    .map((entry) => journalLine(entry, HARDWARE.hostname));
  const text = [
    ...head,
    ...(unit.active === 'active' ? running(machine, unit, now) : ended(unit)),
    '',
    ...log,
  ];
  return complaint('', unit.active === 'active' ? 0 : 3, `${text.join('\n')}\n`);
}

function running(machine: Machine, unit: Unit, now: number): string[] {
  const processes = machine.processes.ofUnit(unit.spec.name);
  const memoryKb = processes.reduce((sum, process) => sum + process.rssKb, 0);
  const cpu = processes.reduce((sum, process) => sum + cpuTime(process, now), 0);
  const tree = processes.map((process, index) => {
    const branch = index === processes.length - 1 ? '└─' : '├─';
    return `             ${branch}${process.pid} ${process.args}`;
  });
  return [
    `   Main PID: ${unit.mainPid} (${(unit.spec.exec.split(' ')[0] ?? '').split('/').at(-1)})`,
    `      Tasks: ${processes.length} (limit: 19108)`,
    `     Memory: ${humanSize(memoryKb * 1024)}`,
    `        CPU: ${unitSpan(cpu)}`,
    `     CGroup: /system.slice/${unit.spec.name}`,
    ...tree,
  ];
}

function ended(unit: Unit): string[] {
  if (unit.mainPid === null || unit.ended === null) return [];
  return [`   Main PID: ${unit.mainPid} (${unit.ended})`];
}
