import type { Route } from '@breakglass/shared';
import { ApiError } from './api-error.ts';

interface Place {
  url: string;
  source?: string;
  /** Nothing real is behind it. */
  simulated?: boolean;
}

/** What ends a connection before a request was on its way, in words. Keys are codes of Node and undici. */
const NOT_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENETDOWN: 'the network is down',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name server does not answer',
  EADDRNOTAVAIL: 'no such address',
  ETIMEDOUT: 'no answer while connecting',
  UND_ERR_CONNECT_TIMEOUT: 'no answer within 5 s while connecting',
};

/** What ends it later: the daemon may have got the request. */
const MAYBE_SENT: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within 10 s',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped for 10 s',
};

const TLS_CODE = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO$|HOSTNAME_MISMATCH)/;

/**
 * A failed connection as an `ApiError`. A request that changes something and may have arrived is `unknown`;
 * everything else is `unreachable`, and nothing was done.
 */
export function connectionError(error: unknown, place: Place, method: Route['method']): ApiError {
  const code = codeOf(error);
  if (TLS_CODE.test(code)) return tlsError(code, place, error);
  const before = NOT_SENT[code];
  if (before === undefined && method === 'POST') {
    return new ApiError('unknown', `${MAYBE_SENT[code] ?? wordsOf(error)} before ${place.url} had answered`, {
      hint: 'the request may have arrived: look before you repeat it',
      cause: error,
    });
  }
  if (place.simulated && code === 'ECONNREFUSED') return demoEnded(place, error);
  const why = before ?? MAYBE_SENT[code] ?? wordsOf(error);
  return new ApiError('unreachable', `nothing answers at ${place.url}: ${why}`, {
    hint: `${chosen(place)}; is breakglassd up there, and the way to it (VPN, port-forward)?`,
    retryable: true,
    cause: error,
  });
}

function demoEnded({ url }: Place, cause: unknown): ApiError {
  const why = `the demo has ended (npm run demo starts it again): nothing answers at ${url}`;
  return new ApiError('unreachable', why, { retryable: true, cause });
}

function tlsError(code: string, place: Place, cause: unknown): ApiError {
  return new ApiError('unreachable', `no secure connection to ${place.url}: ${code}`, {
    hint:
      code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER'
        ? `${chosen(place)}; it seems to speak plain http`
        : `${chosen(place)}; for a private authority set NODE_EXTRA_CA_CERTS to its certificate`,
    retryable: true,
    cause,
  });
}

function chosen({ source }: Place): string {
  return source === undefined ? 'check the URL' : `the URL is ${source}`;
}

/** The code of an error, or of the first failure where several addresses were tried. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : codeOf(error.cause);
}

function wordsOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'the connection failed';
}
