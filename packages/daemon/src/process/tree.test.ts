import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endMarked, findMarked, startTimeOf } from './tree.ts';

const linux = existsSync('/proc/self/environ');

function shell(marker: string, script: string) {
  const [name, value] = marker.split('=') as [string, string];
  const env = { PATH: '/usr/bin:/bin', [name]: value };
  return spawn('/bin/sh', ['-c', script], { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
}

const newMarker = (): string => `TREE_TEST=${randomUUID()}`;

test('the start time is field 22, whatever the name of the process', () => {
  const after = Array.from({ length: 40 }, (_, index) => String(index + 3)).join(' ');
  expect(startTimeOf(`12 (a) b (c d) ${after}`)).toBe('22');
  expect(startTimeOf('12 (short) S 1')).toBeNull();
});

test.skipIf(!linux)('finds and ends what left its parent and its session (needs /proc)', async () => {
  const marker = newMarker();
  const child = shell(marker, 'setsid sh -c "sleep 300 & echo up; wait" & wait');
  await once(child.stdout, 'data');
  await expect.poll(async () => (await findMarked(marker)).length, { timeout: 10_000 }).toBe(3);
  expect(await endMarked(marker)).toEqual([]);
  expect(await findMarked(marker)).toEqual([]);
});

test.skipIf(!linux)('what ignores SIGTERM is killed after the grace (needs /proc)', async () => {
  const marker = newMarker();
  const child = shell(marker, 'trap "" TERM; echo up; while :; do sleep 0.05; done');
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  expect(await endMarked(marker, { graceMs: 100 })).toEqual([]);
  expect(await exited).toEqual([null, 'SIGKILL']);
});

test.skipIf(!linux)('what keeps forking is ended too (needs /proc)', async () => {
  const marker = newMarker();
  const child = shell(marker, 'f() { trap "(f) &" TERM; echo up; for i in 1 2 3 4; do sleep 30; done; }; f');
  await once(child.stdout, 'data');
  expect(await endMarked(marker, { graceMs: 100 })).toEqual([]);
});

test.skipIf(!linux)('a marker that merely begins alike is somebody else (needs /proc)', async () => {
  const marker = newMarker();
  const child = shell(`${marker}0`, 'echo up; exec sleep 300');
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  expect(await endMarked(marker)).toEqual([]);
  expect(child.exitCode ?? child.signalCode).toBeNull();
  await endMarked(`${marker}0`);
  await exited;
});
