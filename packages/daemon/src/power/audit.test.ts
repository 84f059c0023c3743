import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord } from '@breakglass/shared';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuditTrail } from './audit.ts';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-'));
  file = join(directory, 'data', 'audit.jsonl');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const entry = (job: string): AuditRecord => ({
  ts: '2026-03-01T03:12:45.123Z',
  job,
  state: 'asked',
  verb: 'cycle',
  target: '102',
  operator: 'viktor',
  from: '127.0.0.1',
});

test('what was recorded is read back, the newest of it, the oldest first', async () => {
  const trail = openAuditTrail(file);
  for (const job of ['a', 'b', 'c']) expect(await trail.record(entry(job))).toBeNull();
  expect(await trail.newest(2)).toEqual([entry('b'), entry('c')]);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

test('records that come at once stand there once each', async () => {
  const trail = openAuditTrail(file);
  const jobs = Array.from({ length: 20 }, (_, n) => `job-${n}`);
  await Promise.all(jobs.map((job) => trail.record(entry(job))));
  expect((await trail.newest(100)).map(({ job }) => job)).toEqual(jobs);
});

test('a line that a crash has torn is left out, and the next record is whole', async () => {
  const trail = openAuditTrail(file);
  await trail.record(entry('a'));
  await appendFile(file, '{"ts":"2026-03-01T03:1');
  expect(await trail.newest(10)).toEqual([entry('a')]);
  await trail.record(entry('b'));
  await trail.record(entry('c'));
  expect((await trail.newest(10)).map(({ job }) => job)).toEqual(['a', 'b', 'c']);
});

test('no trail yet is an empty one; one that can not be read says why', async () => {
  expect(await openAuditTrail(file).newest(10)).toEqual([]);
  await writeFile(join(directory, 'data'), 'a file in the way');
  const trail = openAuditTrail(file);
  await expect(trail.newest(10)).rejects.toMatchObject({ type: 'audit-unavailable', status: 503 });
  expect(await trail.record(entry('a'))).toContain('could not be written');
});
