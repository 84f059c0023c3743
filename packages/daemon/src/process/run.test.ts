import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { describeOutcome, type Outcome, type RunOptions, start } from './run.ts';
import { findMarked } from './tree.ts';

const env = { PATH: '/usr/bin:/bin' };

async function run(argv: readonly [string, ...string[]], options: Partial<RunOptions> = {}) {
  const running = start(argv, { env, deadlineMs: 20_000, ...options });
  const [stdout, stderr, outcome] = await Promise.all([
    text(running.stdout),
    text(running.stderr),
    running.ended,
  ]);
  return { stdout, stderr, outcome };
}

const sh = (script: string, options?: Partial<RunOptions>) => run(['/bin/sh', '-c', script], options);

test('argv reaches the program as it is, and its output and exit code come back', async () => {
  const { stdout, stderr, outcome } = await run([
    '/bin/sh',
    '-c',
    'echo "$0|$1"; echo oh >&2; exit 3',
    '$(id)',
    '-x;',
  ]);
  expect(stdout).toBe('$(id)|-x;\n');
  expect(stderr).toBe('oh\n');
  expect(outcome).toMatchObject({
    exitCode: 3,
    signal: null,
    timedOut: false,
    aborted: false,
    spawnError: null,
  });
});

test('out of file descriptors: in the outcome too, and the daemon lives', async () => {
  const program = `
    import { openSync } from 'node:fs';
    import { start } from ${JSON.stringify(new URL('run.ts', import.meta.url).href)};
    const { stdout } = process; // opened before there is no descriptor left
    try { for (;;) openSync('/dev/null'); } catch {}
    const { spawnError } = await start(['/bin/true'], { env: {}, deadlineMs: 1000 }).ended;
    stdout.write(spawnError.code);`;
  const script = 'ulimit -n 64; exec "$0" --input-type=module -e "$1"';
  const { stdout, stderr } = await run(['/bin/sh', '-c', script, process.execPath, program]);
  expect([stdout, stderr]).toEqual(['EMFILE', '']);
});

test('nothing of our environment is inherited, and stdin is empty', async () => {
  const { stdout } = await sh('cat; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=', {
    env: { ...env, ONE: '1' },
  });
  expect(stdout.trim().split('\n').sort()).toEqual(['ONE=1', `PATH=${env.PATH}`]);
});

test('a missing program, a directory, an argument too long, a NUL byte: all in the outcome', async () => {
  const failures: [readonly [string, ...string[]], string][] = [
    [['/nowhere/claude'], 'there is no program "/nowhere/claude"'],
    [['/etc/passwd'], '"/etc/passwd" is not executable'],
    [['/bin/true', 'x'.repeat(200_000)], 'its arguments are too long'],
    [['/bin/true', 'a\0b'], 'null bytes'],
  ];
  for (const [argv, reason] of failures) {
    const { stdout, outcome } = await run(argv);
    expect(stdout).toBe('');
    expect(outcome).toMatchObject({ exitCode: null, signal: null });
    expect(describeOutcome('it', outcome)).toContain(`it could not be started: `);
    expect(describeOutcome('it', outcome)).toContain(reason);
  }
});

test('the deadline ends it politely', async () => {
  const { stdout, outcome } = await sh('trap "echo bye; exit 7" TERM; while :; do sleep 0.02; done', {
    deadlineMs: 2000,
  });
  expect(stdout).toBe('bye\n');
  expect(outcome).toMatchObject({ exitCode: 7, timedOut: true, aborted: false });
});

test('an abort sends the asked signal, and SIGKILL to the group after the grace', async () => {
  const abort = new AbortController();
  const running = start(
    ['/bin/sh', '-c', 'trap "" INT TERM; sleep 300 & echo $!; while :; do sleep 0.02; done'],
    {
      env,
      deadlineMs: 20_000,
      signal: abort.signal,
      politeSignal: 'SIGINT',
      graceMs: 100,
    },
  );
  running.stderr.resume();
  const pid = await new Promise<number>((resolve) =>
    running.stdout.once('data', (data) => resolve(Number(data))),
  );
  abort.abort();
  expect(await running.ended).toMatchObject({
    exitCode: null,
    signal: 'SIGKILL',
    aborted: true,
    timedOut: false,
  });
  await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false);
});

test('aborted before it starts, it does not start', async () => {
  const { outcome } = await sh('touch /nowhere', { signal: AbortSignal.abort() });
  expect(outcome).toMatchObject({ aborted: true, exitCode: null, spawnError: null });
});

test('a stray that holds the pipes delays the end only shortly', async () => {
  const { stdout, outcome } = await sh('setsid sleep 300 & echo $!');
  const stray = Number(stdout);
  onTestFinished(() => void process.kill(stray, 'SIGKILL'));
  expect(outcome.exitCode).toBe(0);
  expect(alive(stray)).toBe(true);
});

test('a marked process takes its strays with it, however it ended', async () => {
  const marker = `RUN_TEST=${randomUUID()}`;
  const { outcome } = await sh('setsid sleep 300 & exit 5', { marker });
  expect(outcome.exitCode).toBe(5);
  expect(await findMarked(marker)).toEqual([]);
});

test('a slow reader gets all of it, although the process is long gone', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'run-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'big'), Buffer.alloc(300_000, 'x'));
  const running = start(['/bin/cat', join(dir, 'big')], { env, deadlineMs: 20_000 });
  running.stderr.resume();
  let bytes = 0;
  for await (const chunk of running.stdout) {
    bytes += chunk.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(bytes).toBe(300_000);
  expect((await running.ended).exitCode).toBe(0);
});

test('a reader that never drains is bounded by the deadline', async () => {
  const running = start(['/bin/sh', '-c', 'head -c 300000 /dev/zero'], {
    env,
    deadlineMs: 400,
    graceMs: 100,
  });
  expect(await running.ended).toMatchObject({ timedOut: true });
});

test('a flood on both streams comes through', async () => {
  const { stdout, stderr } = await sh('head -c 2000000 /dev/zero >&2 & head -c 2000000 /dev/zero; wait');
  expect([stdout.length, stderr.length]).toEqual([2_000_000, 2_000_000]);
});

test('each ending has its words', () => {
  const outcome: Outcome = {
    exitCode: null,
    signal: null,
    timedOut: false,
    aborted: false,
    spawnError: null,
    durationMs: 1234,
  };
  expect(describeOutcome('ssh', { ...outcome, exitCode: 0 })).toBe('ssh succeeded');
  expect(describeOutcome('ssh', { ...outcome, exitCode: 255 })).toBe('ssh failed with exit code 255');
  expect(describeOutcome('ssh', { ...outcome, signal: 'SIGSEGV' })).toBe('ssh was ended by SIGSEGV');
  expect(describeOutcome('ssh', { ...outcome, aborted: true })).toBe('ssh was ended before it was done');
  expect(describeOutcome('ssh', { ...outcome, timedOut: true })).toBe(
    'ssh took too long and was ended after 1.2 s',
  );
});

/** A zombie that nobody has reaped yet is not alive. */
function alive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
