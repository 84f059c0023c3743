import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withConstants } from './host-scripts.ts';
import { createPveHost } from './pve-host.ts';
import { tempDir } from './temp-dir.ts';
import { createVm, readVm } from './vm-state.ts';

/** The real host script with the simulated qm, without SSH. */
async function hostWith(vm: 'well' | 'wedged') {
  await using cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const host = cleanup.use(await createPveHost(dir.path, '102', 20));
  await createVm(host.vmDir, vm === 'wedged');
  await host.powerOn();
  const owned = cleanup.move();
  return {
    dir: dir.path,
    state: () => readVm(host.vmDir),
    run: (command: string, signal = new AbortController().signal) => run(host.run, command, signal),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function run(
  host: Awaited<ReturnType<typeof createPveHost>>['run'],
  command: string,
  signal: AbortSignal,
) {
  const text = { stdout: '', stderr: '' };
  const add = (stream: 'stdout' | 'stderr') => async (data: string | Uint8Array) => {
    text[stream] += typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
  };
  const code = await host(command, { write: add('stdout'), writeError: add('stderr'), signal });
  const last = text.stdout.trimEnd().split('\n').at(-1) ?? '';
  return { code, ...text, result: last.startsWith('RESULT ') ? fields(last) : {} };
}

function fields(line: string): Record<string, string> {
  return Object.fromEntries([...line.matchAll(/(\w+)=(\S*)/g)].map(([, name, value]) => [name, value]));
}

test('status tells the state in Proxmox words and ends with RESULT', async () => {
  await using host = await hostWith('well');
  const { code, stdout, stderr, result } = await host.run('status');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^status: running$/m);
  expect(stdout).toMatch(/^qmp: answering$/m);
  expect(result).toMatchObject({
    verb: 'status',
    vmid: '102',
    code: '0',
    outcome: 'observed',
    state: 'running',
    pending_left: '1',
  });
  expect(await readdir(join(host.dir, 'run', '102'))).toEqual([]);
});

test('forensics shows the state, saves it and changes nothing', async () => {
  await using host = await hostWith('well');
  const before = await host.state();
  const { code, stdout } = await host.run('forensics');
  expect(code).toBe(0);
  for (const part of ['qm status --verbose', 'qm pending', 'monitor', 'process'])
    expect(stdout).toContain(`--- ${part}`);
  expect(stdout).toContain("'status': 'running'");
  expect(stdout).toMatch(/\/usr\/bin\/kvm.*-id.102/);
  const [saved = ''] = await readdir(join(host.dir, 'log', '102'));
  const file = join(host.dir, 'log', '102', saved, 'forensics', 'qm_pending');
  expect(await readFile(file, 'utf8')).toContain('new scsi0: local-zfs:vm-102-disk-0,iothread=1,size=48G');
  expect(await host.state()).toEqual(before);
});

test('on a healthy VM each verb does what it says, with forensics first', async () => {
  await using host = await hostWith('well');
  expect(await host.run('start')).toMatchObject({ code: 0, result: { outcome: 'noop' } });

  const reset = await host.run('reset');
  expect(reset).toMatchObject({ code: 0, result: { outcome: 'reset', pending_left: '1' } });
  expect(reset.result['pid']).toBe(reset.result['old_pid']);
  expect(await host.state()).toMatchObject({ generation: 1, boots: 2 });

  const stopped = await host.run('stop');
  expect(stopped).toMatchObject({ code: 0, result: { outcome: 'stopped', state: 'stopped', pid: '' } });
  expect(stopped.stdout.indexOf('forensics: saved')).toBeLessThan(
    stopped.stdout.indexOf('stop: asking QEMU'),
  );
  expect(await host.run('stop')).toMatchObject({ code: 0, result: { outcome: 'noop' } });
  expect(await host.run('reset')).toMatchObject({ code: 10, result: { outcome: 'refused' } });

  expect(await host.run('start')).toMatchObject({
    code: 0,
    result: { outcome: 'started', pending_left: '0' },
  });
  expect(await host.state()).toMatchObject({ status: 'running', generation: 2 });

  const cycled = await host.run('cycle');
  expect(cycled).toMatchObject({
    code: 0,
    result: { outcome: 'recovered', state: 'running', qmp: 'answering' },
  });
  expect(cycled.result['pid']).not.toBe(cycled.result['old_pid']);
  expect(await host.state()).toMatchObject({ generation: 3 });
});

test('on a wedged QEMU start and reset point to cycle, and cycle cures it', async () => {
  await using host = await hostWith('wedged');
  expect((await host.run('status')).stdout).toMatch(/^qmp: silent$/m);
  expect(await host.run('start')).toMatchObject({ code: 12, stdout: expect.stringContaining('use cycle') });
  expect(await host.run('reset')).toMatchObject({ code: 24, stdout: expect.stringContaining('use cycle') });
  expect(await host.state()).toMatchObject({ generation: 1, boots: 1, silent: true });

  const cycled = await host.run('cycle');
  expect(cycled).toMatchObject({ code: 0, result: { outcome: 'recovered' } });
  expect(cycled.stdout).toMatch(/SIGKILL/);
  expect(await host.state()).toMatchObject({ generation: 2, silent: false });
});

test('a start that fails after the stop says that the VM is down, and start works later', async () => {
  await using host = await hostWith('well');
  await writeFile(join(host.dir, 'vm', '102', 'fail_start'), 'start failed: timeout waiting on systemd');
  expect(await host.run('cycle')).toMatchObject({
    code: 22,
    result: { outcome: 'start-failed', state: 'stopped' },
  });
  await rm(join(host.dir, 'vm', '102', 'fail_start'));
  expect(await host.run('start')).toMatchObject({ code: 0, result: { outcome: 'started' } });
});

test('evidence that can not be saved on disk stops no verb', async () => {
  await using host = await hostWith('well');
  await rm(join(host.dir, 'log'), { recursive: true });
  await writeFile(join(host.dir, 'log'), 'not a directory');
  const { code, stdout } = await host.run('cycle');
  expect(code).toBe(0);
  expect(stdout).toContain('forensics: could not be saved');
});

test('a QEMU that does not go away is not started over', async () => {
  await using host = await hostWith('well');
  await writeFile(join(host.dir, 'vm', '102', 'unkillable'), '');
  const { code, stdout } = await host.run('cycle');
  expect(code).toBe(20);
  expect(stdout).not.toContain('start: a fresh QEMU');
  expect((await host.state()).generation).toBe(1);
});

const REJECTED = [
  '',
  'Status',
  'reboot',
  ' status',
  'status ',
  'status\t',
  'status\n',
  'status\r',
  'status 102',
  'cycle 103',
  'status --help',
  '--help',
  '-v',
  'status;id',
  'status|cat',
  'status && id',
  'status > /tmp/x',
  '$(id)',
  '`id`',
  'status\nstop',
  '../status',
  '/usr/bin/status',
  'internal-sftp',
  'scp -t /tmp',
  'rsync --server . /',
  'ѕtatus',
  '\u001b[2Jstatus',
  '*',
  'stat*',
  'stop'.repeat(250),
];

test.each(REJECTED)('%j is rejected, and nothing is run', async (command) => {
  await using host = await hostWith('well');
  const before = await host.state();
  const { code, stdout, stderr } = await host.run(command);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('Verbs: status forensics reset stop start cycle');
  expect(await host.state()).toEqual(before);
  expect(await readdir(join(host.dir, 'run'))).toEqual([]);
  const log = await readFile(join(host.dir, 'log', 'rejected.log'), 'utf8');
  expect(log).toMatch(/^[\x20-\x7e]{1,110}\n$/);
});

test('start is not over what is left of a QEMU: it says so instead of "it runs already"', async () => {
  await using host = await hostWith('well');
  await writeFile(join(host.dir, 'vm', '102', 'unkillable'), '');
  expect(await host.run('stop')).toMatchObject({ code: 20 });
  const started = await host.run('start');
  expect(started).toMatchObject({ code: 10, result: { outcome: 'refused' } });
  expect(started.stdout).toContain('nothing is started beside');
});

test.each(['start', 'reset'])('%s without an answer of qm is refused, not taken for done', async (verb) => {
  await using host = await hostWith('well');
  await rm(join(host.dir, 'vm', '102'), { recursive: true });
  expect((await host.run(verb)).code).not.toBe(0);
});

test('start of a VM whose QEMU is paused points to cycle', async () => {
  await using host = await hostWith('well');
  await writeFile(join(host.dir, 'vm', '102', 'qmp'), 'io-error\n');
  expect(await host.run('start')).toMatchObject({
    code: 12,
    result: { outcome: 'unhealthy', state: 'io-error' },
  });
});

test.each([
  ['no VMID', 'OTHER=102\n'],
  ['two numbers', 'VMID=102 103\n'],
  ['a leading zero', 'VMID=0102\n'],
  ['a command', 'VMID=$(id)\n'],
  ['an exponent', 'VMID=1e2\n'],
])('a configuration with %s is refused', async (_what, text) => {
  await using host = await hostWith('well');
  await writeFile(join(host.dir, 'breakglass-pve.conf'), text);
  expect(await host.run('stop')).toMatchObject({ code: 10, result: { outcome: 'refused' } });
  expect((await host.state()).status).toBe('running');
});

test('of two mutating verbs at once one is busy, and says with what', async () => {
  await using host = await hostWith('wedged');
  const both = await Promise.all([host.run('cycle'), host.run('cycle')]);
  expect(both.map(({ code }) => code).sort()).toEqual([0, 3]);
  const busy = both.find(({ code }) => code === 3);
  expect(busy?.result).toMatchObject({ outcome: 'busy' });
  const left = await readdir(join(host.dir, 'run', '102'));
  expect(left.filter((name) => name.includes('cycle'))).toHaveLength(1);
  expect(busy?.stdout).toMatch(/cycle by this host since \d\d:\d\d:\d\dZ, in phase \w+ runs now/);
  expect(await host.state()).toMatchObject({ generation: 2, status: 'running' });
});

test('a client that goes away does not leave the VM between stop and start', async () => {
  await using host = await hostWith('wedged');
  const leave = new AbortController();
  const watched = host.run('cycle', leave.signal);
  await expect.poll(() => readdir(join(host.dir, 'log')), { timeout: 10_000 }).toEqual(['102']);
  leave.abort();
  expect((await watched).result).toEqual({});
  await expect.poll(host.state, { timeout: 20_000 }).toMatchObject({ generation: 2, status: 'running' });
});

test('the environment changes nothing, and a constant that is missing is an error', async () => {
  expect(() => withConstants('readonly CONF=/etc/x\n', { PATH: '/bin' })).toThrow('readonly PATH=');
  expect(withConstants('readonly CONF=/etc/x\n', { CONF: "/a'b" })).toBe("readonly CONF='/a'\\''b'\n");
});
