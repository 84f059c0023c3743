import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type EventBody, titleOf } from '@breakglass/shared';

/** An event as it is stored: its id, and the whole event as the JSON that clients get. */
export interface Row {
  id: number;
  json: string;
}

/** What the log knows of a session. */
export interface SessionRecord {
  session_id: string;
  title: string | null;
  created_at: string;
  last_event_at: string | null;
  last_event_id: number;
  /** The turn that the log has begun and not ended. */
  open_turn: string | null;
  /** Whether an agent has opened its conversation under the session's id. */
  conversation: boolean;
}

/** One append: all of it is committed, or nothing. */
export interface Append {
  sessionId: string;
  ts: string;
  entries: readonly (EventBody & { operator?: string })[];
  /** Set with the `user` event that begins a turn. `turn_end` clears it. */
  openTurn?: string;
}

/**
 * Numbered steps from an empty file to the present schema; `user_version` counts those that were taken.
 * Steps are only ever added.
 */
const MIGRATIONS = [
  `CREATE TABLE session (
     session_id    TEXT PRIMARY KEY,
     created_at    TEXT NOT NULL,
     title         TEXT,
     last_event_at TEXT,
     last_event_id INTEGER NOT NULL DEFAULT -1,
     open_turn     TEXT,
     conversation  INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE event (
     session_id TEXT NOT NULL REFERENCES session,
     id         INTEGER NOT NULL,
     json       TEXT NOT NULL,
     PRIMARY KEY (session_id, id)
   ) STRICT, WITHOUT ROWID;`,
];

/** Of one read, in characters: what a client that does not read keeps in memory. */
const PAGE_LENGTH = 256 * 1024;

/** The log's file, opened. Synchronous: it lives in a worker thread, where a sick disk stalls nobody else. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #insertSession: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #updateSession: StatementSync;
  readonly #selectSession: StatementSync;
  readonly #selectSessions: StatementSync;
  readonly #selectEvents: StatementSync;

  /**
   * Opens or makes the file and brings its schema up to date.
   * WAL with full synchronisation: what a client has seen survives a killed daemon and a lost host.
   * Exclusive locking, because then the WAL's index lives on the heap and not in a shared mapping of the
   * disk (sqlite.org/wal.html, section 8): a write to such a mapping on a frozen file system stops every
   * thread of the process. It also keeps a second daemon off the file.
   * @throws where the file can't be opened, is no database, or comes from a later version
   */
  constructor(file: string) {
    this.#db = openFile(file);
    this.#insertSession = this.#db.prepare('INSERT INTO session (session_id, created_at) VALUES (?, ?)');
    this.#insertEvent = this.#db.prepare('INSERT INTO event (session_id, id, json) VALUES (?, ?, ?)');
    this.#updateSession = this.#db.prepare(
      `UPDATE session SET title = ?, last_event_at = ?, last_event_id = ?, open_turn = ?, conversation = ?
       WHERE session_id = ?`,
    );
    this.#selectSession = this.#db.prepare('SELECT * FROM session WHERE session_id = ?');
    this.#selectSessions = this.#db.prepare(
      'SELECT * FROM session ORDER BY coalesce(last_event_at, created_at) DESC, created_at DESC',
    );
    this.#selectEvents = this.#db.prepare(
      'SELECT id, json FROM event WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?',
    );
  }

  create(sessionId: string, createdAt: string): void {
    this.#insertSession.run(sessionId, createdAt);
  }

  find(sessionId: string): SessionRecord | null {
    return toRecord(this.#selectSession.get(sessionId));
  }

  list(): SessionRecord[] {
    return this.#selectSessions.all().flatMap((row) => toRecord(row) ?? []);
  }

  /** The events after `after`, oldest first, at most `limit` and about `PAGE_LENGTH`, but one if there is one. */
  read(sessionId: string, after: number, limit: number): Row[] {
    const rows: Row[] = [];
    let length = 0;
    for (const row of this.#selectEvents.iterate(sessionId, after, limit)) {
      const json = String(row['json']);
      rows.push({ id: Number(row['id']), json });
      length += json.length;
      if (length >= PAGE_LENGTH) break;
    }
    return rows;
  }

  /** @returns the id of the last event, or null where there is no such session */
  append(request: Append): number | null {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const lastId = this.#appendInTransaction(request);
      this.#db.exec('COMMIT');
      return lastId;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #appendInTransaction({ sessionId, ts, entries, openTurn }: Append): number | null {
    const session = this.find(sessionId);
    if (session === null) return null;
    for (const body of entries) {
      session.last_event_id += 1;
      const { last_event_id: id } = session;
      this.#insertEvent.run(sessionId, id, JSON.stringify({ id, ts, ...body }));
      if (body.kind === 'user') {
        session.title ??= titleOf(body.text);
        session.open_turn = openTurn ?? session.open_turn;
      }
      if (body.kind === 'session') session.conversation = true;
      if (body.kind === 'turn_end') session.open_turn = null;
    }
    const { title, last_event_id, open_turn, conversation } = session;
    this.#updateSession.run(title, ts, last_event_id, open_turn, conversation ? 1 : 0, sessionId);
    return last_event_id;
  }

  close(): void {
    this.#db.close();
  }
}

function openFile(file: string): DatabaseSync {
  // Prompts and outputs are for nobody else, also where the directory was there before us. SQLite gives the
  // files that it keeps beside it the same mode.
  closeSync(openSync(file, 'a', 0o600));
  const db = new DatabaseSync(file, { timeout: 200 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;');
    db.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    migrate(db);
    return db;
  } catch (error) {
    // Left open, it would keep its lock and the next try would fail with that instead.
    db.close();
    throw error;
  }
}

function migrate(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > MIGRATIONS.length) {
    throw new Error(
      `the event log has schema ${version}; this version knows ${MIGRATIONS.length}: run a newer one`,
    );
  }
  for (const [step, sql] of MIGRATIONS.entries()) {
    if (step < version) continue;
    db.exec(`BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${step + 1}; COMMIT;`);
  }
}

function toRecord(row: Record<string, unknown> | undefined): SessionRecord | null {
  if (row === undefined) return null;
  const text = (value: unknown) => (value === null ? null : String(value));
  return {
    session_id: String(row['session_id']),
    title: text(row['title']),
    created_at: String(row['created_at']),
    last_event_at: text(row['last_event_at']),
    last_event_id: Number(row['last_event_id']),
    open_turn: text(row['open_turn']),
    conversation: row['conversation'] === 1,
  };
}
