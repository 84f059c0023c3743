import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord, VerbOutput } from '@breakglass/shared';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuditTrail } from './audit.ts';
import { Power, type PowerOptions } from './power.ts';
import { parseStatus } from './vm-look.ts';
import { VmWatch } from './vm-watch.ts';

const target = { id: '102', name: 'devvm', simulated: true };
const requester = { operator: 'viktor', from: '127.0.0.1' };

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'power-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** An `ssh` on the PATH that runs a script instead; the verb is its last argument. */
async function fakeSsh(script: string): Promise<Record<string, string>> {
  await writeFile(join(directory, 'ssh'), `#!/bin/bash\nverb="\${@: -1}"\n${script}\n`, { mode: 0o755 });
  return { PATH: `${directory}:/usr/bin:/bin` };
}

function open(env: Record<string, string>, options: Partial<PowerOptions> = {}): Power {
  return new Power({
    ssh: { configFile: '/dev/null' },
    env,
    target,
    verbTimeoutMs: 10_000,
    audit: openAuditTrail(join(directory, 'audit.jsonl')),
    now: () => new Date(),
    newId: randomUUID,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
}

async function trail(): Promise<AuditRecord[]> {
  const text = await readFile(join(directory, 'audit.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a verb', () => {
  it('runs over ssh, with its output live and whole', async () => {
    const power = open(await fakeSsh('echo "status: running"; echo "a warning" >&2'));
    const job = power.run('status', requester);
    const heard: VerbOutput[] = [];
    job.listen((output) => heard.push(output));
    expect(await job.result).toMatchObject({
      verb: 'status',
      exit_code: 0,
      stdout: 'status: running\n',
      stderr: 'a warning\n',
      rejected: false,
    });
    expect(heard).toContainEqual({ stream: 'stdout', text: 'status: running\n' });
    expect(heard).toContainEqual({ stream: 'stderr', text: 'a warning\n' });
  });

  it('tells a late listener what was said before', async () => {
    const power = open(await fakeSsh('echo early'));
    const job = power.run('status', requester);
    await job.result;
    const heard: VerbOutput[] = [];
    job.listen((output) => heard.push(output));
    expect(heard).toEqual([{ stream: 'stdout', text: 'early\n' }]);
  });

  it('stands in the audit trail before it runs, and with its outcome after', async () => {
    const power = open(await fakeSsh(`cat '${join(directory, 'audit.jsonl')}'; exit 22`));
    const result = await power.run('cycle', requester).result;
    expect(JSON.parse(result.stdout)).toMatchObject({ state: 'asked', verb: 'cycle' });
    const [asked, ended] = await trail();
    expect(asked).toMatchObject({
      state: 'asked',
      verb: 'cycle',
      target: '102',
      operator: 'viktor',
      from: '127.0.0.1',
    });
    expect(ended).toMatchObject({
      state: 'ended',
      job: asked?.job,
      exit_code: 22,
      outcome: expect.stringContaining('DOWN'),
    });
    expect(ended?.duration_ms).toEqual(expect.any(Number));
  });

  it('runs all the same when the trail can not be written, and says so', async () => {
    await writeFile(join(directory, 'blocked'), '');
    const audit = openAuditTrail(join(directory, 'blocked', 'audit.jsonl'));
    const result = await open(await fakeSsh('echo done'), { audit }).run('cycle', requester).result;
    expect(result).toMatchObject({ exit_code: 0, stdout: 'done\n' });
    expect(result.warnings).toEqual([expect.stringContaining('audit trail')]);
  });

  it('that mutates excludes another that mutates, but no look', async () => {
    const power = open(
      await fakeSsh(`[ "$verb" = status ] || until [ -e '${directory}/go' ]; do sleep 0.02; done`),
    );
    const cycle = power.run('cycle', requester);
    expect(() => power.run('stop', { operator: 'anna', from: '::1' })).toThrow(
      expect.objectContaining({
        type: 'verb-running',
        extra: expect.objectContaining({ verb: 'cycle', by: 'viktor', since: cycle.since }),
      }),
    );
    expect(await power.run('status', requester).result).toMatchObject({ exit_code: 0 });
    await writeFile(join(directory, 'go'), '');
    await cycle.result;
    expect(power.mutating).toBeNull();
  });

  it('is not begun once the daemon shuts down; one that runs may end', async () => {
    const power = open(await fakeSsh('sleep 0.2; echo done'));
    const job = power.run('cycle', requester);
    const closed = power.close(10_000);
    expect(() => power.run('status', requester)).toThrow(expect.objectContaining({ type: 'shutting-down' }));
    await closed;
    expect(await job.result).toMatchObject({ exit_code: 0, stdout: 'done\n' });
  });

  it('that never ends is given up, with an outcome that is called unknown', async () => {
    const power = open(await fakeSsh('[ "$verb" = status ] || { echo begun; sleep 600; }'), {
      verbTimeoutMs: 300,
    });
    const result = await power.run('cycle', requester).result;
    expect(result).toMatchObject({
      exit_code: null,
      stdout: 'begun\n',
      outcome: expect.stringContaining('unknown'),
    });
  });

  it('whose outcome is unknown is looked after: what the host says now, asked once', async () => {
    const power = open(
      await fakeSsh(
        `echo "$verb" >> '${directory}/asked'; [ "$verb" = status ] && { echo "status: stopped"; exit; }; echo begun; exit 255`,
      ),
    );
    const { outcome } = await power.run('cycle', requester).result;
    expect(outcome).toMatch(/unknown[\s\S]*The host says now: stopped\.$/);
    expect(await readFile(join(directory, 'asked'), 'utf8')).toBe('cycle\nstatus\n');
  });

  it('keeps the beginning and the end of a flood', async () => {
    const power = open(await fakeSsh('echo FIRST; yes | head -c 5000000; echo RESULT'));
    const { stdout } = await power.run('forensics', requester).result;
    expect(stdout).toMatch(/^FIRST\n/);
    expect(stdout).toMatch(/RESULT\n$/);
    expect(stdout).toContain('characters left out');
    expect(stdout.length).toBeLessThan(2_000_000);
  });

  it('reports both of its ends to whoever listens for jobs', async () => {
    const seen: unknown[] = [];
    const power = open(await fakeSsh('exit 0'));
    power.listen((job, result) => seen.push([job.verb, result?.exit_code ?? null]));
    await power.run('start', requester).result;
    await expect.poll(() => seen.length).toBe(2);
    expect(seen).toEqual([
      ['start', null],
      ['start', 0],
    ]);
  });
});

it('ends, as unknown, even where the daemon itself fails, and locks no other', async () => {
  const failures: string[] = [];
  const broken = { record: () => Promise.reject(new Error('a bug')), newest: async () => [] };
  const power = open(await fakeSsh('echo done'), {
    audit: broken,
    onError: (_, what) => failures.push(what),
  });
  const result = await power.run('cycle', requester).result;
  expect(result).toMatchObject({ exit_code: null, outcome: expect.stringContaining('unknown') });
  expect(failures).toEqual(['running cycle']);
  await expect.poll(() => power.mutating).toBeNull();
});

it('is stopped by no listener', async () => {
  const failures: string[] = [];
  const power = open(await fakeSsh('echo done'), { onError: (_, what) => failures.push(what) });
  power.listen(() => {
    throw new Error('the listener is broken');
  });
  expect(await power.run('cycle', requester).result).toMatchObject({ exit_code: 0 });
  await expect.poll(() => failures).toEqual(['telling of a verb', 'telling of a verb']);
});

describe('the watch over the VM', () => {
  const watch = (env: Record<string, string>) =>
    new VmWatch({
      ssh: { configFile: '/dev/null' },
      env,
      target,
      intervalMs: 60_000,
      now: () => new Date('2026-03-01T00:00:00.000Z'),
      wanted: () => false,
      runningVerb: () => null,
    });

  it('knows nothing before its first look, and the state after', async () => {
    const vm = watch(await fakeSsh('printf "VM 102\\nstatus: running\\n"'));
    expect(vm.state).toMatchObject({ state: 'unknown', observed_at: null, problem: null });
    await vm.look();
    expect(vm.state).toEqual({
      target,
      state: 'running',
      observed_at: '2026-03-01T00:00:00.000Z',
      problem: null,
      running_verb: null,
    });
    vm.close();
  });

  it('is freshened by many who come together with one look', async () => {
    const vm = watch(await fakeSsh(`echo >> '${directory}/looks'; echo "status: running"`));
    await vm.freshen();
    await vm.freshen();
    expect(await readFile(join(directory, 'looks'), 'utf8')).toBe('\n');
    await vm.look();
    expect(await readFile(join(directory, 'looks'), 'utf8')).toBe('\n\n');
    vm.close();
  });

  it('keeps what it saw last when a look fails, and says why', async () => {
    const env = await fakeSsh(
      `[ -e '${directory}/down' ] && { echo "no route" >&2; exit 255; }; echo "status: stopped"`,
    );
    const vm = watch(env);
    const states: string[] = [];
    vm.listen(({ state, problem }) => states.push(`${state}/${problem}`));
    await vm.look();
    await writeFile(join(directory, 'down'), '');
    await vm.look();
    expect(states).toEqual(['stopped/null', 'stopped/no route']);
    vm.close();
  });

  it.each([
    ['status: running\n', 'running'],
    ['12:00:01Z observe\nstatus: io-error\nuptime: 3\n', 'io-error'],
    ['status: \u001b[2Jrunning\n', null],
    ['', null],
    ['the status: running\n', null],
  ])('reads %j as %j', (output, state) => {
    expect(parseStatus(output)).toBe(state);
  });
});
