import { execFile } from 'node:child_process';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { prepareSsh, type SshSettings, sshArgv } from './ssh.ts';

const run = promisify(execFile);

const settings: SshSettings = {
  devvm: { host: '127.0.0.1', user: 'repair' },
  pve: { host: '127.0.0.2', user: 'root' },
  keyPath: null,
  knownHosts: null,
  configFile: null,
};

const PATH = process.env['PATH'] ?? '';

/** What the real ssh makes of an argv, without connecting. */
async function resolved(argv: readonly string[]): Promise<Map<string, string>> {
  const [program = '', ...rest] = argv;
  const { stdout } = await run(program, ['-G', ...rest]);
  return new Map(
    stdout.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
  );
}

describe('the ssh of the daemon', () => {
  it('reaches a link-local address by its zone', async () => {
    const ssh = await prepareSsh({ ...settings, pve: { host: 'fe80::1%eth0', user: 'root' } }, PATH);
    expect((await resolved(sshArgv(ssh, 'pve', ['status']))).get('hostname')).toBe('fe80::1%eth0');
    await ssh.dispose();
  });

  it('knows both aliases, with a bound for every stage', async () => {
    const ssh = await prepareSsh(settings, PATH);
    const options = await resolved(sshArgv(ssh, 'pve', ['status']));
    expect(Object.fromEntries(options)).toMatchObject({
      hostname: '127.0.0.2',
      user: 'root',
      hostkeyalias: 'pve',
      batchmode: 'yes',
      connecttimeout: '10',
      serveraliveinterval: '5',
      serveralivecountmax: '3',
      controlmaster: 'false',
      stricthostkeychecking: 'accept-new',
    });
    expect((await resolved(sshArgv(ssh, 'devvm', ['uptime']))).get('user')).toBe('repair');
    await ssh.dispose();
    await expect(access(ssh.wrapperDir)).rejects.toThrow('ENOENT');
  });

  it('insists on known host keys and on the one key, where it is given them', async () => {
    const ssh = await prepareSsh({ ...settings, knownHosts: '/etc/known', keyPath: '/etc/key' }, PATH);
    const options = await resolved(sshArgv(ssh, 'pve', ['status']));
    expect(Object.fromEntries(options)).toMatchObject({
      stricthostkeychecking: 'true',
      userknownhostsfile: '/etc/known',
      identityfile: '/etc/key',
      identitiesonly: 'yes',
    });
    await ssh.dispose();
  });

  it('leaves a given configuration alone, but for its bounds', async () => {
    const own = await prepareSsh(settings, PATH);
    const ssh = await prepareSsh({ ...settings, configFile: own.configFile }, PATH);
    expect(ssh.configFile).toBe(own.configFile);
    await ssh.dispose();
    expect(await readFile(own.configFile, 'utf8')).toContain('HostName 127.0.0.2');
    await own.dispose();
  });

  it('keeps its files to itself', async () => {
    const ssh = await prepareSsh(settings, PATH);
    expect((await stat(dirname(ssh.configFile))).mode & 0o077).toBe(0);
    expect((await stat(ssh.configFile)).mode & 0o077).toBe(0);
    await ssh.dispose();
  });

  it('takes no option from behind the host: one of them would run a command here', async () => {
    const ssh = await prepareSsh(settings, PATH);
    const trace = join(ssh.wrapperDir, 'trace');
    const attack = ['devvm', `-oProxyCommand=touch ${trace}`, 'true'];
    await expect(run(join(ssh.wrapperDir, 'ssh'), attack)).rejects.toThrow();
    const [program = '', ...argv] = sshArgv(ssh, 'devvm', attack.slice(1));
    await expect(run(program, argv)).rejects.toThrow();
    for (const option of [`-oProxyCommand=touch ${trace}`, `-F/dev/null`]) {
      await expect(run(join(ssh.wrapperDir, 'ssh'), [option, 'devvm', 'true'])).rejects.toThrow();
    }
    await expect(access(trace)).rejects.toThrow('ENOENT');
    await ssh.dispose();
  });
});
