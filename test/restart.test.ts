import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fakeSsh } from './fake-ssh.ts';
import { httpClient, TOKEN, temporaryDirectory } from './harness.ts';

/** The daemon as a process of its own, killed and started again on the same data. */

const BREAKGLASSD = fileURLToPath(new URL('../packages/daemon/bin/breakglassd.js', import.meta.url));

async function site(script: string) {
  const directory = await temporaryDirectory();
  const bin = join(directory.path, 'bin');
  await mkdir(bin);
  const env = {
    PATH: await fakeSsh(bin, script),
    HOME: directory.path,
    API_BEARER_TOKEN: TOKEN,
    BREAKGLASS_LISTEN: '127.0.0.1:0',
    BREAKGLASS_DATA_DIR: join(directory.path, 'data'),
    BREAKGLASS_AGENT_KIND: 'runbook',
    BREAKGLASS_SHUTDOWN_GRACE_SECONDS: '1',
  };
  const started: ChildProcess[] = [];
  return {
    home: directory.path,
    start: async () => {
      const child = spawn(process.execPath, [BREAKGLASSD], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      started.push(child);
      return { child, ...httpClient(await addressOf(child)) };
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of started) child.kill('SIGKILL');
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line);
    if (msg === 'listening') {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error('breakglassd ended before it listened');
}

/** The processes of turns of the site whose HOME this is. */
async function processesOf(home: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environ.includes('\0BREAKGLASS_TURN=') && `\0${environ}`.includes(`\0HOME=${home}\0`)
        ? pid
        : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}

describe('a daemon that is killed in the middle of a turn', () => {
  it('comes back with all that was shown, closes the turn, and ends what it had left running', async () => {
    await using place = await site('echo "$command"; [ "$command" = uptime ] || exec setsid sleep 600');
    const first = await place.start();
    const id = await first.newSession();
    await using before = await first.attach(id);
    await first.post(`/api/session/${id}/prompt`, { prompt: '/triage' });
    await expect.poll(() => before.events.filter(({ kind }) => kind === 'tool').length).toBe(2);
    await expect.poll(() => processesOf(place.home)).not.toEqual([]);
    first.child.kill('SIGKILL');
    await before.ended;

    const second = await place.start();
    await using after = await second.attach(id);
    await expect.poll(() => after.events.at(-1)?.kind).toBe('turn_end');
    expect(after.events.slice(0, before.events.length)).toEqual(before.events);
    expect(after.ids).toEqual(after.ids.map((_, n) => n));
    expect(after.events.at(-2)).toMatchObject({ kind: 'notice', code: 'turn-interrupted' });
    expect(await processesOf(place.home)).toEqual([]);
    expect((await second.get('/api/session')).body).toMatchObject({
      sessions: [{ session_id: id, turn: 'idle' }],
    });
  });
});

it('ends in order when it is told to: exit code 0, the running turn closed', async () => {
  await using place = await site('exec sleep 600');
  const daemon = await place.start();
  const id = await daemon.newSession();
  await using attached = await daemon.attach(id);
  await daemon.post(`/api/session/${id}/prompt`, { prompt: '/triage' });
  await expect.poll(() => attached.events.map(({ kind }) => kind)).toContain('tool');
  daemon.child.kill('SIGTERM');
  const [code] = await once(daemon.child, 'exit');
  expect(code).toBe(0);
  await attached.ended;
  expect(attached.events.at(-1)).toMatchObject({ kind: 'turn_end' });
  expect(attached.frames.at(-1)).toMatchObject({ event: 'going-away' });
});
