import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { VerbResult } from '@breakglass/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDaemon, type TestDaemon, temporaryDirectory } from './harness.ts';

/** Each kind of bad input gets a clear error with the next step, loses nothing, and leaves the daemon alive. */

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon();
});

afterAll(() => daemon?.[Symbol.asyncDispose]());

async function alive(): Promise<boolean> {
  return (await daemon.request('/health')).ok;
}

async function send(path: string, body: string, headers: Record<string, string>) {
  const response = await daemon.request(path, { method: 'POST', body, headers });
  return { status: response.status, body: await response.json() };
}

describe('a prompt', () => {
  const json = { 'content-type': 'application/json' };

  it.each([
    ['empty', '{"prompt":""}', json, 422, 'invalid', 'prompt: must not be empty'],
    ['missing', '{}', json, 422, 'invalid', 'prompt'],
    ['not a text', '{"prompt":42}', json, 422, 'invalid', 'prompt'],
    ['with a model that is none', '{"prompt":"x","model":"-x y"}', json, 422, 'invalid', 'model'],
    ['of no JSON', '{"prompt":', json, 400, 'invalid', 'JSON'],
    ['of JSON that is no object', '["x"]', json, 400, 'invalid', 'object'],
    ['without a body', '', json, 422, 'invalid', 'prompt: must be a text'],
    [
      'in another format',
      'prompt=x',
      { 'content-type': 'text/plain' },
      415,
      'unsupported-media-type',
      'application/json',
    ],
    ['of 1 MB', JSON.stringify({ prompt: 'x'.repeat(1_000_000) }), json, 413, 'too-large', '64 KiB'],
    [
      'a byte too long',
      JSON.stringify({ prompt: 'ü'.repeat(32 * 1024 + 1) }),
      json,
      413,
      'too-large',
      '65536',
    ],
  ])('%s', async (_, body, headers, status, type, words) => {
    const id = await daemon.newSession();
    const answer = await send(`/api/session/${id}/prompt`, body, headers);
    expect(answer).toMatchObject({ status, body: { type, status, detail: expect.stringContaining(words) } });
    await using replay = await daemon.attach(id, { query: '?follow=false' });
    await replay.ended;
    expect(replay.events).toEqual([]);
    expect(await alive()).toBe(true);
  });

  it('for a session that is not there', async () => {
    for (const id of ['nobody', '00000000-0000-4000-8000-000000000000', '%2e%2e%2f', 'a'.repeat(5000)]) {
      for (const action of ['prompt', 'cancel']) {
        const answer = await daemon.post(`/api/session/${id}/${action}`, { prompt: 'x' });
        expect(answer).toMatchObject({
          status: 404,
          body: { type: 'unknown-session', detail: expect.stringContaining('breakglass ls') },
        });
      }
      const stream = await daemon.get(`/api/session/${id}/stream`);
      expect(stream).toMatchObject({ status: 404, body: { type: 'unknown-session' } });
    }
  });
});

describe('an address', () => {
  it.each(['/api/nothing', '/api/session/x/y/z', '/nowhere'])('that is none: %s', async (path) => {
    expect(await daemon.get(path)).toMatchObject({ status: 404, body: { type: 'not-found' } });
  });

  it('that can not be decoded', async () => {
    expect(await daemon.get('/api/session/%zz/stream')).toMatchObject({
      status: 400,
      body: { type: 'invalid' },
    });
    expect(await alive()).toBe(true);
  });
});

describe('a verb', () => {
  it.each(['Status', 'status ', 'status;id', '--help', '..%2fstatus', '__proto__', 'constructor'])(
    'that is none: %s',
    async (verb) => {
      const answer = await daemon.post(`/api/pve/${encodeURIComponent(decodeURIComponent(verb))}`);
      expect(answer).toMatchObject({
        status: 400,
        body: { type: 'unknown-verb', detail: expect.stringContaining('cycle') },
      });
    },
  );
});

describe('ssh', () => {
  const status = async (env: Record<string, string>) => {
    await using other = await startTestDaemon(env);
    const { status: code, body } = await other.post('/api/pve/status');
    return { code, result: body as VerbResult, ready: await other.get('/ready') };
  };

  it('that is missing', async () => {
    await using directory = await temporaryDirectory();
    const { code, result, ready } = await status({ PATH: directory.path });
    expect(code).toBe(502);
    expect(result).toMatchObject({ exit_code: null, rejected: false });
    expect(result.outcome).toContain('Install an ssh client');
    expect(ready).toMatchObject({
      status: 503,
      body: { status: 'unavailable', checks: { ssh: { ok: false } } },
    });
  });

  it('that is refused', async () => {
    const port = await closedPort();
    const { code, result } = await status(await sshTo(port));
    expect(code).toBe(502);
    expect(result).toMatchObject({ exit_code: 255, rejected: false });
    expect(result.stderr).toContain('refused');
    expect(result.outcome).toContain('Nothing was run');
  });

  it('that hangs', async () => {
    await using host = await silentServer();
    const { code, result } = await status({
      ...(await sshTo(host.port)),
      BREAKGLASS_PVE_VERB_TIMEOUT_SECONDS: '1',
    });
    expect(code).toBe(502);
    expect(result).toMatchObject({ exit_code: null, stderr: expect.stringContaining('no end within 1 s') });
    expect(result.outcome).toContain('unknown');
  });

  const scratch: AsyncDisposable[] = [];
  afterAll(() => Promise.all(scratch.map((directory) => directory[Symbol.asyncDispose]())));

  async function sshTo(port: number): Promise<Record<string, string>> {
    const directory = await temporaryDirectory();
    scratch.push(directory);
    const file = join(directory.path, 'config');
    await writeFile(
      file,
      `Host *\n  HostName 127.0.0.1\n  Port ${port}\n  User nobody\n  UserKnownHostsFile /dev/null\n`,
    );
    await chmod(file, 0o600);
    return { BREAKGLASS_SSH_CONFIG: file };
  }
});

async function closedPort(): Promise<number> {
  await using server = await silentServer();
  return server.port;
}

/** Accepts connections and never says a word. */
async function silentServer(): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
