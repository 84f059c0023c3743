import { stat, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { demoPlace, readLocalDaemon, removeLocalDaemon, writeLocalDaemon } from './demo-place.ts';
import { tempDir } from './temp-dir.ts';

const LOCAL = {
  url: 'http://127.0.0.1:1',
  token: 'a-token',
  pid: 42,
  simulated: true,
  story: 'oom',
  agent: 'runbook',
  why: 'no credentials',
} as const;

test('what is written is read again, and is for its owner alone', async () => {
  await using dir = await tempDir();
  const { localFile } = demoPlace({ XDG_STATE_HOME: dir.path });
  expect(localFile).toBe(`${dir.path}/breakglass/local.json`);
  expect(await readLocalDaemon(localFile)).toBe(null);
  await writeLocalDaemon(localFile, LOCAL);
  expect(await readLocalDaemon(localFile)).toEqual(LOCAL);
  expect((await stat(localFile)).mode & 0o777).toBe(0o600);
});

test('only its own process removes it', async () => {
  await using dir = await tempDir();
  const { localFile } = demoPlace({ XDG_STATE_HOME: dir.path });
  await writeLocalDaemon(localFile, LOCAL);
  await removeLocalDaemon(localFile, 43);
  expect(await readLocalDaemon(localFile)).toEqual(LOCAL);
  await removeLocalDaemon(localFile, 42);
  expect(await readLocalDaemon(localFile)).toBe(null);
});

test.each([['{'], ['{}'], ['{"url":"x"}']])(
  'a file that is not the demo’s (%s) counts as none',
  async (text) => {
    await using dir = await tempDir();
    await writeFile(`${dir.path}/local.json`, text);
    expect(await readLocalDaemon(`${dir.path}/local.json`)).toBe(null);
  },
);
