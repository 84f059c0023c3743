import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Lab, type StoryName, startLab } from './lab.ts';
import { runSsh } from './run-ssh.ts';
import { tempDir } from './temp-dir.ts';

async function labFor(story: StoryName): Promise<Lab & { dir: string }> {
  const dir = await tempDir();
  const lab = await startLab({ dir: join(dir.path, 'lab'), story, speed: 20 });
  return {
    ...lab,
    dir: dir.path,
    async [Symbol.asyncDispose]() {
      await lab[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

test('out of memory: found and repaired over ssh', async () => {
  await using lab = await labFor('oom');
  const found = await runSsh(
    lab,
    'devvm',
    'dmesg -T | grep -c "Out of memory: Killed process"; ps -eo args --sort=-rss | sed -n 2p',
  );
  expect(found.stdout).toBe('2\n/usr/bin/java -Xmx14g -jar /opt/indexer/indexer.jar /srv/repos\n');
  const tooEarly = await runSsh(lab, 'devvm', 'sudo systemctl restart devserver');
  expect(tooEarly).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Job for devserver.service failed'),
  });
  const repaired = await runSsh(
    lab,
    'devvm',
    'sudo systemctl restart indexer && sudo systemctl restart devserver; systemctl is-system-running',
  );
  expect(repaired).toMatchObject({ code: 0, stdout: 'running\n' });
});

test('a wedged QEMU: ssh hangs, reset is no help, cycle is, and then all is well', async () => {
  await using lab = await labFor('wedged');
  expect(await runSsh(lab, 'devvm', 'true')).toMatchObject({
    code: 255,
    stderr: expect.stringContaining('timed out'),
  });
  expect((await runSsh(lab, 'pve', 'reset')).code).toBe(24);
  const cycle = await runSsh(lab, 'pve', 'cycle');
  expect(cycle.code).toBe(0);
  expect(cycle.stdout.trimEnd().split('\n').at(-1)).toMatch(
    /^RESULT verb=cycle vmid=102 code=0 outcome=recovered state=running /,
  );
  await expect
    .poll(async () => (await runSsh(lab, 'devvm', 'systemctl is-system-running')).stdout, { timeout: 15_000 })
    .toBe('running\n');
  const before = await runSsh(lab, 'devvm', 'journalctl -b -1 -k -p err --no-pager');
  expect(before.stdout).toContain('blocked for more than 120 seconds');
});

test('a client killed in mid-cycle leaves a running VM', async () => {
  await using lab = await labFor('wedged');
  const kill = new AbortController();
  const client = runSsh(lab, 'pve', 'cycle', kill.signal);
  const log = join(lab.dir, 'lab', 'pve', 'log', '102');
  await expect.poll(async () => (await readdir(log)).join(), { timeout: 10_000 }).toContain('-cycle-');
  kill.abort();
  expect((await client).code).toBe(null);
  await expect.poll(lab.vmState, { timeout: 20_000 }).toMatchObject({ status: 'running', generation: 2 });
});

test('power and guest agree: a stop cuts the connection, a start boots anew', async () => {
  await using lab = await labFor('oom');
  const waiting = runSsh(lab, 'devvm', 'sleep 60');
  await expect.poll(async () => (await runSsh(lab, 'pve', 'stop')).code, { timeout: 15_000 }).toBe(0);
  expect((await waiting).code).toBe(255);
  expect((await runSsh(lab, 'devvm', 'true')).code).toBe(255);
  expect((await runSsh(lab, 'pve', 'start')).code).toBe(0);
  await expect
    .poll(async () => (await runSsh(lab, 'devvm', 'systemctl is-system-running')).stdout, { timeout: 15_000 })
    .toBe('running\n');
});

test('nothing on the real machine is touched', async () => {
  await using lab = await labFor('healthy');
  const mark = join(lab.dir, 'mark');
  const { stdout } = await runSsh(
    lab,
    'devvm',
    `mkdir -p ${lab.dir}; echo x > ${mark}; cat ${mark}; sudo touch /tmp/breakglass-lab-mark; ls /tmp | grep mark; sudo rm -rf /etc/*; ls ${process.cwd()}; ` +
      `sudo kill -9 ${process.pid}; cat /proc/${process.pid}/cmdline; curl -s http://127.0.0.1:${lab.hosts.pve.port}; hostname`,
  );
  expect(stdout).toBe('x\nbreakglass-lab-mark\ndevvm-lab\n');
  expect(existsSync(mark)).toBe(false);
  expect(existsSync('/tmp/breakglass-lab-mark')).toBe(false);
  expect(existsSync('/etc/passwd')).toBe(true);
});

test('many labs live side by side, and leave nothing behind', async () => {
  const dirs: string[] = [];
  {
    await using one = await labFor('disk');
    await using two = await labFor('oom');
    dirs.push(one.dir, two.dir);
    const [left, right] = await Promise.all(
      [one, two].map((lab) => runSsh(lab, 'devvm', 'df -h / | tail -1')),
    );
    expect(left?.stdout).toContain('100% /');
    expect(right?.stdout).not.toContain('100% /');
  }
  expect(dirs.map((dir) => existsSync(dir))).toEqual([false, false]);
});

test('a speed that is no whole number is an error', async () => {
  await expect(startLab({ dir: '/nonexistent/lab', story: 'oom', speed: 0.5 })).rejects.toThrow(
    'whole number',
  );
});
