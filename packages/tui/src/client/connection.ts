import type { Route } from '@breakglass/shared';
import { Agent, type Dispatcher } from 'undici';
import { connectionError } from './connection-error.ts';

/** Connecting, TLS included, may take so long. */
const CONNECT_MS = 5_000;
/** The daemon answers every request at once, at least with its headers. */
const HEADERS_MS = 10_000;
/** The longest silence within an answer that is not a stream. */
const BODY_MS = 10_000;

/** An address of the daemon, and what lets us in there. */
export interface Place {
  /** May have a path, where the edge mounts the daemon below one. */
  url: string;
  token: string | null;
}

/** Where the daemon is, and who we are. */
export interface ApiContext extends Place {
  userAgent: string;
  /** Nothing real is behind it: where it does not answer, the demo has ended. */
  simulated?: boolean;
  /** Where the daemon is now, asked after it was not where it was; null where nobody knows. */
  lookAgain?: (() => Place | null) | undefined;
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
  let place: Place = context;
  let lost = false;
  const agent = new Agent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: HEADERS_MS,
    bodyTimeout: BODY_MS,
  });

  return {
    async send({ method, path, headers, json, streams = false, signal }) {
      if (lost) place = context.lookAgain?.() ?? place;
      const base = new URL(place.url);
      try {
        const response = await agent.request({
          origin: base.origin,
          path: base.pathname.replace(/\/+$/, '') + path,
          method,
          headers: {
            accept: 'application/json',
            'user-agent': context.userAgent,
            ...(place.token === null ? {} : { authorization: `Bearer ${place.token}` }),
            ...(json === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          body: json === undefined ? null : JSON.stringify(json),
          signal: signal ?? null,
          ...(streams ? { bodyTimeout: 0 } : {}),
        });
        lost = response.statusCode === 401;
        return response;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        lost = true;
        throw connectionError(error, { ...context, url: place.url }, method);
      }
    },
    close: () => agent.destroy(),
  };
}
