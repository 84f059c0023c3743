import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { SickHost } from './sick-host.ts';

const SSHD = '/usr/sbin/sshd';
export const hasSshd = existsSync(SSHD);

export interface Sshd extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** `ssh` with this command; '' asks for a shell. */
  begin(command: string, options?: readonly string[]): ChildProcess;
}

/** Debian's sshd on a loopback port, with a configuration and keys of its own, and deploy/pve's settings for the user. */
export async function startSshd(host: Pick<SickHost, 'dir' | 'front'>, settings = ''): Promise<Sshd> {
  const at = (name: string) => join(host.dir, name);
  for (const name of ['host_key', 'key'].filter((name) => !existsSync(at(name))))
    execFileSync('ssh-keygen', ['-qt', 'ed25519', '-N', '', '-f', at(name)]);
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const port = await freePort();
  await writeFile(
    at('sshd_config'),
    `ListenAddress 127.0.0.1:${port}
HostKey ${at('host_key')}
AuthorizedKeysFile ${at('key.pub')}
ForceCommand /bin/bash -p ${host.front}
StrictModes no
UsePAM no
PidFile none
PermitTTY no
DisableForwarding yes
AcceptEnv *
MaxStartups 100
Subsystem sftp internal-sftp
${settings}
`,
  );
  await writeFile(at('known_hosts'), '');
  const daemon = spawn(SSHD, ['-D', '-e', '-f', at('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  daemon.stderr.on('data', (text: Buffer) => (said += text));
  await vi.waitFor(async () => expect(said).toContain('Server listening'), {
    timeout: 10_000,
    interval: 20,
  });
  return {
    port,
    pid: daemon.pid ?? 0,
    begin: (command, options = []) =>
      spawn(
        'ssh',
        [...options, ...clientOptions(at, port), '127.0.0.1', ...(command === '' ? [] : ['--', command])],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      ),
    async [Symbol.asyncDispose]() {
      daemon.kill('SIGKILL');
    },
  };
}

function clientOptions(at: (name: string) => string, port: number): string[] {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=accept-new',
    `UserKnownHostsFile=${at('known_hosts')}`,
    'GlobalKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'ConnectTimeout=5',
    'ServerAliveInterval=1',
    'ServerAliveCountMax=2',
    'ControlMaster=no',
    'ControlPath=none',
    'LogLevel=ERROR',
  ];
  const user = userInfo().username;
  return [
    '-F',
    '/dev/null',
    '-i',
    at('key'),
    '-p',
    String(port),
    '-l',
    user,
    ...options.flatMap((it) => ['-o', it]),
  ];
}

/** sshd can't be told to choose one. Another process may take it in between; then sshd says so and the test fails. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port on loopback');
  return address.port;
}
