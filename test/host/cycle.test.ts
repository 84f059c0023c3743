import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { jobDirectory, mutations, type SickHost, sickHost } from './sick-host.ts';

/** Stop, start and what lies between, against a QEMU that does not obey. Numbers: see cases.test.ts. */

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const pidOf = async (host: SickHost) =>
  Number(await readFile(join(host.dir, 'vm', '102', 'pid'), 'utf8').catch(() => '0'));

/** A process that the fixture calls QEMU of the VM: in its scope, whatever it is. */
async function adopt(host: SickHost, pid: number): Promise<void> {
  const proc = join(host.dir, 'proc', String(pid));
  await mkdir(proc, { recursive: true });
  for (const name of ['task', 'wchan', 'cmdline']) await symlink(`/proc/${pid}/${name}`, join(proc, name));
  await symlink(`/proc/${pid}/stat`, join(proc, 'stat'));
  await writeFile(join(proc, 'cgroup'), '0::/qemu.slice/102.scope\n');
  const scope = join(host.dir, 'cgroup', '102.scope');
  await mkdir(scope, { recursive: true });
  await writeFile(join(scope, 'cgroup.procs'), `${pid}\n`);
  await writeFile(join(scope, 'cgroup.events'), 'populated 1\n');
  await writeFile(join(scope, 'cgroup.kill'), '');
}

/** Ends the simulated QEMU and everything that tells of it. */
async function withoutQemu(host: SickHost): Promise<void> {
  await host.set('pid', '');
  await vi.waitFor(async () => expect(await readdir(join(host.dir, 'cgroup'))).toEqual([]), {
    timeout: 10_000,
    interval: 20,
  });
}

