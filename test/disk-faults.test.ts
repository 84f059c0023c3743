import { execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { VerbResult } from '@breakglass/shared';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeSsh } from './fake-ssh.ts';
import { startTestDaemon, TOKEN, temporaryDirectory } from './harness.ts';

/** The power path on real broken disks, without an agent and without a session. */

const run = promisify(execFile);
const CLIENT = fileURLToPath(new URL('../packages/tui/bin/breakglass.js', import.meta.url));
const isRoot = process.getuid?.() === 0;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let disk: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  disk = join(directory.path, 'disk');
  await mkdir(disk);
});

afterEach(() => directory[Symbol.asyncDispose]());

async function startOnDisk() {
  const bin = join(directory.path, 'bin');
  await mkdir(bin);
  const path = await fakeSsh(bin, 'echo "$host: $command"');
  return startTestDaemon({
    PATH: path,
    BREAKGLASS_DATA_DIR: join(disk, 'data'),
    BREAKGLASS_AGENT_KIND: 'claude',
    BREAKGLASS_CLAUDE_BIN: join(directory.path, 'no-such-agent'),
  });
}

async function expectPowerWithoutLog(daemon: Awaited<ReturnType<typeof startOnDisk>>) {
  const { status, body } = await daemon.post('/api/pve/cycle');
  const result = body as VerbResult;
  expect([status, result.exit_code, result.stdout]).toEqual([200, 0, 'pve: cycle\n']);
  expect(result.warnings).toEqual([expect.stringContaining('audit trail')]);
  expect(await breakglass(daemon.url, 'pve', 'cycle', '--yes')).toMatchObject({ stdout: 'pve: cycle\n' });
  expect(await daemon.post('/api/session')).toMatchObject({
    status: 503,
    body: { type: 'log-unavailable', detail: expect.stringContaining('breakglass pve status') },
  });
  expect(await daemon.get('/ready')).toMatchObject({
    status: 200,
    body: { status: 'degraded', checks: { ssh: { ok: true }, log: { ok: false }, agent: { ok: false } } },
  });
}

/** The client as it is installed. Rejects where its exit code is not 0. */
function breakglass(url: string, ...args: string[]) {
  const env = { ...process.env, BREAKGLASS_URL: url, BREAKGLASS_TOKEN: TOKEN };
  return run(process.execPath, [CLIENT, ...args], { env, timeout: 20_000 });
}

describe('the power verbs', () => {
  it.skipIf(!isRoot)('work with the event log on a full disk (needs root, for a tmpfs)', async () => {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      await writeFile(join(disk, 'filler'), Buffer.alloc(1024 * 1024)).catch(() => undefined);
      await using daemon = await startOnDisk();
      await expectPowerWithoutLog(daemon);
    } finally {
      await run('umount', ['--lazy', disk]);
    }
  });

  it.skipIf(!isRoot)('work with the event log on a frozen disk (needs root, for fsfreeze)', async () => {
    const image = join(directory.path, 'image');
    await run('truncate', ['--size', '32M', image]);
    await run('mkfs.ext4', ['-q', image]);
    await run('mount', ['-o', 'loop', image, disk]);
    try {
      await using daemon = await startOnDisk();
      const id = await daemon.newSession();
      // Should this process itself get stuck on the disk, somebody else has to thaw it.
      const rescue = spawn('sh', ['-c', 'sleep 20; exec fsfreeze --unfreeze "$0"', disk], { detached: true });
      await run('fsfreeze', ['--freeze', disk]);
      try {
        await expectPowerWithoutLog(daemon);
      } finally {
        await run('fsfreeze', ['--unfreeze', disk]);
        rescue.kill();
      }
      await expect.poll(async () => (await daemon.get('/api/session')).status, { timeout: 10_000 }).toBe(200);
      await using attached = await daemon.attach(id, { query: '?follow=false' });
      await attached.ended;
      expect(attached.named('caught-up')).toHaveLength(1);
    } finally {
      await run('umount', ['--lazy', disk]);
    }
  });

  it('work with a data directory that can not be made, and are audited nowhere but said to be', async () => {
    await writeFile(join(disk, 'data'), 'a file in the way');
    await using daemon = await startOnDisk();
    await expectPowerWithoutLog(daemon);
  });
});
