import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ask, failureOf } from '../../test/call-api.ts';
import { readJson, sendJson, sendProblem, serve } from '../../test/wire-server.ts';
import { type Api, createApi } from './api.ts';

const ID = '0b7c1f0e-6c1f-4f0e-9d3b-3f2a1c5d7e90';

const list = (api: Api) => api.listSessions();

describe('calls', () => {
  it('sends who it is, below the path of the URL', async () => {
    await ask(
      (request, response) => {
        expect(request.url).toBe('/edge/api/session');
        expect(request.headers).toMatchObject({ authorization: 'Bearer secret', 'user-agent': 'test/1' });
        sendJson(response, 200, { sessions: [] });
      },
      list,
      '/edge',
    );
  });

  it('sends a prompt as JSON to an id that can not leave its segment', async () => {
    await ask(
      async (request, response) => {
        expect(request.url).toBe('/api/session/..%2Fpve/prompt');
        expect(request.headers['content-type']).toBe('application/json');
        expect(await readJson(request)).toEqual({ prompt: '-rf ä', model: null });
        sendJson(response, 200, { status: 'started' });
      },
      (api) => api.prompt('../pve', { prompt: '-rf ä', model: null }),
    );
  });

  it.each<[string, number, unknown, (api: Api) => Promise<unknown>, unknown]>([
    ['createSession', 200, { session_id: ID }, (api) => api.createSession(), ID],
    ['cancel', 200, { cancelled: false }, (api) => api.cancel(ID), false],
    [
      'ready, when it is not',
      503,
      { status: 'unavailable', checks: { ssh: no(), log: no(), agent: no() } },
      (api) => api.ready(),
      { status: 'unavailable', checks: { ssh: no(), log: no(), agent: no() } },
    ],
    ['verbs', 200, { verbs: ['stop'], mutating: [], targets: [] }, (api) => api.verbs(), expect.anything()],
  ])('%s', async (_name, status, body, call, expected) => {
    expect(await ask((_request, response) => sendJson(response, status, body), call)).toEqual(expected);
  });
});

function no() {
  return { ok: false, detail: 'down' };
}

describe('failures', () => {
  it.each<[string, RequestListener, string, RegExp]>([
    [
      '401',
      (_q, r) => sendProblem(r, 401, 'unauthenticated', 'no token'),
      'denied',
      /check BREAKGLASS_TOKEN/,
    ],
    ['403', (_q, r) => sendProblem(r, 403, 'forbidden', 'not you'), 'denied', /^$/],
    ['unknown session', (_q, r) => sendProblem(r, 404, 'unknown-session', 'gone'), 'not-found', /^$/],
    ['busy', (_q, r) => sendProblem(r, 409, 'turn-running', 'wait'), 'busy', /^$/],
    ['a type of later', (_q, r) => sendProblem(r, 418, 'teapot', 'short'), 'invalid', /^$/],
    ['no log', (_q, r) => sendProblem(r, 503, 'log-unavailable', 'disk'), 'failed', /^$/],
    [
      'sign-on page',
      (_q, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<form>'),
      'sign-on',
      /token/,
    ],
    [
      'redirect',
      (_q, r) => r.writeHead(302, { location: 'https://sso.example/x' }).end(),
      'sign-on',
      /sign-on/,
    ],
    [
      'proxy',
      (_q, r) => r.writeHead(502, { 'content-type': 'text/html' }).end(),
      'unreachable',
      /down or restarting/,
    ],
    [
      'stranger',
      (_q, r) => r.writeHead(404, { 'content-type': 'text/html' }).end(),
      'protocol',
      /check the URL/,
    ],
    ['wrong shape', (_q, r) => sendJson(r, 200, { sessions: 7 }), 'protocol', /versions/],
    [
      'broken JSON',
      (_q, r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{'),
      'protocol',
      /versions/,
    ],
    [
      'cut answer',
      (_q, r) =>
        r
          .writeHead(200, { 'content-type': 'application/json', 'content-length': 9 })
          .write('{', () => r.destroy()),
      'unreachable',
      /URL/,
    ],
    ['no answer', (_q, r) => r.destroy(), 'unreachable', /from a test/],
  ])('%s', async (_name, listener, kind, hint) => {
    const error = await failureOf(listener, list);
    expect(error.kind).toBe(kind);
    expect(error.hint).toMatch(hint);
  });

  it('names where a redirect leads', async () => {
    const sso: RequestListener = (_q, r) => r.writeHead(302, { location: 'https://sso.example/x' }).end();
    expect((await failureOf(sso, list)).message).toContain('sso.example');
    const upgrade: RequestListener = (q, r) =>
      r.writeHead(308, { location: `https://${q.headers.host}/` }).end();
    expect((await failureOf(upgrade, list)).hint).toMatch(/^use https:/);
  });

  it('says which URL does not answer, and how it was chosen', async () => {
    let url = '';
    {
      await using server = await serve(() => undefined);
      url = server.url;
    }
    const api = createApi({ url, token: null, userAgent: 't', source: 'from BREAKGLASS_URL' });
    await expect(api.createSession()).rejects.toMatchObject({
      kind: 'unreachable',
      message: `nothing answers at ${url}: connection refused`,
      hint: expect.stringContaining('from BREAKGLASS_URL'),
      retryable: true,
    });
    await api.close();
  });

  it('goes where the daemon is now, once it is not where it was', async () => {
    await using server = await serve((_q, r) => sendJson(r, 200, { sessions: [] }));
    const gone = await serve(() => undefined);
    await gone[Symbol.asyncDispose]();
    const api = createApi({
      url: gone.url,
      token: 'old',
      userAgent: 't',
      simulated: true,
      lookAgain: () => ({ url: server.url, token: 'new' }),
    });
    await expect(api.listSessions()).rejects.toMatchObject({
      message: expect.stringMatching(/the demo has ended .*npm run demo/),
    });
    await expect(api.listSessions()).resolves.toEqual([]);
    await api.close();
  });

  it('does not claim that a lost request did nothing', async () => {
    expect(
      await failureOf(
        (_q, r) => r.destroy(),
        (api) => api.prompt(ID, { prompt: 'x' }),
      ),
    ).toMatchObject({
      kind: 'unknown',
      hint: expect.stringContaining('look before'),
    });
    const gateway: RequestListener = (_q, r) => r.writeHead(504).end();
    expect((await failureOf(gateway, (api) => api.runVerb('cycle'))).kind).toBe('unknown');
  });

  it('speaks of TLS where plain http answers', async () => {
    await using server = await serve(() => undefined);
    const api = createApi({ url: server.url.replace('http', 'https'), token: null, userAgent: 't' });
    await expect(api.listSessions()).rejects.toMatchObject({
      kind: 'unreachable',
      message: /no secure connection/,
    });
    await api.close();
  });
});