const python = (code: string) =>
  spawn(
    '/usr/bin/python3',
    ['-Ic', `import ctypes\nctypes.CDLL(None).prctl(15, b"kvm", 0, 0, 0)\n${code}`, '-id', '102'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );

describe.concurrent('a cycle', { timeout: 120_000 }, () => {
  it('#1 of a healthy VM gives a new process, and forensics are older than the stop', async () => {
    await using host = await sickHost();
    const { code, stdout, result } = await host.run('cycle');
    expect({ code, outcome: result['outcome'], killed: result['killed'] }).toEqual({
      code: 0,
      outcome: 'recovered',
      killed: 'no',
    });
    expect(result['pid']).not.toBe(result['old_pid']);
    expect(await mutations(host)).toEqual(['stop', 'start']);
    const job = await jobDirectory(host, 'cycle');
    const [saved, stopped] = await Promise.all(
      ['forensics/process', 'qm-stop'].map((name) => stat(join(job, name))),
    );
    expect(saved?.mtimeMs).toBeLessThan(stopped?.birthtimeMs ?? 0);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\dZ stop: QEMU \d+ is gone$/m);
  });

  it('#2 of a silent QEMU that ignores SIGTERM, while qm stop takes 71 s, ends with SIGKILL', async () => {
    await using host = await sickHost();
    await host.set('qmp', 'silent');
    await host.qm('[[ $1 == stop ]] && exec sleep 71');
    const { code, result, stdout } = await host.run('cycle');
    expect({ code, killed: result['killed'] }).toEqual({ code: 0, killed: 'sigkill' });
    expect(stdout).toMatch(/still there after 1 s .*QMP silent.* - sending SIGKILL/);
  });

  it('#3 of a QEMU that answers, accepts quit and stays, ends with SIGKILL', async () => {
    await using host = await sickHost();
    await host.set('keep', '1');
    await host.qm('[[ $1 == stop ]] && exec sleep 71');
    const { code, result } = await host.run('cycle');
    expect({ code, killed: result['killed'] }).toEqual({ code: 0, killed: 'sigkill' });
  });

  it('#4 of a QEMU that no signal can end never starts another', async () => {
    await using host = await sickHost();
    await withoutQemu(host);
    const pid = 4_194_400; // beyond pid_max: nobody, whatever is sent there
    const proc = join(host.dir, 'proc', String(pid));
    await mkdir(join(proc, 'task', String(pid)), { recursive: true });
    const line = `${pid} (kvm) D 1 ${Array(17).fill(0).join(' ')} 4711 0\n`;
    await writeFile(join(proc, 'stat'), line);
    await writeFile(join(proc, 'task', String(pid), 'stat'), line);
    await writeFile(join(proc, 'task', String(pid), 'wchan'), 'nfs_wait_bit_killable');
    await writeFile(join(proc, 'cgroup'), '0::/qemu.slice/102.scope\n');
    const scope = join(host.dir, 'cgroup', '102.scope');
    await mkdir(scope);
    await writeFile(join(scope, 'cgroup.procs'), `${pid}\n`);
    await writeFile(join(scope, 'cgroup.events'), 'populated 1\n');
    await writeFile(join(scope, 'cgroup.kill'), '');
    const { code, stdout } = await host.run('cycle');
    expect(code).toBe(21);
    expect(stdout).toContain('nfs_wait_bit_killable');
    expect(await mutations(host)).toEqual(['stop']);
    expect(await readFile(join(scope, 'cgroup.kill'), 'utf8')).toBe('1');
  });

  it('#5 of a zombie leader with a living thread is not taken for gone', async () => {
    await using host = await sickHost();
    await withoutQemu(host);
    const child = python(
      'import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nprint("up", flush=True)\nctypes.CDLL(None).syscall(60, 0)',
    );
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    await vi.waitFor(async () => expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '), {
      timeout: 10_000,
      interval: 20,
    });
    await adopt(host, pid);
    // Kill is a stub: out of the scope's list, the signal is not sent.
    await writeFile(join(host.dir, 'proc', String(pid), 'cgroup'), '0::/elsewhere\n');
    const { code } = await host.run('cycle');
    expect(code).toBe(21);
    expect(await mutations(host)).toEqual(['stop']);
    child.kill('SIGKILL');
  });

  it('#6 of a QEMU in a killable D state kills it', async () => {
    await using host = await sickHost();
    await withoutQemu(host);
    const child = python(
      'import sys\nprint("up", flush=True)\nlibc = ctypes.PyDLL(None)\nif libc.vfork() == 0:\n    libc.sleep(40)\n    libc._exit(0)',
    );
    await once(child.stdout, 'data');
    child.stdout.destroy(); // its child would hold it open
    const pid = child.pid ?? 0;
    await vi.waitFor(async () => expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') D '), {
      timeout: 10_000,
      interval: 20,
    });
    await adopt(host, pid);
    await host.qm('[[ $1 == stop ]] && exec sleep 71');
    const scope = join(host.dir, 'cgroup', '102.scope');
    const emptied = once(child, 'exit').then(() => rm(scope, { recursive: true }));
    const { code, result } = await host.run('cycle');
    await emptied;
    expect({ code, killed: result['killed'] }).toEqual({ code: 0, killed: 'sigkill' });
  });

  it('#8 with a pid file that names another process never touches that', async () => {
    await using host = await sickHost();
    await withoutQemu(host);
    const other = spawn('sleep', ['60']);
    const pid = other.pid ?? 0;
    await mkdir(join(host.dir, 'proc', String(pid)));
    await symlink(`/proc/${pid}/stat`, join(host.dir, 'proc', String(pid), 'stat'));
    await symlink(`/proc/${pid}/cgroup`, join(host.dir, 'proc', String(pid), 'cgroup'));
    await writeFile(join(host.dir, 'qemu', '102.pid'), `${pid}\n`);
    expect((await host.run('status')).stdout).toContain(`names process ${pid} (sleep), which is not this VM`);
    expect((await host.run('cycle')).code).toBe(0);
    expect(alive(pid)).toBe(true);
    other.kill('SIGKILL');
  });

  it('#9 beside VM 1023, without a pid file, leaves that alone', async () => {
    await using host = await sickHost();
    const neighbour = spawn('/bin/bash', ['-c', 'exec -a "/usr/bin/kvm -id 1023" sleep 60']);
    await rm(join(host.dir, 'qemu', '102.pid'));
    await host.set('keep', '1');
    await host.qm('[[ $1 == stop ]] && exec sleep 71');
    expect((await host.run('cycle')).code).toBe(0);
    expect(alive(neighbour.pid ?? 0)).toBe(true);
    neighbour.kill('SIGKILL');
  });

  it('#10 finds a QEMU without a pid file by its cgroup', async () => {
    await using host = await sickHost();
    const pid = await pidOf(host);
    await rm(join(host.dir, 'qemu', '102.pid'));
    const { stdout, result } = await host.run('status');
    expect(result).toMatchObject({ state: 'running', pid: String(pid) });
    expect(stdout).toContain('the pid file is missing');
    expect((await host.run('cycle')).result).toMatchObject({ code: '0', old_pid: String(pid) });
  });

  it('#11 whose first start meets "timeout waiting on systemd" tries again', async () => {
    await using host = await sickHost();
    await host.qm(`[[ $1 == start && ! -e '${host.dir}/once' ]] && { touch '${host.dir}/once'
      echo 'start failed: timeout waiting on systemd' >&2; exit 255; }`);
    expect((await host.run('cycle')).code).toBe(0);
    expect(await mutations(host)).toEqual(['stop', 'start', 'start']);
  });

  it('#12 whose every start does says that the VM is down; with a populated cgroup it does not even try again', async () => {
    await using host = await sickHost();
    await host.qm(`[[ $1 == start ]] && { echo 'timeout waiting on systemd' >&2; exit 255; }`);
    const down = await host.run('cycle');
    expect(down).toMatchObject({
      code: 22,
      stdout: expect.stringContaining('THE VM IS DOWN: timeout waiting'),
    });
    expect(await mutations(host)).toEqual(['stop', 'start', 'start', 'start']);
    await host.qm(`[[ $1 == start ]] && { mkdir '${host.dir}/cgroup/102.scope'
      echo 4194400 >'${host.dir}/cgroup/102.scope/cgroup.procs'
      echo 'populated 1' >'${host.dir}/cgroup/102.scope/cgroup.events'
      echo 'timeout waiting on systemd' >&2; exit 255; }`);
    expect((await host.run('cycle')).code).toBe(21);
    expect((await mutations(host)).slice(4)).toEqual(['start']);
  });

  it('#21 leaves its lock with nobody: neither the next verb nor QEMU has it', async () => {
    await using host = await sickHost();
    expect((await host.run('cycle')).code).toBe(0);
    const pid = await pidOf(host);
    const open = await Promise.all(
      (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    );
    expect(open.filter((path) => path.includes(host.dir) && path.endsWith('lock'))).toEqual([]);
    expect((await host.run('cycle')).code).toBe(0);
  });

  it('#31 start of a running, stop of a stopped, cycle of a stopped VM, start of a silent one', async () => {
    await using host = await sickHost();
    expect(await host.run('start')).toMatchObject({ code: 0, result: { outcome: 'noop' } });
    expect(await host.run('stop')).toMatchObject({ code: 0, result: { outcome: 'stopped' } });
    expect(await host.run('stop')).toMatchObject({ code: 0, result: { outcome: 'noop' } });
    expect(await host.run('cycle')).toMatchObject({ code: 0, result: { state: 'running', old_pid: '' } });
    await host.set('qmp', 'silent');
    expect((await host.run('start')).code).toBe(12);
  });

  it('#32 whose staged change could not be applied says what is left', async () => {
    await using host = await sickHost();
    await host.qm(`[[ $1 == pending ]] && { echo 'cur cores: 8'; echo 'new args: -foo'; exit; }`);
    expect(await host.run('cycle')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('still staged, could not be applied: new args: -foo'),
      result: { pending_left: '1' },
    });
  });

  it('#33 whose new QEMU dies at once, or is paused, is no recovery', async () => {
    await using host = await sickHost({ STAYS_UP: 2 });
    await host.qm(
      `[[ $1 == start ]] && { '${host.dir}/bin/simulated-qm' "$@"; (sleep 0.7; : >'${host.dir}/vm/102/pid') & exit; }`,
    );
    expect((await host.run('cycle')).code).toBe(22);
    await host.qm(
      `[[ $1 == start ]] && { '${host.dir}/bin/simulated-qm' "$@"; echo paused >'${host.dir}/vm/102/qmp'; exit; }`,
    );
    expect(await host.run('start')).toMatchObject({ code: 23, result: { state: 'paused' } });
  });

  it.each([
    [255, 22],
    [2, 22],
    [0, 0],
  ])('#35 with a qm start that exits %i ends with %i, never with 255', async (exit, code) => {
    await using host = await sickHost();
    const work =
      exit === 0 ? `'${host.dir}/bin/simulated-qm' "$@"; echo 'Task finished with 1 warning(s)!' >&2` : '';
    await host.qm(`[[ $1 == start ]] && { ${work}\nexit ${exit}; }`);
    expect((await host.run('cycle')).code).toBe(code);
  });

  it('#40 whose start takes longer than the deadline leaves qm alone', async () => {
    await using host = await sickHost({ START: 1 });
    await host.qm(`[[ $1 == start ]] && { echo $$ >'${host.dir}/starting'; exec sleep 300; }`);
    expect(await host.run('cycle')).toMatchObject({ code: 31, result: { outcome: 'goes-on' } });
    const pid = Number(await readFile(join(host.dir, 'starting'), 'utf8'));
    expect(alive(pid)).toBe(true);
    process.kill(pid);
  });
});
