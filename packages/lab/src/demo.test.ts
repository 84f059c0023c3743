import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { demoPlace, readLocalDaemon } from './demo-place.ts';
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
    async [Symbol.asyncDispose]() {
      await demo('--stop');
      await home[Symbol.asyncDispose]();
    },
  };
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
  expect(second).toMatchObject({ story: 'wedged' });
  expect(second?.pid).not.toBe(first?.pid);

  expect(await person.demo('--stop')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('has ended'),
  });
  expect(await person.local()).toBe(null);
  expect(await person.demo('--stop')).toMatchObject({ code: 0, stdout: 'No demo runs.\n' });
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
