import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ending, mutations, sickHost } from './sick-host.ts';
import { hasSshd, startSshd } from './sshd.ts';

/** ssh against a host that falls silent, or is another. Numbers: see cases.test.ts. */

describe.skipIf(!hasSshd)('ssh (needs openssh-server)', { timeout: 90_000 }, () => {
  it.each([
    ['no banner', ''],
    ['a banner, then nothing', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
  ])('#36 to a host that sends %s gives up by itself', async (_what, banner) => {
    await using host = await sickHost();
    await using sshd = await startSshd(host);
    const silent = createServer((socket) => void socket.on('error', () => socket.destroy()).write(banner));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const { code, stdout } = await ending(sshd.begin('cycle', ['-p', String(port)]));
    expect({ code, stdout }).toEqual({ code: 255, stdout: '' });
    expect(await mutations(host)).toEqual([]);
    silent.close();
  });

  it('#36 to a host that freezes in mid-cycle gives up, and the cycle ends once and well', async () => {
    await using host = await sickHost();
    await using sshd = await startSshd(host);
    const client = sshd.begin('cycle');
    const watched = ending(client);
    await host.inPhase('stop');
    const sessions = descendants(sshd.pid);
    for (const pid of sessions) process.kill(pid, 'SIGSTOP');
    expect((await watched).code).toBe(255);
    for (const pid of sessions) process.kill(pid, 'SIGCONT');
    await vi.waitFor(
      async () => expect(await host.vm()).toMatchObject({ generation: 2, status: 'running' }),
      { timeout: 30_000, interval: 20 },
    );
    expect(await mutations(host)).toEqual(['stop', 'start']);
  });

  it('#37 refuses a changed host key, and takes a new one that the known CA has signed', async () => {
    await using host = await sickHost();
    const at = (name: string) => join(host.dir, name);
    for (const name of ['ca', 'host_key', 'other'])
      execFileSync('ssh-keygen', ['-qt', 'ed25519', '-N', '', '-f', at(name)]);
    execFileSync('ssh-keygen', ['-qs', at('ca'), '-I', 'pve', '-h', '-n', 'pve', at('host_key.pub')]);
    await using sshd = await startSshd(host, `HostCertificate ${at('host_key-cert.pub')}`);
    // The first of two settings wins.
    const strict = [
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      'HostKeyAlias=pve',
      '-o',
      `UserKnownHostsFile=${at('pinned')}`,
    ];
    const ask = () => ending(sshd.begin('status', [...strict]));
    const key = async (name: string) =>
      (await readFile(at(`${name}.pub`), 'utf8')).split(' ').slice(0, 2).join(' ');
    await writeFile(at('pinned'), `pve ${await key('other')}\n`);
    expect(await ask()).toMatchObject({ code: 255, stderr: expect.stringContaining('verification failed') });
    await writeFile(at('pinned'), `@cert-authority pve ${await key('ca')}\n`);
    expect(await ask()).toMatchObject({ code: 0, result: { state: 'running' } });
  });
});

/** The processes of sshd's sessions that are sshd themselves. */
function descendants(pid: number): number[] {
  const found = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const children = found.filter(([, parent, comm]) => Number(parent) === pid && comm?.startsWith('sshd'));
  return children.flatMap(([child]) => [Number(child), ...descendants(Number(child))]);
}
