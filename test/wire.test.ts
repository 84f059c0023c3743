import { execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeSsh } from './fake-ssh.ts';
import { startTestDaemon, type TestDaemon, TOKEN, temporaryDirectory } from './harness.ts';

/**
 * The wire as clients that exist speak it, with nothing but curl. These are frozen: names, types and
 * statuses may be added to, never changed.
 */

const run = promisify(execFile);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let daemon: TestDaemon;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const path = await fakeSsh(
    directory.path,
    `case "$host $command" in
       "pve status") echo "status: running" ;;
       "pve cycle") echo "stop"; echo "start"; echo "a warning" >&2 ;;
       "pve stop") echo "could not"; exit 20 ;;
       "pve reset") exit 2 ;;
       "pve "*) echo done ;;
       "devvm uptime"*) until [ -e "${directory.path}/go" ]; do sleep 0.02; done ;;
       *) echo "output of $command" ;;
     esac`,
  );
  daemon = await startTestDaemon({ PATH: path });
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
});

async function curl(path: string, ...args: string[]) {
  const { stdout } = await run('curl', [
    '--silent',
    '--show-error',
    '--max-time',
    '20',
    '--header',
    `Authorization: Bearer ${TOKEN}`,
    '--write-out',
    '\n%{http_code} %{content_type}',
    ...args,
    `${daemon.url}${path}`,
  ]);
  const [, body = '', status, type] = /^([\s\S]*)\n(\d+) (.*)$/.exec(stdout) ?? [];
  return { status: Number(status), type, body, json: () => JSON.parse(body) };
}

const post = (path: string, ...args: string[]) => curl(path, '--request', 'POST', ...args);
const postJson = (path: string, body: unknown) =>
  post(path, '--header', 'Content-Type: application/json', '--data', JSON.stringify(body));

