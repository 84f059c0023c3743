import type { EventBody } from '@breakglass/shared';
import { describe, expect, it } from 'vitest';
import { fakeDaemon, SESSION, summary } from '../test/fake-daemon.ts';
import { runCli, startCli } from '../test/run-cli.ts';
import { serve } from '../test/wire-server.ts';

const OTHER = '3f9b0000-6c1f-4f0e-9d3b-3f2a1c5d7e90';
const log: EventBody[] = [
  { kind: 'user', text: 'what is wrong?' },
  { kind: 'text', text: 'Nothing.' },
  { kind: 'turn_end' },
];

describe('the command line', () => {
  it.each([
    ['an unknown command', ['lss'], /Did you mean ls\?/],
    ['an unknown option', ['ls', '--frob'], /unknown option '--frob'/],
    ['a missing argument', ['pve'], /missing required argument/],
    ['nothing at all', [], /Usage: breakglass/],
    ['a URL that is none', ['ls', '--url', 'x'], /not a URL \(it is from --url\)/],
  ])('exits 2 at %s', async (_name, args, said) => {
    const { code, stderr } = await runCli('http://127.0.0.1:1', args);
    expect(stderr).toMatch(said);
    expect(code).toBe(2);
  });

  it.each([['stop'], ['stop it --now']])('does nothing at "%s" and names both choices', async (words) => {
    await using daemon = await fakeDaemon({});
    const { code, stderr } = await runCli(daemon.url, words.split(' '));
    expect(stderr).toContain('`breakglass cancel`');
    expect(stderr).toContain('`breakglass pve stop`');
    expect(code).toBe(2);
    expect(daemon.requests).toEqual([]);
  });

  it('tells its version and its exit codes without a daemon', async () => {
    expect(await runCli('', ['--version'])).toMatchObject({
      code: 0,
      stdout: /^breakglass \d+\.\d+\.\d+\n$/,
    });
    expect(await runCli('', ['version'])).toMatchObject({ code: 0, stdout: /^breakglass \d/ });
    const { stdout } = await runCli('', ['version', '--json']);
    expect(JSON.parse(stdout)).toEqual({ version: expect.stringMatching(/^\d/) });
    expect(await runCli('', ['--help'])).toMatchObject({ code: 0, stdout: /6 outcome unknown/ });
  });
});

describe('the way to the daemon', () => {
  it('exits 7 where nothing answers', async () => {
    let url = '';
    {
      await using server = await serve(() => undefined);
      url = server.url;
    }
    const { code, stderr } = await runCli(url, ['ls']);
    expect(stderr).toMatch(/^error: nothing answers at http.*refused\nhint: the URL is from BREAKGLASS_URL/);
    expect(code).toBe(7);
  });

  it('explains a verb where its help is asked for', async () => {
    const { code, stdout } = await runCli('http://127.0.0.1:1', ['pve', 'cycle', '--help']);
    expect(stdout).toMatch(/cycle +powers the VM off, hard, then starts a fresh QEMU/);
    expect(code).toBe(0);
  });

  it('exits 3 at a wrong token and at a sign-on page', async () => {
    await using daemon = await fakeDaemon({});
    const denied = await runCli(daemon.url, ['ls'], { BREAKGLASS_TOKEN: 'wrong' });
    expect(denied).toMatchObject({ code: 3, stderr: /hint: the token was not accepted/ });
    await using edge = await serve((_request, response) => {
      response.writeHead(302, { location: 'https://sso.example/login' }).end();
    });
    expect(await runCli(edge.url, ['ls'])).toMatchObject({ code: 3, stderr: /sign-on page.*sso\.example/ });
  });
});

