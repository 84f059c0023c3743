import { type Route, routes } from '@breakglass/shared';
import { describe, expect, it } from 'vitest';
import { startTestDaemon, TOKEN } from './harness.ts';

const table: Route[] = Object.values(routes);
const protectedRoutes = table.filter(({ auth }) => auth);
const addressOf = ({ path }: Route) => path.replace(/\{\w+\}/g, 'status');

async function statuses(url: string, headers: Record<string, string>): Promise<number[]> {
  const answers = protectedRoutes.map(async (route) => {
    const response = await fetch(`${url}${addressOf(route)}`, { method: route.method, headers });
    await response.body?.cancel();
    return response.status;
  });
  return Promise.all(answers);
}

const all = (status: number) => protectedRoutes.map(() => status);

describe('who gets in', () => {
  it.each([
    ['nothing', {}],
    ['a wrong token', { authorization: 'Bearer wrong-token-of-some-length' }],
    ['the token with something after it', { authorization: `Bearer ${TOKEN}x` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['the token by another scheme', { authorization: `Basic ${TOKEN}` }],
    ['an identity that no trusted proxy gave', { 'x-authentik-username': 'viktor' }],
  ])('not %s', async (_, headers) => {
    await using daemon = await startTestDaemon();
    expect(await statuses(daemon.url, headers)).toEqual(all(401));
  });

  it('nobody, where neither a token nor a proxy is configured; it says what to set', async () => {
    await using daemon = await startTestDaemon({ API_BEARER_TOKEN: '' });
    const response = await fetch(`${daemon.url}/api/session`, { headers: { authorization: 'Bearer ' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({
      type: 'unauthenticated',
      detail: expect.stringContaining('API_BEARER_TOKEN'),
    });
  });

  it('whom a trusted proxy names, under that name', async () => {
    await using daemon = await startTestDaemon({ BREAKGLASS_TRUSTED_PROXIES: '127.0.0.0/8' });
    const headers = { 'x-authentik-username': 'viktor', authorization: '' };
    expect(await statuses(daemon.url, headers)).not.toContain(401);
    const id = await daemon.newSession();
    await using attached = await daemon.attach(id, { headers });
    await expect
      .poll(() => attached.named('presence').at(-1))
      .toMatchObject({ attached: [{ operator: 'viktor' }] });
  });

  it('whom a trusted proxy names over an IPv4-mapped IPv6 connection', async () => {
    await using daemon = await startTestDaemon({
      BREAKGLASS_TRUSTED_PROXIES: '127.0.0.1',
      BREAKGLASS_LISTEN: '[::ffff:127.0.0.1]:0',
    });
    const { port } = new URL(daemon.url);
    const headers = { 'x-authentik-username': 'viktor' };
    expect((await fetch(`http://127.0.0.1:${port}/api/session`, { headers })).status).toBe(200);
  });

  it('not whom a proxy in another range names', async () => {
    await using daemon = await startTestDaemon({ BREAKGLASS_TRUSTED_PROXIES: '10.0.0.0/8 ::1' });
    expect(await statuses(daemon.url, { 'x-authentik-username': 'viktor' })).toEqual(all(401));
  });

  it('no page of another site, though it has the token', async () => {
    await using daemon = await startTestDaemon();
    const authorization = `Bearer ${TOKEN}`;
    const foreign = { authorization, origin: 'https://evil.example' };
    expect(await statuses(daemon.url, foreign)).toEqual(all(403));
    expect(await statuses(daemon.url, { authorization, origin: 'null' })).toEqual(all(403));
    const own = await fetch(`${daemon.url}/api/session`, { headers: { authorization, origin: daemon.url } });
    expect(own.status).toBe(200);
  });
});