describe('with curl alone', () => {
  it('health', async () => {
    const { status, type, json } = await curl('/health');
    expect([status, json()]).toEqual([200, { status: 'ok', service: 'claude-breakglass' }]);
    expect(type).toMatch(/^application\/json/);
  });

  it('ready', async () => {
    const { status, json } = await curl('/ready');
    expect(status).toBe(200);
    expect(json()).toEqual({
      status: 'ready',
      checks: {
        ssh: { ok: true, detail: expect.any(String) },
        log: { ok: true, detail: expect.any(String) },
        agent: { ok: true, detail: expect.any(String) },
      },
    });
  });

  it('the description of the interface has every route', async () => {
    const { json } = await curl('/openapi.json');
    expect(json()).toMatchObject({ openapi: '3.1.0' });
    expect(Object.keys(json().paths).sort()).toEqual([
      '/api/audit',
      '/api/pve/state',
      '/api/pve/verbs',
      '/api/pve/{verb}',
      '/api/session',
      '/api/session/{id}/cancel',
      '/api/session/{id}/prompt',
      '/api/session/{id}/stream',
      '/health',
      '/ready',
    ]);
  });

  it('create, list, prompt, a second prompt, cancel, stream', async () => {
    const created = await post('/api/session');
    expect([created.status, created.json()]).toEqual([200, { session_id: expect.stringMatching(UUID) }]);
    const { session_id: id } = created.json();

    const started = await postJson(`/api/session/${id}/prompt`, { prompt: '/triage' });
    expect([started.status, started.json()]).toEqual([200, { status: 'started' }]);

    const again = await postJson(`/api/session/${id}/prompt`, { prompt: 'more' });
    expect([again.status, again.type]).toEqual([409, 'application/problem+json; charset=utf-8']);
    expect(again.json()).toEqual({
      type: 'turn-running',
      title: 'A turn is running',
      status: 409,
      detail: expect.stringContaining('breakglass cancel'),
    });

    const list = await curl('/api/session');
    expect(list.json().sessions).toContainEqual({
      session_id: id,
      title: '/triage',
      created_at: expect.stringMatching(TIME),
      last_event_at: expect.stringMatching(TIME),
      last_event_id: expect.any(Number),
      turn: 'running',
      attached: 0,
    });

    const cancelled = await post(`/api/session/${id}/cancel`);
    expect([cancelled.status, cancelled.json()]).toEqual([200, { cancelled: true }]);
    expect((await post(`/api/session/${id}/cancel`)).json()).toEqual({ cancelled: false });

    const replay = await curl(`/api/session/${id}/stream?follow=false`);
    expect([replay.status, replay.type]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const frames = replay.body.trimEnd().split('\n\n');
    expect(frames.at(-1)).toBe('event: caught-up\ndata: {}');
    const events = frames.slice(0, -1).map((frame) => /^id: (\d+)\ndata: (.*)$/.exec(frame));
    expect(events.map((match) => Number(match?.[1]))).toEqual(events.map((_, n) => n));
    expect(JSON.parse(events[0]?.[2] ?? '')).toEqual({
      id: 0,
      ts: expect.stringMatching(TIME),
      kind: 'user',
      text: '/triage',
      operator: 'bearer',
    });
    expect(events.slice(-2).map((match) => JSON.parse(match?.[2] ?? '').kind)).toEqual([
      'cancelled',
      'turn_end',
    ]);

    const rest = await curl(`/api/session/${id}/stream?follow=false`, '--header', 'Last-Event-ID: 0');
    expect(rest.body).toMatch(/^id: 1\n/);
  });

  it('a stream that is followed', async () => {
    const { session_id: id } = (await post('/api/session')).json();
    const follower = spawn('curl', [
      '--silent',
      '--no-buffer',
      '--header',
      `Authorization: Bearer ${TOKEN}`,
      `${daemon.url}/api/session/${id}/stream`,
    ]);
    const heard: Buffer[] = [];
    follower.stdout.on('data', (chunk: Buffer) => heard.push(chunk));
    await expect.poll(() => Buffer.concat(heard).toString()).toContain('event: caught-up\ndata: {}\n\n');
    await writeFile(join(directory.path, 'go'), '');
    await postJson(`/api/session/${id}/prompt`, { prompt: '/memory' });
    await expect
      .poll(() => Buffer.concat(heard).toString(), { timeout: 20_000 })
      .toContain('"kind":"turn_end"');
    follower.kill();
  });

  it('the verbs', async () => {
    const { status, json } = await curl('/api/pve/verbs');
    expect([status, json()]).toEqual([
      200,
      {
        verbs: ['cycle', 'forensics', 'reset', 'start', 'status', 'stop'],
        mutating: ['cycle', 'reset', 'start', 'stop'],
        targets: [{ id: '102', name: 'devvm', simulated: false }],
      },
    ]);
  });

  it('a verb that works, one that fails, one that the host rejects, one that is none', async () => {
    const good = await post('/api/pve/cycle');
    expect(good.status).toBe(200);
    expect(good.json()).toMatchObject({
      verb: 'cycle',
      exit_code: 0,
      stdout: 'stop\nstart\n',
      stderr: 'a warning\n',
      rejected: false,
    });
    const bad = await post('/api/pve/stop');
    expect(bad.status).toBe(502);
    expect(bad.json()).toMatchObject({ verb: 'stop', exit_code: 20, stdout: 'could not\n', rejected: false });
    const rejected = await post('/api/pve/reset');
    expect(rejected.status).toBe(502);
    expect(rejected.json()).toMatchObject({ verb: 'reset', exit_code: 2, rejected: true });
    const none = await post('/api/pve/explode');
    expect(none.status).toBe(400);
    expect(none.json()).toMatchObject({
      type: 'unknown-verb',
      detail: expect.stringContaining('cycle, forensics'),
    });
  });

  it('a verb that is streamed', async () => {
    const { status, type, body } = await post('/api/pve/status', '--header', 'Accept: text/event-stream');
    expect([status, type]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const frames = body.trimEnd().split('\n\n');
    expect(frames[0]).toBe('event: output\ndata: {"stream":"stdout","text":"status: running\\n"}');
    expect(frames.at(-1)).toMatch(/^event: result\ndata: /);
    expect(JSON.parse(frames.at(-1)?.split('data: ')[1] ?? '')).toMatchObject({
      verb: 'status',
      exit_code: 0,
      stdout: 'status: running\n',
      stderr: '',
      rejected: false,
    });
  });

  it('the audit trail', async () => {
    await post('/api/pve/start?reason=it%20is%20down');
    const { status, json } = await curl('/api/audit?limit=2');
    const common = {
      ts: expect.stringMatching(TIME),
      job: expect.stringMatching(UUID),
      verb: 'start',
      target: '102',
      operator: 'bearer',
      from: '127.0.0.1',
      reason: 'it is down',
    };
    expect([status, json()]).toEqual([
      200,
      {
        records: [
          { ...common, state: 'asked' },
          {
            ...common,
            state: 'ended',
            exit_code: 0,
            outcome: 'The VM was started.',
            duration_ms: expect.any(Number),
          },
        ],
      },
    ]);
    expect((await curl('/api/audit?limit=0')).status).toBe(400);
  });

  it('a web client, where one is given', async () => {
    const place = join(directory.path, 'static');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'index.html'), '<h1>a client</h1>');
    await using other = await startTestDaemon({ BREAKGLASS_STATIC_DIR: place });
    const page = await fetch(`${other.url}/`);
    expect([page.status, await page.text()]).toEqual([200, '<h1>a client</h1>']);
    expect((await fetch(`${other.url}/api/session`)).status).toBe(401);
    expect((await fetch(`${daemon.url}/`)).status).toBe(404);
  });
});

