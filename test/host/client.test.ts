import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ending, mutations, sickHost } from './sick-host.ts';
import { hasSshd, startSshd } from './sshd.ts';

/** Who watches, who goes away, who comes at the same moment. Numbers: see cases.test.ts. */

const PHASES = ['preflight', 'forensics', 'stop', 'start'] as const;

describe.skipIf(!hasSshd)('through sshd (needs openssh-server)', { timeout: 240_000 }, () => {
  it.each(PHASES)('#18 an ssh that is killed in phase %s leaves a running VM and a result', async (phase) => {
    await using host = await sickHost();
    await using sshd = await startSshd(host);
    const client = sshd.begin('cycle');
    await host.inPhase(phase);
    client.kill('SIGKILL');
    const status = async () => (await host.run('status')).stdout;
    await expect
      .poll(status, { timeout: 30_000 })
      .toMatch(/^last: RESULT verb=cycle .*code=0 outcome=recovered/m);
    expect(await host.vm()).toMatchObject({ status: 'running', generation: 2 });
  });

  it('#22 of two operators at the same moment exactly one changes something, twenty times', async () => {
    await using host = await sickHost();
    await using sshd = await startSshd(host);
    for (let round = 0; round < 20; round++) {
      const both = await Promise.all([ending(sshd.begin('cycle')), ending(sshd.begin('cycle'))]);
      expect(both.map(({ code }) => code).sort()).toEqual([0, 3]);
      expect(both.find(({ code }) => code === 3)?.stdout).toMatch(
        /cycle: cycle by 127\.0\.0\.1:\d+ since \d\d:\d\d:\d\dZ, in phase \w+ runs now/,
      );
    }
    expect((await host.vm()).generation).toBe(21);
  });
});

describe.concurrent('a job', { timeout: 120_000 }, () => {
  it.each(['SIGHUP', 'SIGTERM', 'SIGPIPE'] as const)('#20 outlives a %s to the front', async (signal) => {
    await using host = await sickHost();
    const front = host.begin('cycle');
    await host.inPhase('stop');
    front.kill(signal);
    await vi.waitFor(
      async () => expect(await host.vm()).toMatchObject({ generation: 2, status: 'running' }),
      { timeout: 30_000, interval: 20 },
    );
  });

  it.each(['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGPIPE'] as const)(
    '#20 outlives a %s to its worker',
    async (signal) => {
      await using host = await sickHost();
      const watched = host.run('cycle');
      process.kill(await host.inPhase('stop'), signal);
      expect((await watched).code).toBe(0);
    },
  );

  it('#19 does not wait for a caller that never reads', async () => {
    await using host = await sickHost();
    await host.qm(`[[ $1 == stop ]] && yes 'a long story' | head -c 900K >&2`);
    const front = host.begin('cycle');
    await vi.waitFor(
      async () => expect(await host.vm()).toMatchObject({ generation: 2, status: 'running' }),
      { timeout: 30_000, interval: 20 },
    );
    front.kill('SIGKILL');
  });

  it('#23 is not kept out by what a dead one left', async () => {
    await using host = await sickHost();
    await host.run('cycle');
    const stale = { verb: 'stop', who: 'x', since: 'y', phase: 'z', job: 'j', pid: process.pid, start: 1 };
    await writeFile(join(host.dir, 'run', '102', 'running'), JSON.stringify(stale));
    await writeFile(join(host.dir, 'run', '102', 'lock'), '');
    expect((await host.run('cycle')).code).toBe(0);
  });

  it('#24 whose worker is killed between stop and start: status says VM DOWN, and start works', async () => {
    await using host = await sickHost();
    await host.qm(`[[ $1 == start && ! -e '${host.dir}/go' ]] && exec sleep 300`);
    const watched = host.run('cycle');
    const worker = await host.inPhase('start');
    await vi.waitFor(async () => expect(await mutations(host)).toEqual(['stop', 'start']), {
      timeout: 10_000,
      interval: 20,
    });
    process.kill(worker, 'SIGKILL');
    expect(await watched).toMatchObject({ code: 70, stdout: expect.stringContaining('in phase start') });
    expect((await host.run('status')).stdout).toMatch(/ended without a result: cycle by .* VM DOWN/);
    await writeFile(join(host.dir, 'go'), '');
    expect(await host.run('start')).toMatchObject({ code: 0, result: { outcome: 'started' } });
    expect((await host.run('status')).stdout).not.toContain('VM DOWN');
    expect(await mutations(host)).toEqual(['stop', 'start', 'start']);
  });

  it('#39 keeps its deadlines by a clock that nobody can set', async () => {
    await using host = await sickHost();
    const sources = join(host.dir, 'host', 'lib', 'breakglass_pve');
    for (const name of ['power_off', 'power_on', 'tool', 'qmp', 'job', 'config_lock', 'running', 'verbs'])
      expect(await readFile(join(sources, `${name}.py`), 'utf8')).not.toMatch(/time\.time\(|datetime/);
    await rm(join(host.dir, 'log'), { recursive: true });
  });
});
