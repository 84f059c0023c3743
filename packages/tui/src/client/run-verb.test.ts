import type { RequestListener } from 'node:http';
import type { VerbOutput } from '@breakglass/shared';
import { expect, it } from 'vitest';
import { ask, failureOf } from '../../test/call-api.ts';
import { openStream, sendJson, sendProblem } from '../../test/wire-server.ts';

const result = {
  verb: 'cycle',
  exit_code: 0,
  stdout: 'out',
  stderr: '',
  rejected: false,
  outcome: 'it runs',
};

it('hands on its output as it comes, then its result', async () => {
  const seen: VerbOutput[] = [];
  const listener: RequestListener = (request, response) => {
    expect(request.headers.accept).toBe('text/event-stream');
    const stream = openStream(response);
    stream.write('event: output\ndata: {"stream":"stdout","text":"a"}\n\n: keep-alive\n\n');
    stream.write('event: output\ndata: {"stream":"stderr","text":"b"}\n\nevent: later\ndata: {}\n\n');
    stream.end(`event: result\ndata: ${JSON.stringify(result)}\n\n`);
  };
  const answer = await ask(listener, (api) =>
    api.runVerb('cycle', { onOutput: (output) => seen.push(output) }),
  );
  expect(answer).toEqual(result);
  expect(seen).toEqual([
    { stream: 'stdout', text: 'a' },
    { stream: 'stderr', text: 'b' },
  ]);
});

it('takes a buffered answer, also of a verb that failed', async () => {
  const failed = { ...result, exit_code: 22 };
  expect(
    await ask(
      (_q, r) => sendJson(r, 502, failed),
      (api) => api.runVerb('cycle'),
    ),
  ).toEqual(failed);
});

it.each<[string, RequestListener]>([
  [
    'ends without a result',
    (_q, r) => openStream(r).end('event: output\ndata: {"stream":"stdout","text":""}\n\n'),
  ],
  ['breaks', (_q, r) => openStream(r).write(': x\n\n', () => r.destroy())],
  ['has a result that is none', (_q, r) => openStream(r).end('event: result\ndata: {"verb":1}\n\n')],
  ['has a buffered result that is none', (_q, r) => sendJson(r, 200, {})],
])('has an unknown outcome where its answer %s', async (_name, listener) => {
  const error = await failureOf(listener, (api) => api.runVerb('cycle'));
  expect(error.kind).toBe('unknown');
  expect(error.hint).toContain('breakglass pve status');
});

it('is refused while another one runs', async () => {
  const busy: RequestListener = (_q, r) => sendProblem(r, 409, 'verb-running', 'stop by eve');
  expect(await failureOf(busy, (api) => api.runVerb('cycle'))).toMatchObject({
    kind: 'busy',
    message: 'stop by eve',
  });
});

it('can be left', async () => {
  const leave = new AbortController();
  const left = ask(
    (_request, response) =>
      openStream(response).write('event: output\ndata: {"stream":"stdout","text":"a"}\n\n'),
    (api) => api.runVerb('stop', { signal: leave.signal, onOutput: () => leave.abort(new Error('left')) }),
  );
  await expect(left).rejects.toThrow('left');
});

it('loses no outcome to a piece of output that can not be read', async () => {
  const listener: RequestListener = (_request, response) => {
    const stream = openStream(response);
    stream.write('event: output\ndata: {"stream":\n\nevent: output\ndata: {"stream":"stdlog"}\n\n');
    stream.end(`event: result\ndata: ${JSON.stringify(result)}\n\n`);
  };
  expect(await ask(listener, (api) => api.runVerb('cycle'))).toEqual(result);
});
