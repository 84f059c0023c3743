import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CursorItem, cursor } from './cursor.ts';
import { type EventLog, openEventLog } from './event-log.ts';

const ts = '2026-03-01T03:12:45.123Z';
const never = new AbortController().signal;

let directory: string;
let file: string;
let log: EventLog;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'event-log-'));
  file = join(directory, 'nested', 'events.sqlite');
  log = openEventLog(file);
});

afterEach(async () => {
  await log.close();
  await rm(directory, { recursive: true, force: true });
});

async function newSession(): Promise<string> {
  const id = randomUUID();
  await log.create(id, ts);
  return id;
}

const say = (sessionId: string, ...texts: string[]) =>
  log.append({ sessionId, ts, entries: texts.map((text) => ({ kind: 'text', text })) });

describe('the event log', () => {
  it('counts the events of each session from 0 without holes', async () => {
    const [one, two] = [await newSession(), await newSession()];
    expect(await say(one, 'a', 'b')).toBe(1);
    expect(await say(two, 'x')).toBe(0);
    expect(await say(one, 'c')).toBe(2);
    const rows = await log.read(one, -1, 10);
    expect(rows.map(({ json }) => JSON.parse(json))).toEqual([
      { id: 0, ts, kind: 'text', text: 'a' },
      { id: 1, ts, kind: 'text', text: 'b' },
      { id: 2, ts, kind: 'text', text: 'c' },
    ]);
  });

  it('gives concurrent appends ids of their own', async () => {
    const id = await newSession();
    await Promise.all(Array.from({ length: 50 }, (_, n) => say(id, String(n))));
    const rows = await log.read(id, -1, 100);
    expect(rows.map((row) => row.id)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('reads after an id, at most so many', async () => {
    const id = await newSession();
    await say(id, 'a', 'b', 'c', 'd');
    expect((await log.read(id, 1, 1)).map((row) => row.id)).toEqual([2]);
    expect(await log.read(id, 3, 10)).toEqual([]);
  });

  it('bounds what it reads at once by size too, but gives at least one event', async () => {
    const id = await newSession();
    const long = 'x'.repeat(300 * 1024);
    await say(id, long, long, 'short');
    expect((await log.read(id, -1, 10)).map((row) => row.id)).toEqual([0]);
    expect((await log.read(id, 1, 10)).map((row) => row.id)).toEqual([2]);
  });

  it.each(['700', '755'])('is readable by nobody else, in a directory with mode %s', async (mode) => {
    await mkdir(dirname(file), { mode: Number.parseInt(mode, 8) });
    await say(await newSession(), 'a secret');
    const modes = await Promise.all([file, `${file}-wal`].map(async (one) => (await stat(one)).mode & 0o777));
    expect(modes).toEqual([0o600, 0o600]);
  });

  it('takes nothing more once it was closed', async () => {
    const id = await newSession();
    await log.close();
    await expect(say(id, 'late')).rejects.toMatchObject({ type: 'log-unavailable' });
  });

  it('keeps any text as it was: NUL, lone surrogates, line separators', async () => {
    const id = await newSession();
    const hostile = 'a\u0000b\ud800c\u2028d\u001b]0;x\u0007';
    await say(id, hostile);
    const [row] = await log.read(id, -1, 1);
    expect(JSON.parse(row?.json ?? '{}')).toMatchObject({ text: hostile });
  });

  it('takes a title from the first prompt and keeps it', async () => {
    const id = await newSession();
    expect(await log.find(id)).toMatchObject({ title: null, last_event_id: -1, last_event_at: null });
    await log.append({ sessionId: id, ts, entries: [{ kind: 'user', text: `  ${'x'.repeat(100)}\nmore` }] });
    await log.append({ sessionId: id, ts, entries: [{ kind: 'user', text: 'another' }] });
    expect(await log.find(id)).toMatchObject({
      title: `${'x'.repeat(79)}…`,
      last_event_id: 1,
      last_event_at: ts,
    });
  });

  it('knows the open turn, and whether the agent has a conversation', async () => {
    const id = await newSession();
    await log.append({ sessionId: id, ts, entries: [{ kind: 'user', text: 'hi' }], openTurn: 'turn-1' });
    expect(await log.find(id)).toMatchObject({ open_turn: 'turn-1', conversation: false });
    await log.append({
      sessionId: id,
      ts,
      entries: [{ kind: 'session', session_id: id }, { kind: 'turn_end' }],
    });
    expect(await log.find(id)).toMatchObject({ open_turn: null, conversation: true });
  });

  it('lists the session used last first', async () => {
    const [old, young] = [await newSession(), await newSession()];
    await log.append({ sessionId: old, ts: '2026-03-02T00:00:00.000Z', entries: [{ kind: 'turn_end' }] });
    expect((await log.list()).map((record) => record.session_id)).toEqual([old, young]);
  });

  it('answers null for a session that is not there', async () => {
    expect(await log.find('nobody')).toBeNull();
    expect(await say('nobody', 'hello?')).toBeNull();
  });

  it('is there again after it was closed', async () => {
    const id = await newSession();
    await say(id, 'kept');
    await log.close();
    log = openEventLog(file);
    expect(await log.read(id, -1, 10)).toHaveLength(1);
  });

  it('fails every call with why, where the file is no database, and says so in its check', async () => {
    const broken = join(directory, 'broken.sqlite');
    await writeFile(broken, 'this is not a database, however long one looks at it'.repeat(100));
    const other = openEventLog(broken);
    await expect(other.list()).rejects.toMatchObject({
      type: 'log-unavailable',
      message: expect.stringContaining('not a database'),
    });
    // The same answer again: a failed try leaves no lock behind.
    expect(await other.check()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('not a database'),
    });
    await other.close();
  });

  it('belongs to one daemon at a time', async () => {
    await newSession();
    const second = openEventLog(file);
    const refusal = () => second.list().then(String, (error: Error) => error.message);
    await expect.poll(refusal).toContain('locked');
    await second.close();
  });

  it('refuses a file that a later version wrote', async () => {
    const later = join(directory, 'later.sqlite');
    const db = new DatabaseSync(later);
    db.exec('PRAGMA user_version = 99');
    db.close();
    const other = openEventLog(later);
    await expect(other.list()).rejects.toThrow('schema 99');
    await other.close();
  });

  it('works again once the file can be opened', async () => {
    const place = join(directory, 'later');
    await writeFile(place, 'a file where a directory is needed');
    const other = openEventLog(join(place, 'events.sqlite'));
    expect(await other.check()).toMatchObject({ ok: false });
    await rm(place);
    expect(await other.check()).toMatchObject({ ok: true });
    await other.close();
  });
});

describe('a cursor', () => {
  async function readIds(items: AsyncGenerator<CursorItem>, until: (item: CursorItem) => boolean) {
    const seen: (number | string)[] = [];
    for await (const item of items) {
      if (item.type === 'rows') seen.push(...item.rows.map((row) => row.id));
      else seen.push(item.type);
      if (until(item)) break;
    }
    return seen;
  }
  const caughtUp = (item: CursorItem) => item.type === 'caught-up';

  it('replays in order over many pages, then says that it caught up', async () => {
    const id = await newSession();
    await say(id, ...Array.from({ length: 1000 }, () => 'x'));
    const seen = await readIds(cursor(log, id, { after: -1, follow: true, signal: never }), caughtUp);
    expect(seen).toEqual([...Array.from({ length: 1000 }, (_, n) => n), 'caught-up']);
  });

  it('replays only what is newer', async () => {
    const id = await newSession();
    await say(id, 'a', 'b', 'c');
    const seen = await readIds(cursor(log, id, { after: 1, follow: false, signal: never }), () => false);
    expect(seen).toEqual([2, 'caught-up']);
  });

  it('follows, and loses nothing that is appended while it reads', async () => {
    const id = await newSession();
    const total = 300;
    const appended = (async () => {
      for (let n = 0; n < total; n += 1) await say(id, String(n));
    })();
    const seen = await readIds(
      cursor(log, id, { after: -1, follow: true, signal: never }),
      (item) => item.type === 'rows' && item.rows.at(-1)?.id === total - 1,
    );
    await appended;
    expect(seen.filter((item) => item !== 'caught-up')).toEqual(Array.from({ length: total }, (_, n) => n));
  });

  it('starts again from 0 where the log is shorter than what its reader had', async () => {
    const id = await newSession();
    await say(id, 'a');
    const seen = await readIds(cursor(log, id, { after: 40, follow: false, signal: never }), () => false);
    expect(seen).toEqual(['log-reset', 0, 'caught-up']);
  });

  it('ends when its signal aborts, also while it waits', async () => {
    const id = await newSession();
    const abort = new AbortController();
    const items = cursor(log, id, { after: -1, follow: true, signal: abort.signal });
    expect(await items.next()).toMatchObject({ value: { type: 'caught-up' } });
    const waiting = items.next();
    abort.abort();
    expect((await waiting).done).toBe(true);
  });
});
