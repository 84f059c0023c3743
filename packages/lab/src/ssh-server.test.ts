import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { runSsh } from './run-ssh.ts';
import { newKeyPair, writeSshClientConfig } from './ssh-client-config.ts';
import { type Host, type SshServerOptions, startSshServer } from './ssh-server.ts';
import { tempDir } from './temp-dir.ts';

/** A server with this host behind it, and a client configuration that knows it as `pve`. */
async function serverFor(host: Host, options: Partial<SshServerOptions> = {}) {
  await using cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const client = await newKeyPair();
  const hostKey = await newKeyPair();
  const server = cleanup.use(
    await startSshServer({ hostKey: hostKey.private, clientKey: client.public, host, ...options }),
  );
  const sshConfigFile = await writeSshClientConfig(dir.path, client, [
    { name: 'pve', port: server.port, hostKey },
  ]);
  const owned = cleanup.move();
  return { server, sshConfigFile, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test('the command, both streams and the exit status travel', async () => {
  await using lab = await serverFor(async (command, io) => {
    await io.write(`out of ${command}\n`);
    await io.writeError('err\n');
    return 24;
  });
  expect(await runSsh(lab, 'pve', 'a "b" $c')).toEqual({
    code: 24,
    stdout: 'out of a "b" $c\n',
    stderr: 'err\n',
  });
});

test('a large output arrives whole, with exit status 0', async () => {
  await using lab = await serverFor(async (_command, io) => {
    for (let part = 0; part < 64; part += 1) await io.write('x'.repeat(64 * 1024));
    return 0;
  });
  const { code, stdout } = await runSsh(lab, 'pve', 'flood');
  expect({ code, length: stdout.length }).toEqual({ code: 0, length: 4 * 1024 * 1024 });
});

test('a client that does not read holds the command up', async () => {
  let written = 0;
  await using lab = await serverFor(async (_command, io) => {
    while (!io.signal.aborted) {
      await io.write('x'.repeat(64 * 1024));
      written += 1;
    }
    return 0;
  });
  const child = spawn('ssh', ['-F', lab.sshConfigFile, 'pve', 'flood'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await expect.poll(() => written).toBeGreaterThan(4);
  let seen = -1;
  await expect
    .poll(
      () => {
        const still = written === seen;
        seen = written;
        return still;
      },
      { interval: 200, timeout: 10_000 },
    )
    .toBe(true);
  expect(written).toBeLessThan(500);
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('a command learns that its client has gone', async () => {
  const began = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<string>();
  await using lab = await serverFor(async (_command, io) => {
    began.resolve();
    await once(io.signal, 'abort');
    gone.resolve('gone');
    return 0;
  });
  const kill = new AbortController();
  const client = runSsh(lab, 'pve', 'wait', kill.signal);
  await began.promise;
  kill.abort();
  expect(await gone.promise).toBe('gone');
  expect((await client).code).toBe(null);
});

test('a host that throws is exit status 70 and a reason, not a hang', async () => {
  await using lab = await serverFor(async () => {
    throw new Error('no such state');
  });
  const { code, stderr } = await runSsh(lab, 'pve', 'x');
  expect(code).toBe(70);
  expect(stderr).toContain('no such state');
});

test('another key is refused', async () => {
  await using lab = await serverFor(async () => 0, { clientKey: (await newKeyPair()).public });
  const { code, stderr } = await runSsh(lab, 'pve', 'x');
  expect(code).toBe(255);
  expect(stderr).toContain('Permission denied (publickey)');
});

test.each([
  ['a login shell', ['pve']],
  ['sftp', ['-s', 'pve', 'sftp']],
])('%s is refused', async (_what, args) => {
  const commands: string[] = [];
  await using lab = await serverFor(async (command) => {
    commands.push(command);
    return 0;
  });
  const child = spawn('ssh', ['-F', lab.sshConfigFile, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [[code], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/no login shell|subsystem request failed/);
  expect(commands).toEqual([]);
});

test('a machine without sshd resets, a frozen one lets the client time out', async () => {
  await using down = await serverFor(async () => 0, { reachability: async () => 'resets' });
  await using frozen = await serverFor(async () => 0, { reachability: async () => 'hangs' });
  const [reset, hung] = await Promise.all([runSsh(down, 'pve', 'x'), runSsh(frozen, 'pve', 'x')]);
  expect(reset).toMatchObject({ code: 255, stderr: expect.stringContaining('reset by peer') });
  expect(hung).toMatchObject({ code: 255, stderr: expect.stringContaining('timed out') });
});

test('a machine whose state can not be read counts as down, and the lab lives on', async () => {
  await using lost = await serverFor(async () => 0, {
    reachability: () => Promise.reject(new Error('the directory is gone')),
  });
  expect(await runSsh(lost, 'pve', 'x')).toMatchObject({ code: 255 });
});
