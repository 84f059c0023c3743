import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ending, type SickHost, sickHost } from './sick-host.ts';
import { hasSshd, startSshd } from './sshd.ts';

/** What is not exactly one verb starts nothing, and leaves one line that can't hurt. Case 34; see cases.test.ts. */

const BATCH = 20;
const verbs = ['status', 'forensics', 'reset', 'stop', 'start', 'cycle'];

/** Near misses more often than noise: pieces that mean something to some parser, in any order. */
function fuzzed(): string {
  const pieces = [
    ...verbs,
    ' ',
    ';',
    '|',
    '&&',
    '\n',
    '\r',
    '\t',
    '$(id)',
    '`id`',
    '..',
    '/',
    '-',
    '\u001b[2J',
    '*',
    '102',
    'ѕ',
  ];
  const [kind = 0, length = 0, ...rest] = randomBytes(80);
  if (kind < 64)
    return randomBytes(length + 1)
      .toString('latin1')
      .replaceAll('\0', '?');
  return rest
    .slice(0, 1 + (length % 6))
    .map((byte) => pieces[byte % pieces.length])
    .join('');
}

function commands(count: number): string[] {
  return Array.from({ length: count }, fuzzed).filter((command) => !verbs.includes(command));
}

async function sentTo(
  send: (command: string) => ReturnType<SickHost['begin']>,
  all: string[],
): Promise<void> {
  for (let at = 0; at < all.length; at += BATCH) {
    const batch = all.slice(at, at + BATCH);
    const ended = await Promise.all(batch.map((command) => ending(send(command))));
    expect(ended.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      batch.map(() => ({ code: 2, stdout: '' })),
    );
  }
}

async function expectNothingButLogLines(host: SickHost, count: number): Promise<void> {
  const lines = (await readFile(join(host.dir, 'log', 'rejected.log'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(count);
  for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]{1,110}$/);
  expect(await host.calls()).toEqual(['']);
  expect(await readdir(join(host.dir, 'run'))).toEqual([]);
}

describe('input that is no verb', { timeout: 120_000 }, () => {
  it('#34 is rejected by the front script', async () => {
    await using host = await sickHost();
    const all = [
      '',
      'status\n',
      ' status',
      'Status',
      'cycle 103',
      '--help',
      'x'.repeat(10_000),
      ...commands(400),
    ];
    await sentTo(host.begin, all);
    await expectNothingButLogLines(host, all.length);
  });

  it.skipIf(!hasSshd)('#34 is rejected through a real sshd (needs openssh-server)', async () => {
    await using host = await sickHost();
    await using sshd = await startSshd(host);
    const all = ['', 'status;id', 'scp -t /tmp', 'rsync --server . /', 'status\nstop', ...commands(60)];
    await sentTo((command) => sshd.begin(command), all);
    await sentTo(() => sshd.begin('sftp', ['-s']), ['sftp']);
    await expectNothingButLogLines(host, all.length + 1);
  });

  it('#34 is rejected by the root part: another word, a second word, none', async () => {
    await using host = await sickHost();
    const root = join(host.dir, 'host', 'breakglass-pve-root');
    for (const words of [[], ['Status'], ['status', '102'], ['part', 'host', '102'], ['--help']]) {
      const { code, stdout } = await ending(spawn(root, words, { stdio: ['ignore', 'pipe', 'pipe'] }));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }
    expect(await host.calls()).toEqual(['']);
  });

  it('#34 in the environment or on stdin changes nothing', async () => {
    await using host = await sickHost();
    const env = {
      SSH_ORIGINAL_COMMAND: 'status',
      VMID: '103',
      BREAKGLASS_VMID: '103',
      PYTHONPATH: host.dir,
      LC_ALL: 'de',
    };
    const traps = {
      BASH_ENV: join(host.dir, 'trap'),
      ENV: join(host.dir, 'trap'),
      PATH: host.dir,
      PYTHONSTARTUP: '/x',
    };
    await writeFile(join(host.dir, 'trap'), `touch ${host.dir}/trapped\n`);
    await writeFile(join(host.dir, 'json.py'), `open('${host.dir}/trapped', 'w')\n`);
    const child = spawn('/bin/bash', ['-p', host.front], {
      env: { ...env, ...traps },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined).end('cycle\n');
    const { code, result } = await ending(child);
    expect({ code, vmid: result['vmid'] }).toEqual({ code: 0, vmid: '102' });
    expect(await readdir(host.dir)).not.toContain('trapped');
  });

  it.each([
    '',
    'VMID=\n',
    'VMID=102 103\n',
    'VMID=0102\n',
    'VMID=1e2\n',
    'VMID=-102\n',
    'VMID=99\n',
    'VMID=1000000000\n',
    'VMID=102\nVMID=103\n',
    'vmid=102\n',
    'VMID=102\nTYPO=1\n',
    'VMID=$(id)\n',
  ])('#34 in the configuration is refused: %j', async (text) => {
    await using host = await sickHost();
    await writeFile(join(host.dir, 'breakglass-pve.conf'), text);
    expect(await host.run('cycle')).toMatchObject({ code: 10, result: { outcome: 'refused' } });
    expect(await host.calls()).toEqual(['']);
  });

  it('#34 in a configuration that is a link, a pipe or writable by others is refused', async () => {
    await using host = await sickHost();
    const conf = join(host.dir, 'breakglass-pve.conf');
    await chmod(conf, 0o664);
    expect((await host.run('cycle')).code).toBe(10);
    await chmod(conf, 0o644);
    await rename(conf, `${conf}.real`);
    await symlink(`${conf}.real`, conf);
    expect((await host.run('cycle')).code).toBe(10);
    await rm(conf);
    await once(spawn('mkfifo', [conf]), 'exit');
    expect((await host.run('cycle')).code).toBe(10);
    expect(await host.calls()).toEqual(['']);
  });
});
