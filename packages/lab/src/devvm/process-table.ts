/** A process of the simulated VM. Sizes are in KiB, times in milliseconds since 1970. */
export interface Process {
  pid: number;
  ppid: number;
  user: string;
  stat: string;
  startedAt: number;
  /** Since when it uses `cpuPercent`; what it used before is not counted. */
  busySince: number;
  cpuPercent: number;
  rssKb: number;
  swapKb: number;
  args: string;
  /** The systemd unit it belongs to. */
  unit: string | null;
  /** What it adds to the load average. */
  load: number;
}

export type NewProcess = Partial<Process> & Pick<Process, 'args'>;

/** The processes of one boot, by pid. */
export class ProcessTable {
  readonly #processes = new Map<number, Process>();
  #nextPid: number;
  readonly #changed: () => void;

  /** `changed` is called after each change, so that who keeps averages can take note. */
  constructor(firstPid: number, changed: () => void) {
    this.#nextPid = firstPid;
    this.#changed = changed;
  }

  add(process: NewProcess): Process {
    const pid = process.pid ?? this.#freePid();
    const startedAt = process.startedAt ?? Date.now();
    const added: Process = {
      pid,
      ppid: 1,
      user: 'root',
      stat: 'Ss',
      startedAt,
      busySince: startedAt,
      cpuPercent: 0,
      rssKb: 4_096,
      swapKb: 0,
      unit: null,
      load: 0,
      ...process,
    };
    this.#processes.set(pid, added);
    this.#changed();
    return added;
  }

  remove(pid: number): Process | undefined {
    const found = this.#processes.get(pid);
    this.#processes.delete(pid);
    this.#changed();
    return found;
  }

  change(pid: number, to: Partial<Process>): void {
    const found = this.#processes.get(pid);
    if (found === undefined) return;
    Object.assign(found, to);
    this.#changed();
  }

  get(pid: number): Process | undefined {
    return this.#processes.get(pid);
  }

  ofUnit(unit: string): Process[] {
    return this.all().filter((process) => process.unit === unit);
  }

  all(): Process[] {
    return [...this.#processes.values()].sort((left, right) => left.pid - right.pid);
  }

  #freePid(): number {
    this.#nextPid += 1 + Math.floor(Math.random() * 7);
    return this.#nextPid;
  }
}

/** The short name: `java` for `/usr/bin/java -jar x`, `kswapd0` for `[kswapd0]`. */
export function commandName(process: Process): string {
  const first = process.args.split(' ')[0] ?? '';
  const bare = first.replace(/^\[|\]$/g, '').replace(/:$/, '');
  return (bare.startsWith('/') ? (bare.split('/').at(-1) ?? bare) : bare).slice(0, 15);
}

/** CPU time used so far, in milliseconds. */
export function cpuTime(process: Process, now: number): number {
  return ((now - process.busySince) * process.cpuPercent) / 100;
}