describe('the stream', () => {
  it('shows the same events with the same ids to two clients, and the rest to one that comes back', async () => {
    const id = await daemon.newSession();
    await using one = await daemon.attach(id);
    await using two = await daemon.attach(id);
    await writeFile(join(directory.path, 'go'), '');
    await daemon.post(`/api/session/${id}/prompt`, { prompt: '/disk' });
    const ended = (attached: typeof one) => () => attached.events.at(-1)?.kind;
    await expect.poll(ended(one), { timeout: 20_000 }).toBe('turn_end');
    await expect.poll(ended(two)).toBe('turn_end');
    expect(one.events).toEqual(two.events);
    expect(one.ids).toEqual(one.events.map((_, n) => n));
    const middle = Math.floor(one.ids.length / 2);
    await using back = await daemon.attach(id, {
      headers: { 'last-event-id': String(middle) },
      query: '?after=0',
    });
    await expect.poll(() => back.named('caught-up')).toHaveLength(1);
    expect(back.events).toEqual(one.events.slice(middle + 1));
  });

  it('tells who is attached and what the VM does, and neither is in the log', async () => {
    const id = await daemon.newSession();
    await using one = await daemon.attach(id);
    await expect.poll(() => one.named('vm')).toHaveLength(1);
    const two = await daemon.attach(id);
    await expect
      .poll(() => one.named('presence').at(-1))
      .toMatchObject({
        attached: [{ operator: 'bearer' }, { operator: 'bearer' }],
      });
    await two[Symbol.asyncDispose]();
    await expect
      .poll(() => one.named('presence').at(-1))
      .toMatchObject({ attached: [{ operator: 'bearer' }] });
    expect(one.events).toEqual([]);
  });

  it('shows a verb that runs to whoever is attached', async () => {
    const id = await daemon.newSession();
    await using one = await daemon.attach(id);
    await expect.poll(() => one.named('caught-up')).toHaveLength(1);
    await daemon.post('/api/pve/cycle');
    await expect.poll(() => one.events.length).toBe(2);
    const [began, ended] = one.events;
    expect(began).toMatchObject({
      kind: 'power',
      verb: 'cycle',
      target: '102',
      by: 'bearer',
      state: 'running',
    });
    expect(ended).toMatchObject({ kind: 'power', state: 'done', exit_code: 0, outcome: 'ok' });
  });

  it('keeps a quiet connection alive with comments', async () => {
    await using other = await startTestDaemon({ BREAKGLASS_SSE_KEEPALIVE_SECONDS: '0.05' });
    await using one = await other.attach(await other.newSession());
    await expect.poll(() => one.comments.length).toBeGreaterThan(2);
    expect(one.events).toEqual([]);
  });

  it('replays all after a malformed Last-Event-ID, and refuses a malformed ?after', async () => {
    const id = await daemon.newSession();
    await using prelude = await daemon.attach(id);
    await expect.poll(() => prelude.named('caught-up')).toHaveLength(1);
    await daemon.post('/api/pve/start');
    await expect.poll(() => prelude.ids).toEqual([0, 1]);
    await using one = await daemon.attach(id, { headers: { 'last-event-id': 'x' }, query: '?follow=false' });
    await one.ended;
    expect(one.ids).toEqual([0, 1]);
    for (const after of ['x', '-1', '1.5', '', '99999999999999999999']) {
      const { status, body } = await daemon.get(`/api/session/${id}/stream?after=${after}`);
      expect([status, body]).toMatchObject([
        400,
        { type: 'invalid', detail: expect.stringContaining('after') },
      ]);
    }
  });

  it('starts again from 0 where a client has more than the log', async () => {
    const id = await daemon.newSession();
    await using one = await daemon.attach(id, { query: '?after=12&follow=false' });
    await one.ended;
    expect(one.frames.map(({ event }) => event)).toEqual(['log-reset', 'caught-up']);
  });

  it('says goodbye when the daemon goes away, after the end of the turn that it had to end', async () => {
    await using scratch = await temporaryDirectory();
    const path = await fakeSsh(scratch.path, 'sleep 600');
    const other = await startTestDaemon({ PATH: path });
    const id = await other.newSession();
    await using one = await other.attach(id);
    await other.post(`/api/session/${id}/prompt`, { prompt: '/triage' });
    await expect.poll(() => one.events.map(({ kind }) => kind)).toContain('tool');
    await other[Symbol.asyncDispose]();
    await one.ended;
    expect(one.events.slice(-2)).toMatchObject([
      { kind: 'notice', code: 'turn-interrupted' },
      { kind: 'turn_end' },
    ]);
    expect(one.frames.at(-1)).toMatchObject({
      event: 'going-away',
      data: expect.stringContaining('attach again'),
    });
  });
});
