import type { Route } from '@breakglass/shared';
import { Agent, type Dispatcher } from 'undici';
import { connectionError } from './connection-error.ts';

/** Connecting, TLS included, may take so long. */
const CONNECT_MS = 5_000;
/** The daemon answers every request at once, at least with its headers. */
const HEADERS_MS = 10_000;
/** The longest silence within an answer that is not a stream. */
const BODY_MS = 10_000;

/** Where the daemon is, and who we are. */
export interface ApiContext {
  /** May have a path, where the edge mounts the daemon below one. */
  url: string;
  token: string | null;
  userAgent: string;
  /** How the URL was chosen, for messages: "from BREAKGLASS_URL". */
  source?: string;
}

export interface Request {
  method: Route['method'];
  /** Below the URL of the daemon, with its query. */
  path: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** A stream may be silent for as long as it likes: its reader watches it. */
  streams?: boolean;
  signal?: AbortSignal | undefined;
}

export interface Connection {
  /** Sends a request and gives its answer, whatever it is. Rejects with an `ApiError`, or the signal's reason. */
  send(request: Request): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

/** The HTTP side of the client: addresses, credentials, bounds. Knows nothing of what the answers mean. */
export function openConnection(context: ApiContext): Connection {
  const base = new URL(context.url);
  const agent = new Agent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: HEADERS_MS,
    bodyTimeout: BODY_MS,
  });
  const identity = {
    'user-agent': context.userAgent,
    ...(context.token === null ? {} : { authorization: `Bearer ${context.token}` }),
  };

  return {
    async send({ method, path, headers, json, streams = false, signal }) {
      try {
        return await agent.request({
          origin: base.origin,
          path: base.pathname.replace(/\/+$/, '') + path,
          method,
          headers: {
            accept: 'application/json',
            ...identity,
            ...(json === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          body: json === undefined ? null : JSON.stringify(json),
          signal: signal ?? null,
          ...(streams ? { bodyTimeout: 0 } : {}),
        });
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw connectionError(error, context, method);
      }
    },
    close: () => agent.destroy(),
  };
}
