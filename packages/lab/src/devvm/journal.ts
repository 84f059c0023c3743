import { journalTime } from './time-text.ts';

/** One line of the journal. Kernel lines have the identifier `kernel` and make up dmesg. */
export interface JournalEntry {
  /** Milliseconds since 1970. */
  at: number;
  /** Which boot it belongs to, counted from 1. */
  boot: number;
  /** Syslog's: 3 is err, 4 warning, 6 info. */
  priority: number;
  unit: string | null;
  identifier: string;
  pid: number | null;
  message: string;
}

export interface JournalQuery {
  boot?: number;
  maxPriority?: number;
  units?: readonly string[];
  identifier?: string;
  since?: number;
  pattern?: RegExp;
}

/** The journal of a VM's disk: it survives reboots. */
export class Journal {
  readonly #entries: JournalEntry[] = [];

  append(entry: JournalEntry): void {
    this.#entries.push(entry);
  }

  /** Oldest first. A unit's own lines and what systemd said of it both count as the unit's. */
  select(query: JournalQuery): JournalEntry[] {
    return this.#entries.filter((entry) => matches(entry, query)).sort((left, right) => left.at - right.at);
  }
}

/** `Nov 21 03:12:44 devvm-lab nginx[812]: message` */
export function journalLine(entry: JournalEntry, hostname: string): string {
  const source = entry.pid === null ? entry.identifier : `${entry.identifier}[${entry.pid}]`;
  return `${journalTime(entry.at)} ${hostname} ${source}: ${entry.message}`;
}

function matches(entry: JournalEntry, query: JournalQuery): boolean {
  if (query.boot !== undefined && entry.boot !== query.boot) return false;
  if (query.maxPriority !== undefined && entry.priority > query.maxPriority) return false;
  if (query.identifier !== undefined && entry.identifier !== query.identifier) return false;
  if (query.since !== undefined && entry.at < query.since) return false;
  if (query.pattern !== undefined && !query.pattern.test(entry.message)) return false;
  const { units } = query;
  return units === undefined || units.length === 0 || (entry.unit !== null && units.includes(entry.unit));
}
