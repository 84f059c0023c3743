import { type Command, defineCommand, type ExecResult } from 'just-bash';
import { answer, complaint, table } from '../answer.ts';
import type { Machine } from '../machine.ts';
import { type Options, readOptions } from '../options.ts';
import { subState, type Unit, unitName } from '../unit.ts';
import { unitStatus } from './unit-status.ts';

const VALUED = [
  'n',
  'lines',
  'o',
  'output',
  'p',
  'property',
  't',
  'type',
  'state',
  'signal',
  's',
  'kill-whom',
];

export function systemctlCommand(machine: Machine): Command {
  return defineCommand('systemctl', (args) => systemctl(machine, args));
}

async function systemctl(machine: Machine, args: string[]): Promise<ExecResult> {
  const options = readOptions(args, VALUED);
  const [verb = 'list-units', ...names] = options.operands;
  if (options.has('failed')) return answer(listUnits(machine, ['failed'], options.has('no-legend')));
  if (verb === 'list-units')
    return answer(listUnits(machine, options.values('state'), options.has('no-legend')));
  if (verb === 'status' && names.length === 0) return answer(systemStatus(machine));
  const units = names.map(unitName);
  if (CHANGES.has(verb)) {
    return forEach(machine, units, 5, (unit) => change(machine, unit, verb), `Failed to ${verb} `);
  }
  const question = QUESTIONS[verb];
  if (question === undefined) return manage(machine, verb, units);
  return forEach(machine, units, question.missing, (unit) => question.ask(machine, unit, options));
}

const CHANGES = new Set(['start', 'stop', 'restart', 'reload', 'reload-or-restart', 'try-restart', 'kill']);

/** What can be asked of each unit, and the exit status for one that nobody knows. */
const QUESTIONS: Record<
  string,
  { missing: number; ask: (machine: Machine, unit: Unit, options: Options) => ExecResult }
> = {
  status: {
    missing: 4,
    ask: (machine, unit, options) => unitStatus(machine, unit, Number(options.value('n', 'lines') ?? 10)),
  },
  show: {
    missing: 0,
    ask: (_machine, unit, options) =>
      show(
        unit,
        options.values('p', 'property').flatMap((list) => list.split(',')),
      ),
  },
  cat: { missing: 1, ask: (_machine, unit) => answer(unitFile(unit)) },
  'is-active': {
    missing: 3,
    ask: (_machine, unit) => complaint('', unit.active === 'active' ? 0 : 3, `${unit.active}\n`),
  },
  'is-failed': {
    missing: 1,
    ask: (_machine, unit) => complaint('', unit.active === 'failed' ? 0 : 1, `${unit.active}\n`),
  },
  'is-enabled': { missing: 1, ask: () => answer('enabled\n') },
};

/** What concerns the manager as a whole, or changes nothing that the lab shows. */
function manage(machine: Machine, verb: string, units: string[]): ExecResult {
  switch (verb) {
    case 'list-unit-files':
      return answer(
        machine.units
          .all()
          .map((unit) => `${unit.spec.name.padEnd(32)} enabled         enabled\n`)
          .join(''),
      );
    case 'is-system-running':
      return failedUnits(machine) > 0 ? complaint('', 1, 'degraded\n') : answer('running\n');
    case 'daemon-reload':
    case 'enable':
    case 'disable':
    case 'unmask':
      return answer('');
    case 'reboot':
    case 'poweroff':
    case 'halt':
      machine.wanted = verb === 'reboot' ? 'reboot' : 'poweroff';
      return answer('');
    case 'reset-failed':
      for (const unit of machine.units.all()) {
        const meant = units.length === 0 || units.includes(unit.spec.name);
        if (meant && unit.active === 'failed') machine.units.stop(unit);
      }
      return answer('');
    default:
      return complaint(`Unknown command verb ${verb}.\n`);
  }
}

