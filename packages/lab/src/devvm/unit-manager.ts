import type { Machine } from './machine.ts';
import type { Unit, UnitResult, UnitSpec } from './unit.ts';

/** What systemd does for the machine: starts, stops and watches its units, and says so in the journal. */
export class UnitManager {
  readonly #machine: Machine;
  readonly #units = new Map<string, Unit>();

  constructor(machine: Machine, specs: readonly UnitSpec[]) {
    this.#machine = machine;
    for (const spec of specs) {
      this.#units.set(spec.name, {
        spec,
        active: 'inactive',
        result: 'success',
        mainPid: null,
        ended: null,
        since: machine.bootedAt,
      });
    }
  }

  all(): Unit[] {
    return [...this.#units.values()].sort((left, right) => (left.spec.name < right.spec.name ? -1 : 1));
  }

  get(name: string): Unit | undefined {
    return this.#units.get(name);
  }

  /** False when it could not start; the reason is in the journal. `at` backdates it, for a boot long ago. */
  async start(unit: Unit, at = Date.now()): Promise<boolean> {
    if (unit.active === 'active') return true;
    const failure = (await unit.spec.check?.(this.#machine)) ?? null;
    const process = this.#machine.processes.add({
      args: unit.spec.exec,
      user: unit.spec.user,
      rssKb: unit.spec.rssKb,
      unit: unit.spec.name,
      startedAt: at,
      cpuPercent: 0.3,
    });
    this.#say(unit, `Starting ${unit.spec.name} - ${unit.spec.description}...`, { at });
    if (failure === null) {
      Object.assign(unit, {
        active: 'active',
        result: 'success',
        mainPid: process.pid,
        ended: null,
        since: at,
      });
      this.#say(unit, `Started ${unit.spec.name} - ${unit.spec.description}.`, { at });
      return true;
    }
    for (const line of failure.lines) this.sayOf(unit, process.pid, line, { at, priority: 3 });
    this.#machine.processes.remove(process.pid);
    this.#fail(unit, process.pid, 'exit-code', `code=exited, status=${failure.status}/FAILURE`, at);
    this.#say(unit, `Failed to start ${unit.spec.name} - ${unit.spec.description}.`, { at, priority: 3 });
    return false;
  }

  stop(unit: Unit): void {
    if (unit.active === 'active') {
      this.#say(unit, `Stopping ${unit.spec.name} - ${unit.spec.description}...`);
      this.#say(unit, `Stopped ${unit.spec.name} - ${unit.spec.description}.`);
    }
    for (const process of this.#machine.processes.ofUnit(unit.spec.name))
      this.#machine.processes.remove(process.pid);
    Object.assign(unit, { active: 'inactive', result: 'success', since: Date.now() });
  }

  /** A process got a signal that ends it. Its unit may fail, or come back by itself. */
  async killed(pid: number, signal: 'KILL' | 'TERM'): Promise<void> {
    const process = this.#machine.processes.remove(pid);
    const unit = process?.unit == null ? undefined : this.#units.get(process.unit);
    if (unit === undefined || unit.mainPid !== pid) return;
    for (const child of this.#machine.processes.ofUnit(unit.spec.name))
      this.#machine.processes.remove(child.pid);
    if (signal === 'TERM') {
      Object.assign(unit, {
        active: 'inactive',
        result: 'success',
        ended: 'code=exited, status=143',
        since: Date.now(),
      });
      this.#say(unit, `${unit.spec.name}: Deactivated successfully.`);
      return;
    }
    this.#fail(unit, pid, 'signal', 'code=killed, signal=KILL', Date.now());
    if (unit.spec.restart === 'no') return;
    this.#say(unit, `${unit.spec.name}: Scheduled restart job, restart counter is at 1.`);
    await this.start(unit);
  }

  /** Lets a unit have failed at `at`, for a reason of the story's. */
  failed(unit: Unit, result: UnitResult, ended: string, at: number, lines: readonly string[] = []): void {
    const pid = unit.mainPid ?? 0;
    for (const process of this.#machine.processes.ofUnit(unit.spec.name))
      this.#machine.processes.remove(process.pid);
    for (const line of lines) this.sayOf(unit, pid, line, { at, priority: 3 });
    this.#fail(unit, pid, result, ended, at);
  }

  /** A line that the unit's own process writes. */
  sayOf(unit: Unit, pid: number, message: string, options: { at?: number; priority?: number } = {}): void {
    const identifier =
      (unit.spec.exec.split(' ')[0] ?? '').split('/').at(-1)?.replace(/:$/, '') ?? unit.spec.name;
    this.#machine.log({ identifier, pid, unit: unit.spec.name, message, ...options });
  }

  #fail(unit: Unit, pid: number, result: UnitResult, ended: string, at: number): void {
    Object.assign(unit, { active: 'failed', result, mainPid: pid, ended, since: at });
    this.#say(unit, `${unit.spec.name}: Main process exited, ${ended}`, { at, priority: 5 });
    this.#say(unit, `${unit.spec.name}: Failed with result '${result}'.`, { at, priority: 4 });
  }

  #say(unit: Unit, message: string, options: { at?: number; priority?: number } = {}): void {
    this.#machine.log({ identifier: 'systemd', pid: 1, unit: unit.spec.name, message, ...options });
  }
}
