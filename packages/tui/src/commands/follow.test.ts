import { expect, it } from 'vitest';
import { serve } from '../../test/wire-server.ts';
import { createApi } from '../client/api.ts';
import { follow } from './follow.ts';

it('gives up a daemon that stays away for too long', async () => {
  await using server = await serve((_request, response) => response.destroy());
  const api = createApi({ url: server.url, token: null, userAgent: 'test' });
  const { signal } = new AbortController();
  const events = follow({ api }, 's', { after: null, signal, patienceMs: 0 });
  await expect(events.next()).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('gave up'),
    hint: expect.stringContaining('goes on'),
  });
  expect(server.requests).toHaveLength(1);
  await api.close();
});
