import type { Machine } from './machine.ts';

/** Why a unit could not start: what its process wrote, and its exit status. */
export interface StartFailure {
  lines: readonly string[];
  status: number;
}

/** A service as its unit file describes it. */
export interface UnitSpec {
  /** With its suffix: `nginx.service`. */
  name: string;
  description: string;
  /** The command line of its main process. */
  exec: string;
  user: string;
  rssKb: number;
  restart: 'no' | 'on-failure';
  /** Asked before each start; null means that it can start. */
  check?: (machine: Machine) => Promise<StartFailure | null>;
}

export type UnitResult = 'success' | 'exit-code' | 'signal' | 'oom-kill' | 'core-dump' | 'watchdog';

/** A unit of the running system. */
export interface Unit {
  readonly spec: UnitSpec;
  active: 'active' | 'inactive' | 'failed';
  result: UnitResult;
  /** The last main process and how it ended, such as `code=killed, signal=KILL`. */
  mainPid: number | null;
  ended: string | null;
  /** Milliseconds since 1970. */
  since: number;
}

/** systemd's word for the unit's detailed state. */
export function subState(unit: Unit): string {
  if (unit.active === 'active') return 'running';
  return unit.active === 'failed' ? 'failed' : 'dead';
}

/** `nginx` and `nginx.service` are the same unit. */
export function unitName(name: string): string {
  return /\.(service|socket|timer|target|mount|slice|scope)$/.test(name) ? name : `${name}.service`;
}
