import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type DemoPlace, demoPlace, readLocalDaemon, writeLocalDaemon } from './demo-place.ts';
import { tempDir } from './temp-dir.ts';

const DEMO = fileURLToPath(new URL('./demo.ts', import.meta.url));
const LIMIT_MS = 90_000;

/** `npm run demo` of a person with nothing but a home directory, without a terminal. Ends what it started. */
async function newcomer(stateName = 'state') {
  const home = await tempDir();
  const state = join(home.path, stateName);
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home.path,
    XDG_STATE_HOME: state,
    CLAUDE_CONFIG_DIR: join(home.path, 'claude'),
    // Settings for a real daemon, which must not reach the demo's.
    BREAKGLASS_LISTEN: '0.0.0.0:1',
    BREAKGLASS_SIMULATED: '0',
  };
  const demo = async (...args: string[]) => {
    const child = spawn(process.execPath, [DEMO, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await closed;
    return { code, stdout, stderr };
  };
  const place = demoPlace(env);
  return {
    place,
    demo,
    local: () => readLocalDaemon(place.localFile),
    /** How many background processes there are. */
    async processes(): Promise<number> {
      const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      const texts = await Promise.all(
        ids.flatMap((id) =>
          ['cmdline', 'environ'].map((file) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')),
        ),
      );
      return ids.filter(
        (_id, at) => texts[2 * at]?.includes('demo-daemon.ts') && texts[2 * at + 1]?.includes(state),
      ).length;
    },
    async [Symbol.asyncDispose]() {
      await demo('--stop');
      await home[Symbol.asyncDispose]();
    },
  };
}

async function labsOf({ labDir }: DemoPlace): Promise<string[]> {
  return (await readdir(dirname(labDir))).filter((name) => name.startsWith(basename(labDir)));
}

test('it starts once, is found again, changes its story, and ends', { timeout: LIMIT_MS }, async () => {
  await using person = await newcomer();
  const started = await person.demo();
  expect(started).toMatchObject({ code: 0, stderr: '' });
  expect(started.stdout).toContain('SIMULATED');
  expect(started.stdout).toContain('no credentials for Claude');
  expect(started.stdout).toContain('npx breakglass attach');

  const first = await person.local();
  expect(first).toMatchObject({ simulated: true, story: 'oom', agent: 'runbook' });
  const headers = { authorization: `Bearer ${first?.token}` };
  const verbs = await (await fetch(`${first?.url}/api/pve/verbs`, { headers })).json();
  expect(verbs).toMatchObject({ targets: [{ id: '102', simulated: true }] });
  const status = await (await fetch(`${first?.url}/api/pve/status`, { method: 'POST', headers })).json();
  expect(status).toMatchObject({ exit_code: 0, stdout: expect.stringContaining('status: running') });

  await person.demo();
  expect(await person.local()).toEqual(first);
  await person.demo('--story', 'wedged');
  const second = await person.local();
  // Who is still attached finds it where the first one was.
  expect(second).toMatchObject({ story: 'wedged', url: first?.url, token: first?.token });
  expect(second?.pid).not.toBe(first?.pid);

  expect(await person.demo('--stop')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('has ended'),
  });
  expect(await person.local()).toBe(null);
  expect(await person.demo('--stop')).toMatchObject({ code: 0, stdout: 'No demo runs.\n' });
});

test('two starts at the same moment make one demo', { timeout: LIMIT_MS }, async () => {
  await using person = await newcomer();
  const both = await Promise.all([person.demo('--story', 'healthy'), person.demo('--story', 'healthy')]);
  expect(both).toMatchObject([
    { code: 0, stderr: '' },
    { code: 0, stderr: '' },
  ]);
  expect(await person.processes()).toBe(1);
  expect(await labsOf(person.place)).toHaveLength(1);
});

test('the daemon ends with a demo that was killed, and the next one tidies up', {
  timeout: LIMIT_MS,
}, async () => {
  await using person = await newcomer();
  await person.demo('--story', 'healthy');
  const killed = await person.local();
  process.kill(killed?.pid ?? Number.NaN, 'SIGKILL');
  const health = () =>
    fetch(`${killed?.url}/health`)
      .then(({ status }) => status)
      .catch(() => 'gone');
  await expect.poll(health, { timeout: 30_000 }).toBe('gone');
  expect(await person.demo('--stop')).toMatchObject({ code: 0, stdout: 'No demo runs.\n' });

  expect(await person.demo('--story', 'healthy')).toMatchObject({ code: 0 });
  expect((await person.local())?.pid).not.toBe(killed?.pid);
  expect(await labsOf(person.place)).toHaveLength(1);
});

test('a process that has the number of an ended demo is left alone', { timeout: LIMIT_MS }, async () => {
  await using person = await newcomer();
  const bystander = spawn('sleep', ['60']);
  try {
    const { pid = Number.NaN } = bystander;
    const local = {
      url: 'http://127.0.0.1:1',
      token: 't',
      pid,
      simulated: true,
      story: 'oom',
      agent: '',
      why: '',
    } as const;
    await writeLocalDaemon(person.place.localFile, local);
    expect(await person.demo('--stop')).toMatchObject({ code: 0, stdout: 'No demo runs.\n' });
    expect(bystander.signalCode).toBe(null);
  } finally {
    bystander.kill();
  }
});

test('a start that fails shows the end of the log', { timeout: LIMIT_MS }, async () => {
  await using person = await newcomer('a "quoted" directory');
  const { code, stderr } = await person.demo('--story', 'healthy');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^demo: it ended at once. Its log \(.*\) ends with:\n/);
  expect(stderr).toContain('must be a path without quotes');
});

test.each([
  [['--story', 'nosuch'], 'there is no story "nosuch"'],
  [['--bogus'], "Unknown option '--bogus'"],
])('%j is wrong usage, and the help follows', async (args, message) => {
  await using person = await newcomer();
  const { code, stderr } = await person.demo(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).toContain('--story NAME');
});