/** Runs it for each unit; the worst exit status wins. A unit that nobody knows ends with `missing`. */
async function forEach(
  machine: Machine,
  names: string[],
  missing: number,
  run: (unit: Unit) => ExecResult | Promise<ExecResult>,
  prefix = '',
): Promise<ExecResult> {
  const results: ExecResult[] = [];
  for (const name of names) {
    const unit = machine.units.get(name);
    const unknown =
      prefix === '' ? `Unit ${name} could not be found.\n` : `${prefix}${name}: Unit ${name} not found.\n`;
    results.push(unit === undefined ? complaint(unknown, missing) : await run(unit));
  }
  if (results.length === 0) return complaint('Too few arguments.\n');
  const join = (pick: (result: ExecResult) => string, between: string) =>
    results
      .map(pick)
      .filter((text) => text !== '')
      .join(between);
  return {
    stdout: join((result) => result.stdout, ''),
    stderr: join((result) => result.stderr, ''),
    exitCode: Math.max(...results.map((result) => result.exitCode)),
  };
}

async function change(machine: Machine, unit: Unit, verb: string): Promise<ExecResult> {
  if (verb === 'try-restart' && unit.active !== 'active') return answer('');
  if (verb === 'reload' && unit.active === 'active') return answer('');
  if (verb === 'kill') {
    if (unit.mainPid !== null && unit.active === 'active') await machine.units.killed(unit.mainPid, 'TERM');
    return answer('');
  }
  if (verb !== 'start') machine.units.stop(unit);
  if (verb === 'stop' || (await machine.units.start(unit))) return answer('');
  const { name } = unit.spec;
  return complaint(
    `Job for ${name} failed because the control process exited with error code.\n` +
      `See "systemctl status ${name}" and "journalctl -xeu ${name}" for details.\n`,
  );
}

function failedUnits(machine: Machine): number {
  return machine.units.all().filter((unit) => unit.active === 'failed').length;
}

function listUnits(machine: Machine, states: string[], bare: boolean): string {
  const wanted = states.flatMap((list) => list.split(','));
  const units = machine.units
    .all()
    .filter((unit) =>
      wanted.length === 0
        ? unit.active !== 'inactive'
        : wanted.includes(unit.active) || wanted.includes(subState(unit)),
    );
  const rows = units.map((unit) => [
    `${unit.active === 'failed' ? '●' : ' '} ${unit.spec.name}`,
    'loaded',
    unit.active,
    subState(unit),
    unit.spec.description,
  ]);
  const header = ['  UNIT', 'LOAD', 'ACTIVE', 'SUB', 'DESCRIPTION'];
  const body = table(bare ? rows : [header, ...rows], new Set([0, 1, 2, 3, 4]));
  if (bare) return body;
  const legend =
    units.length === 0
      ? ''
      : '\nLOAD   = Reflects whether the unit definition was properly loaded.\n' +
        'ACTIVE = The high-level unit activation state, i.e. generalization of SUB.\n' +
        'SUB    = The low-level unit activation state, values depend on unit type.\n';
  return `${body}${legend}${units.length} loaded units listed.\n`;
}

function systemStatus(machine: Machine): string {
  const failed = failedUnits(machine);
  return `● devvm-lab\n    State: ${failed > 0 ? 'degraded' : 'running'}\n    Units: ${machine.units.all().length} loaded (incl. loaded aliases)\n     Jobs: 0 queued\n   Failed: ${failed} units\n`;
}

function show(unit: Unit, wanted: string[]): ExecResult {
  const properties: Record<string, string> = {
    Id: unit.spec.name,
    Description: unit.spec.description,
    LoadState: 'loaded',
    ActiveState: unit.active,
    SubState: subState(unit),
    Result: unit.result,
    MainPID: String(unit.active === 'active' ? (unit.mainPid ?? 0) : 0),
    ExecStart: unit.spec.exec,
    Restart: unit.spec.restart,
    User: unit.spec.user,
  };
  const shown = Object.entries(properties).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  return answer(shown.map(([name, value]) => `${name}=${value}\n`).join(''));
}

function unitFile(unit: Unit): string {
  const { spec } = unit;
  return `# /lib/systemd/system/${spec.name}\n[Unit]\nDescription=${spec.description}\n\n[Service]\nUser=${spec.user}\nExecStart=${spec.exec}\nRestart=${spec.restart}\n\n[Install]\nWantedBy=multi-user.target\n`;
}
