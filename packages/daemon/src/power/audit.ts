import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AuditRecord, auditRecord, ProblemError } from '@breakglass/shared';

/** Who did what to the VM: append-only JSON lines, synced to the disk. */
export interface AuditTrail {
  /** @returns why the record could not be written within the deadline; null where it was. Never rejects. */
  record(entry: AuditRecord): Promise<string | null>;
  /**
   * The newest records, the oldest of them first. A line that is no record (torn by a crash) is left out.
   * @throws {ProblemError} `audit-unavailable` where the disk does not serve it in time
   */
  newest(limit: number): Promise<AuditRecord[]>;
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
    async newest(limit) {
      if (stuck) throw unavailable('the disk does not answer');
      const lines = await bounded(readTail(file));
      return lines.flatMap((line) => parseRecord(line) ?? []).slice(-limit);
    },
  };
}

async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await using handle = await open(file, 'a+', 0o600);
  await handle.appendFile((await endsInALine(handle)) ? line : `\n${line}`);
  await handle.datasync();
}

/** False where a crash has torn the last record: the next one must not be torn with it. */
async function endsInALine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === NEWLINE;
}

const NEWLINE = 0x0a;

/** Enough for thousands of records. */
const TAIL_BYTES = 4 * 1024 * 1024;

async function readTail(file: string): Promise<string[]> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  const length = Math.min(size, TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString('utf8', 0, bytesRead).split('\n');
}

/** No trail yet is an empty trail. */
async function bounded(reading: Promise<string[]>): Promise<string[]> {
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the disk does not answer')), DEADLINE_MS);
  try {
    return await Promise.race([reading, overdue]);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw unavailable(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

function parseRecord(line: string): AuditRecord | null {
  try {
    return auditRecord.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function unavailable(why: string): ProblemError {
  return new ProblemError(
    'audit-unavailable',
    `The audit trail can't be read (${why}). Check the disk of the data directory; the power verbs work without it.`,
  );
}
