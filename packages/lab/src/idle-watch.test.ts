import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { untilIdle } from './idle-watch.ts';

/** A daemon that only lists sessions: one, as `state` says at that moment. */
async function daemonWith(state: { attached: number; turn: string }) {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    const session = {
      session_id: '6f1c1c1e-7d1f-4a53-9d8c-3f6f4e1b2a10',
      title: null,
      created_at: '2026-11-21T00:00:00Z',
      last_event_at: null,
      last_event_id: -1,
      ...state,
    };
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sessions: [session] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

test.each([
  ['an attached client', { attached: 1, turn: 'idle' }],
  ['a running turn', { attached: 0, turn: 'running' }],
])('%s keeps it going; without, it ends', async (_what, state) => {
  await using daemon = await daemonWith(state);
  let ended = false;
  const signal = new AbortController().signal;
  const idle = untilIdle({ url: daemon.url, token: 't', idleMs: 200, intervalMs: 20, signal }).then(() => {
    ended = true;
  });
  await expect.poll(daemon.asked).toBeGreaterThan(12);
  expect(ended).toBe(false);
  Object.assign(state, { attached: 0, turn: 'idle' });
  await idle;
});

test('a daemon that does not answer counts as idle', async () => {
  const { signal } = new AbortController();
  await untilIdle({ url: 'http://127.0.0.1:1', token: 't', idleMs: 40, intervalMs: 10, signal });
});

test('an abort ends the wait', async () => {
  const abort = new AbortController();
  const idle = untilIdle({
    url: 'http://127.0.0.1:1',
    token: 't',
    idleMs: 60_000,
    intervalMs: 10_000,
    signal: abort.signal,
  });
  abort.abort();
  await expect(idle).rejects.toThrow('aborted');
});
