import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { mutations, type SickHost, sickHost } from './sick-host.ts';

/** What is refused before anything is changed. Numbers: see cases.test.ts. */

async function config(host: SickHost, change: (text: string) => string): Promise<void> {
  const file = join(host.dir, 'vm', '102', 'config');
  await writeFile(file, change(await readFile(file, 'utf8')));
}

async function refused(host: SickHost, verb: string, why: string): Promise<void> {
  const ended = await host.run(verb);
  expect(ended).toMatchObject({ code: 10, result: { outcome: 'refused' } });
  expect(ended.stdout).toContain(why);
  expect(await mutations(host)).toEqual([]);
}

describe.concurrent('before anything is changed', { timeout: 120_000 }, () => {
  it('#13 a held lock of the configuration is waited for, then refused by name', async () => {
    await using host = await sickHost();
    const file = join(host.dir, 'locks', 'lock-102.conf');
    await writeFile(file, '');
    const holder = spawn('flock', ['-F', file, 'bash', '-c', 'echo held; exec sleep 50'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await refused(host, 'cycle', 'holds the lock of the configuration');
    await refused(host, 'cycle', `process ${holder.pid}`);
    holder.kill('SIGKILL');
    await vi.waitFor(async () => expect((await host.run('cycle')).code).toBe(0), {
      timeout: 20_000,
      interval: 20,
    });
  });

  it.each([
    ['lock: backup', 'VM is locked (backup)'],
    ['lock: migrate', 'VM is locked (migrate)'],
    ['lock: suspended', 'is suspended'],
    ['template: 1', 'is a template'],
  ])('#14 %s is refused', async (line, why) => {
    await using host = await sickHost();
    await config(host, (text) => `${line}\n${text}`);
    await refused(host, 'cycle', why);
  });

  it('#14 a lock that stands in a snapshot section is none', async () => {
    await using host = await sickHost();
    await config(host, (text) => `${text}\n[before-upgrade]\nlock: backup\n`);
    expect((await host.run('cycle')).code).toBe(0);
  });

  it('#15 without quorum a cycle is refused before its stop; a stop is not', async () => {
    await using host = await sickHost();
    await chmod(join(host.dir, 'pve', 'local'), 0o555);
    await refused(host, 'cycle', 'no quorum');
    await refused(host, 'start', 'no quorum');
    expect(await host.run('stop')).toMatchObject({ code: 0, stdout: expect.stringContaining('no quorum') });
  });

  it('#16 a hanging /etc/pve ends verbs with 30, status still answers, and the host may allow a stop', async () => {
    await using host = await sickHost({ FORENSICS: 2 });
    const file = join(host.dir, 'pve', 'qemu-server', '102.conf');
    await rm(file);
    await once(spawn('mkfifo', [file]), 'exit');
    await host.qm('[[ $1 == stop ]] || exec sleep 300');
    expect(await host.run('cycle')).toMatchObject({ code: 30, result: { outcome: 'host-sick' } });
    const status = await host.run('status');
    expect(status).toMatchObject({ code: 0, result: { state: 'running', qmp: 'answering' } });
    expect(status.stdout).toMatch(/^status: running$/m);
    expect(status.stdout).toContain('pmxcfs hangs?');
    expect((await host.run('stop')).code).toBe(30);
    await writeFile(join(host.dir, 'breakglass-pve.conf'), 'VMID=102\nFORCE_STOP_WITHOUT_PVE=1\n');
    expect((await host.run('stop')).code).toBe(0);
  });

  it.each([
    ['vm: 102\n\tstate started\n', 'HA keeps this VM started'],
    ['ct: 9\n\tstate started\n\nvm: 102\n\tgroup a\n\tstate error\n', 'HA keeps this VM error'],
    ['vm: 102\n', 'HA keeps this VM started'],
  ])('#17 a VM under HA is refused, so that no start can overtake a stop: %j', async (text, why) => {
    await using host = await sickHost();
    await writeFile(join(host.dir, 'pve', 'ha', 'resources.cfg'), text);
    for (const verb of ['cycle', 'stop', 'start']) await refused(host, verb, why);
  });

  it.each(['vm: 1023\n\tstate started\n', 'vm: 102\n\tstate ignored\n'])(
    '#17 a VM that HA leaves alone is not refused: %j',
    async (text) => {
      await using host = await sickHost();
      await writeFile(join(host.dir, 'pve', 'ha', 'resources.cfg'), text);
      expect((await host.run('cycle')).code).toBe(0);
    },
  );

  it('#38 a sudo that says no, a configuration of somebody else, and a host without qm are told apart', async () => {
    await using host = await sickHost();
    const conf = join(host.dir, 'breakglass-pve.conf');
    await chmod(conf, 0o666);
    await refused(host, 'cycle', 'writable by others');
    await rm(conf);
    await refused(host, 'cycle', 'cannot be read');
    await writeFile(conf, 'VMID=102\n');
    await rm(join(host.dir, 'bin', 'qm'));
    expect(await host.run('cycle')).toMatchObject({
      code: 30,
      stdout: expect.stringContaining('qm: not installed'),
    });
    await host.tool('sudo', 'exit 1');
    expect(await host.run('cycle')).toMatchObject({
      code: 70,
      stderr: expect.stringContaining('sudo does not let'),
    });
  });

  it('a VM of another node is refused by the name of the node', async () => {
    await using host = await sickHost();
    await rm(join(host.dir, 'pve', 'qemu-server', '102.conf'));
    const list = { version: 1, ids: { 102: { node: 'pve2', type: 'qemu', version: 3 } } };
    await writeFile(join(host.dir, 'pve', '.vmlist'), JSON.stringify(list));
    await refused(host, 'cycle', 'VM 102 is on node pve2, not here');
  });
});
