import type { RequestListener } from 'node:http';
import { expect, it } from 'vitest';
import {
  CAUGHT_UP,
  event,
  frame,
  openStream,
  sendProblem,
  serve,
  textFrame,
} from '../../test/wire-server.ts';
import { createApi } from './api.ts';
import { type AttachSignal, attach } from './attach.ts';
import type { Clock } from './clock.ts';

/** Waits of the back-off pass at once; the limit on silence is reached when the test says so. */
function testClock() {
  const clock: Clock & { waits: number[]; silent: boolean } = {
    waits: [],
    silent: false,
    now: () => 0,
    sleep: async (ms, signal) => {
      if (ms < 45_000) clock.waits.push(ms);
      else if (!clock.silent)
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  };
  return clock;
}

/** Attaches to a server and collects signals until one is the last that the test wants. */
async function collect(
  listener: RequestListener,
  isLast: (signal: AttachSignal) => boolean,
  { after = null, clock = testClock() }: { after?: number | null; clock?: Clock } = {},
): Promise<AttachSignal[]> {
  await using server = await serve(listener);
  const api = createApi({ url: server.url, token: 't', userAgent: 'test' });
  const stop = new AbortController();
  const signals: AttachSignal[] = [];
  for await (const signal of attach(api, 's', { signal: stop.signal, after, clock, random: () => 0 })) {
    signals.push(signal);
    if (isLast(signal)) stop.abort();
  }
  await api.close();
  return signals;
}

const isEvent = (id: number) => (signal: AttachSignal) => signal.type === 'event' && signal.event.id === id;
const isLink = (state: string) => (signal: AttachSignal) =>
  signal.type === 'link' && signal.link.state === state;
const ids = (signals: AttachSignal[]) => signals.flatMap((s) => (s.type === 'event' ? [s.event.id] : []));
const links = (signals: AttachSignal[]) => signals.flatMap((s) => (s.type === 'link' ? [s.link.state] : []));

it('reports a keep-alive as a sign of life', async () => {
  const signals = await collect(
    (_request, response) => openStream(response).write(`${CAUGHT_UP}: keep-alive\n\n`),
    (signal) => signal.type === 'alive',
  );
  expect(signals.at(-1)).toEqual({ type: 'alive' });
});

it('replays, catches up and follows', async () => {
  const signals = await collect((_request, response) => {
    openStream(response).write(textFrame(0) + CAUGHT_UP + textFrame(1));
  }, isEvent(1));
  expect(signals.map((signal) => (signal.type === 'link' ? signal.link.state : signal.type))).toEqual([
    'connecting',
    'replaying',
    'event',
    'caught-up',
    'live',
    'event',
  ]);
});

it('goes on after the last whole event when a connection drops in the middle of a frame', async () => {
  const asked: (string | undefined)[] = [];
  const signals = await collect((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined);
    const stream = openStream(response);
    if (asked.length === 1) {
      stream.write(textFrame(0) + textFrame(1).slice(0, 30), () => response.destroy());
    } else {
      stream.write(textFrame(1) + CAUGHT_UP);
    }
  }, isLink('live'));
  expect(asked).toEqual([undefined, '0']);
  expect(ids(signals)).toEqual([0, 1]);
  expect(links(signals)).toEqual(['connecting', 'replaying', 'waiting', 'connecting', 'replaying', 'live']);
});

it('asks only for what is new, and drops what it has already', async () => {
  const asked: unknown[] = [];
  const signals = await collect(
    (request, response) => {
      asked.push(request.headers['last-event-id']);
      openStream(response).write(textFrame(4) + textFrame(5) + textFrame(5) + textFrame(6));
    },
    isEvent(6),
    { after: 4 },
  );
  expect(asked).toEqual(['4']);
  expect(ids(signals)).toEqual([5, 6]);
});

it('reads frames wherever they are cut', async () => {
  const bytes = Buffer.from(
    `${frame(event(0, { kind: 'text', text: 'ä👩\r\n' }))}: keep-alive\n\n${textFrame(1)}`,
  );
  const signals = await collect(async (_request, response) => {
    const stream = openStream(response);
    for (const byte of bytes) {
      await new Promise((resolve) => stream.write(Uint8Array.of(byte), resolve));
    }
  }, isEvent(1));
  expect(signals.find(isEvent(0))).toMatchObject({ event: { text: 'ä👩\r\n' } });
});

