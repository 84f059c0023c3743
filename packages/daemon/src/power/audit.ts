import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** One line of the trail. */
export interface AuditRecord {
  ts: string;
  job: string;
  /** `asked` is written before a verb runs, `ended` after. */
  state: 'asked' | 'ended';
  verb: string;
  target: string;
  operator: string;
  /** The address that the request came from. */
  from: string;
  exit_code?: number | null;
  outcome?: string;
  duration_ms?: number;
}

/** Who did what to the VM: append-only JSON lines, synced to the disk. */
export interface AuditTrail {
  /** @returns why the record could not be written within the deadline; null where it was. Never rejects. */
  record(entry: AuditRecord): Promise<string | null>;
}

const DEADLINE_MS = 2000;

/**
 * Opens the trail. A disk that hangs costs the deadline once: until it is back, later records wait for
 * nothing. One write is under way at a time, so it holds one thread of Node's pool however many verbs follow;
 * what waits behind it is written when the disk comes back.
 */
export function openAuditTrail(file: string): AuditTrail {
  let underWay: Promise<unknown> = Promise.resolve();
  let stuck = false;
  return {
    async record(entry) {
      const written = underWay
        .then(() => append(file, `${JSON.stringify(entry)}\n`))
        .finally(() => {
          stuck = false;
        });
      underWay = written.catch(() => undefined);
      const { promise: overdue, resolve } = Promise.withResolvers<string>();
      const giveUp = () => {
        stuck = true;
        resolve('the disk does not answer');
      };
      const timer = setTimeout(giveUp, stuck ? 0 : DEADLINE_MS);
      const failure = written.then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      const why = await Promise.race([failure, overdue]);
      clearTimeout(timer);
      return why === null ? null : `the audit trail ${file} could not be written: ${why}`;
    },
  };
}

async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await using handle = await open(file, 'a', 0o600);
  await handle.appendFile(line);
  await handle.datasync();
}