describe('sessions', () => {
  it('lists them, with titles that can not act on the terminal', async () => {
    const sessions = [
      summary(SESSION, { title: 'oom\u001b[31m on devvm', turn: 'running', attached: 2, last_event_id: 41 }),
      summary(OTHER),
    ];
    await using daemon = await fakeDaemon({ sessions });
    const { stdout } = await runCli(daemon.url, ['ls']);
    expect(stdout).toMatch(
      /^SESSION {3}TURN {5}CLIENTS {2}EVENTS {2}LAST USED\s+TITLE\n3f2a1c00 {2}running {2}2 {8}42 /,
    );
    expect(stdout).toMatch(/oom on devvm\n3f9b0000 {2}- /);
    expect(JSON.parse((await runCli(daemon.url, ['ls', '--json'])).stdout)).toEqual({ sessions });
  });

  it('makes one', async () => {
    await using daemon = await fakeDaemon({});
    expect(await runCli(daemon.url, ['new'])).toMatchObject({ code: 0, stdout: `${SESSION}\n` });
    expect(JSON.parse((await runCli(daemon.url, ['--json', 'new'])).stdout)).toEqual({ session_id: SESSION });
  });

  it('prints the log of one, and with -f what comes', async () => {
    await using daemon = await fakeDaemon({ sessions: [summary(SESSION)], log });
    const { code, stdout } = await runCli(daemon.url, ['logs', '3f2a'], { TZ: 'UTC' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '> 02:03:04 eve: what is wrong?\nNothing.\n' });

    const { child, seen, ended } = startCli(daemon.url, ['logs', '-f', '3f2a']);
    await expect.poll(() => seen.stdout).toContain('Nothing.');
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
  });

  it('ends when nobody reads the log any more', async () => {
    await using daemon = await fakeDaemon({
      sessions: [summary(SESSION)],
      log: Array.from({ length: 2000 }, () => ({ kind: 'text', text: `${'x'.repeat(200)}\n` })),
    });
    const { child, ended } = startCli(daemon.url, ['logs', '-f', '3f2a']);
    child.stdout.destroy();
    expect((await ended).code).toBe(0);
  });

  it('says which sessions a beginning could mean, and when none', async () => {
    await using daemon = await fakeDaemon({ sessions: [summary(SESSION, { title: 'one' }), summary(OTHER)] });
    expect(await runCli(daemon.url, ['logs', '3f'])).toMatchObject({
      code: 2,
      stderr: /3f2a1c00 \(one\), 3f9b0000/,
    });
    expect(await runCli(daemon.url, ['logs', 'ff'])).toMatchObject({ code: 1, stderr: /no session "ff"/ });
    expect(await runCli(daemon.url, ['logs'])).toMatchObject({ code: 1, stderr: /within 12 hours/ });
  });
});

describe('cancel', () => {
  it('ends the running turn and does not touch the VM', async () => {
    await using daemon = await fakeDaemon({
      sessions: [summary(SESSION, { turn: 'running' })],
      cancelled: true,
    });
    const { code, stderr } = await runCli(daemon.url, ['cancel']);
    expect(stderr).toBe('cancelled the turn of session 3f2a1c00; the VM was not touched\n');
    expect(code).toBe(0);
    expect(daemon.requests).toEqual(['GET /api/session', `POST /api/session/${SESSION}/cancel`]);
  });

  it('says when there is nothing to cancel', async () => {
    await using daemon = await fakeDaemon({ sessions: [summary(SESSION)] });
    expect(await runCli(daemon.url, ['cancel'])).toMatchObject({ code: 0, stderr: /no turn is running/ });
    const { stdout } = await runCli(daemon.url, ['cancel', '3f2a', '--json']);
    expect(JSON.parse(stdout)).toEqual({ session_id: SESSION, cancelled: false });
  });

  it('does not guess among several', async () => {
    const sessions = [summary(SESSION, { turn: 'running' }), summary(OTHER, { turn: 'running' })];
    await using daemon = await fakeDaemon({ sessions });
    expect(await runCli(daemon.url, ['cancel'])).toMatchObject({ code: 2, stderr: /2 sessions.*name one/ });
    expect(daemon.requests).toEqual(['GET /api/session']);
  });
});