it('gives up a connection that is silent, and comes back', async () => {
  const clock = testClock();
  let connections = 0;
  const signals = await collect(
    (_request, response) => {
      connections += 1;
      clock.silent = connections === 1;
      openStream(response).write(connections === 1 ? ': nothing more\n\n' : CAUGHT_UP);
    },
    isLink('live'),
    { clock },
  );
  expect(signals).toContainEqual({
    type: 'link',
    link: { state: 'waiting', retryAt: 500, why: 'no sign of life for 45 s' },
  });
});

it('starts over when the log was lost', async () => {
  const signals = await collect(
    (_request, response) => {
      openStream(response).write(`event: log-reset\ndata: {"reason":"x"}\n\n${textFrame(0)}${textFrame(1)}`);
    },
    isEvent(1),
    { after: 90 },
  );
  expect(signals.map((signal) => signal.type)).toEqual(['link', 'link', 'log-reset', 'event', 'event']);
});

it('reports a malformed event once and asks for what follows it', async () => {
  const asked: unknown[] = [];
  const signals = await collect((request, response) => {
    asked.push(request.headers['last-event-id']);
    const stream = openStream(response);
    if (asked.length > 1) stream.write(CAUGHT_UP);
    else stream.end(`${textFrame(0)}id: 1\ndata: {"id":1,"kind":"text","ts":"2026-03-01T02:03:04Z"}\n\n`);
  }, isLink('live'));
  expect(signals.filter((signal) => signal.type === 'malformed')).toMatchObject([{ id: 1 }]);
  expect(asked).toEqual([undefined, '1']);
});

it('passes kinds that it does not know, and says when events are missing', async () => {
  const signals = await collect((_request, response) => {
    openStream(response).write(
      `id: 0\ndata: {"id":0,"kind":"later","ts":"2026-03-01T02:03:04Z"}\n\nevent: later\ndata: {}\n\n${textFrame(3)}`,
    );
  }, isEvent(3));
  expect(signals.slice(2)).toMatchObject([
    { type: 'event', event: { kind: 'unknown', original_kind: 'later' } },
    { type: 'malformed', id: null, why: 'events 1 to 2 did not arrive' },
    { type: 'event', event: { id: 3 } },
  ]);
});

it('passes presence, the state of the VM and a good-bye with its reason', async () => {
  const vm = { target: { id: '102', name: 'devvm', simulated: true }, state: 'running', observed_at: null };
  const signals = await collect((_request, response) => {
    openStream(response).end(
      `event: presence\ndata: {"attached":[{"operator":"eve","since":"2026-03-01T02:03:04Z"}]}\n\n` +
        `event: vm\ndata: ${JSON.stringify({ ...vm, problem: null, running_verb: null })}\n\n` +
        `event: vm\ndata: 7\n\nevent: going-away\ndata: {"reason":"restarting"}\n\n`,
    );
  }, isLink('waiting'));
  expect(signals.slice(2)).toMatchObject([
    { type: 'presence', presence: { attached: [{ operator: 'eve' }] } },
    { type: 'vm', vm: { state: 'running' } },
    { type: 'malformed', id: null },
    { type: 'going-away', reason: 'restarting' },
    { type: 'link', link: { state: 'waiting', why: 'restarting' } },
  ]);
});

it.each([
  ['a wrong token', 401, 'unauthenticated', 'denied'],
  ['an unknown session', 404, 'unknown-session', 'not-found'],
])('ends at once at %s', async (_name, status, type, kind) => {
  const signals = await collect(
    (_request, response) => sendProblem(response, status, type, 'no'),
    isLink('live'),
  );
  expect(signals.at(-1)).toMatchObject({ type: 'link', link: { state: 'refused', error: { kind } } });
});

it('keeps trying, ever less often, while only a proxy or nothing answers', async () => {
  const clock = testClock();
  let tries = 0;
  const signals = await collect(
    (_request, response) => {
      tries += 1;
      if (tries <= 6) response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
      else if (tries === 7) response.destroy();
      else openStream(response).write(CAUGHT_UP);
    },
    isLink('live'),
    { clock },
  );
  expect(clock.waits).toEqual([500, 1000, 2000, 4000, 7500, 7500, 7500]);
  expect(links(signals).at(-1)).toBe('live');
});

it('takes a stranger for final only until a daemon has answered', async () => {
  const stranger: RequestListener = (_request, response) => {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('no backend');
  };
  expect(links(await collect(stranger, isLink('live')))).toEqual(['connecting', 'refused']);

  let tries = 0;
  const later: RequestListener = (request, response) => {
    tries += 1;
    if (tries === 2) stranger(request, response);
    else openStream(response)[tries === 1 ? 'end' : 'write'](textFrame(tries));
  };
  expect(links(await collect(later, isEvent(3)))).not.toContain('refused');
});
