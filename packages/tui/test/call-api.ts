import type { RequestListener } from 'node:http';
import { type Api, createApi } from '../src/client/api.ts';
import { ApiError } from '../src/client/api-error.ts';
import { serve } from './wire-server.ts';

/** Calls a server that answers so. */
export async function ask<T>(
  listener: RequestListener,
  call: (api: Api) => Promise<T>,
  path = '',
): Promise<T> {
  await using server = await serve(listener);
  const api = createApi({
    url: server.url + path,
    token: 'secret',
    userAgent: 'test/1',
    source: 'from a test',
  });
  try {
    return await call(api);
  } finally {
    await api.close();
  }
}

export async function failureOf(
  listener: RequestListener,
  call: (api: Api) => Promise<unknown>,
): Promise<ApiError> {
  const error = await ask(listener, call).catch((reason: unknown) => reason);
  if (error instanceof ApiError) return error;
  throw new Error('the call did not fail as an ApiError', { cause: error });
}
