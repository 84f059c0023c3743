import type { Journal, JournalEntry } from './journal.ts';
import { type LoadChange, loadAverage } from './load-average.ts';
import { ProcessTable } from './process-table.ts';
import type { SizedFs } from './sized-fs.ts';
import { systemFiles } from './system-files.ts';
import type { UnitSpec } from './unit.ts';
import { UnitManager } from './unit-manager.ts';

/** What survives a reboot: the files and the journal. */
export interface Disk {
  fs: SizedFs;
  journal: Journal;
}

/** One size class for the whole lab: 8 CPUs, 16 GiB, a root disk of 48 GB. */
export const HARDWARE = {
  hostname: 'devvm-lab',
  cpus: 8,
  memoryKb: 16_373_720,
  swapKb: 2_097_148,
  rootKb: 49_286_360,
};
const KERNEL_KB = 452_000;
const CACHE_KB = 2_310_000;
const MIN_FREE_KB = 118_000;
/** What an installed system takes, without the files that the lab knows of. */
const BASE_DISK_KB = 15_204_000;

export interface MemoryUse {
  usedKb: number;
  freeKb: number;
  cacheKb: number;
  availableKb: number;
  swapUsedKb: number;
}

/** The simulated VM between two boots: processes and units, on a disk that outlives it. */
export class Machine {
  readonly disk: Disk;
  readonly boot: number;
  /** Milliseconds since 1970. */
  readonly bootedAt: number;
  readonly processes: ProcessTable;
  readonly units: UnitManager;
  /** Set by `reboot` and `poweroff`; the host carries it out once the command has ended. */
  wanted: 'reboot' | 'poweroff' | null = null;
  readonly #load: LoadChange[] = [];

  constructor(disk: Disk, boot: number, bootedAt: number, units: readonly UnitSpec[]) {
    this.disk = disk;
    this.boot = boot;
    this.bootedAt = bootedAt;
    this.processes = new ProcessTable(600, () => this.#noteLoad());
    this.units = new UnitManager(this, units);
    for (const [path, content] of Object.entries(systemFiles(this))) disk.fs.addLive(path, content);
    disk.fs.limit(() => this.rootDisk().availableKb * 1024);
  }

  memory(): MemoryUse {
    const processes = this.processes.all();
    const usedKb = KERNEL_KB + processes.reduce((sum, process) => sum + process.rssKb, 0);
    const cacheKb = Math.max(96_000, Math.min(CACHE_KB, HARDWARE.memoryKb - usedKb - MIN_FREE_KB));
    const freeKb = Math.max(64_000, HARDWARE.memoryKb - usedKb - cacheKb);
    const swapUsedKb = processes.reduce((sum, process) => sum + process.swapKb, 0);
    return { usedKb, freeKb, cacheKb, availableKb: freeKb + Math.round(cacheKb * 0.8), swapUsedKb };
  }

  /** The root file system; a twentieth is reserved for root, as ext4 does. */
  rootDisk(): { sizeKb: number; usedKb: number; availableKb: number } {
    const sizeKb = HARDWARE.rootKb;
    const claimedKb = Math.round(this.disk.fs.claimedBytes() / 1024);
    const usedKb = Math.min(sizeKb, BASE_DISK_KB + claimedKb);
    return { sizeKb, usedKb, availableKb: Math.max(0, Math.round(sizeKb * 0.95) - usedKb) };
  }

  loadAverages(): [number, number, number] {
    const now = Date.now();
    const over = (minutes: number) => loadAverage(this.#load, minutes, now);
    return [over(1), over(5), over(15)];
  }

  log(entry: Partial<JournalEntry> & Pick<JournalEntry, 'identifier' | 'message'>): void {
    this.disk.journal.append({
      at: Date.now(),
      boot: this.boot,
      priority: 6,
      unit: null,
      pid: null,
      ...entry,
    });
  }

  /** A line of the kernel's, `secondsAgo` before now. */
  kernelLog(message: string, secondsAgo = 0, priority = 6): void {
    this.log({ at: Date.now() - secondsAgo * 1000, identifier: 'kernel', message, priority });
  }

  /** Makes the present load look as if it had lasted for an hour. */
  settleLoad(): void {
    const last = this.#load.at(-1);
    this.#load.length = 0;
    if (last !== undefined) this.#load.push({ at: Date.now() - 60 * 60_000, busy: last.busy });
  }

  #noteLoad(): void {
    const busy = this.processes.all().reduce((sum, process) => sum + process.load, 0.12);
    this.#load.push({ at: Date.now(), busy });
  }
}
