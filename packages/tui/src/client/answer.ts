import { PROBLEM_JSON, type Problem, type ProblemType, problem, type Route } from '@breakglass/shared';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { ApiError, type ApiErrorKind } from './api-error.ts';
import { connectionError } from './connection-error.ts';
import { parseJson } from './parse-json.ts';

/** The most of an answer that is read. The largest is the buffered output of a verb. */
const ANSWER_MAX_BYTES = 32 * 1024 * 1024;

const KINDS: Record<ProblemType, ApiErrorKind> = {
  invalid: 'invalid',
  'too-large': 'invalid',
  'unsupported-media-type': 'invalid',
  unauthenticated: 'denied',
  forbidden: 'denied',
  'not-found': 'not-found',
  'method-not-allowed': 'invalid',
  'unknown-session': 'not-found',
  'unknown-verb': 'not-found',
  'turn-running': 'busy',
  'too-many-turns': 'busy',
  'verb-running': 'busy',
  'log-unavailable': 'failed',
  'audit-unavailable': 'failed',
  'shutting-down': 'failed',
  internal: 'failed',
};

/** Who answered what: as much as a message about it needs. */
export interface Asked {
  url: string;
  method: Route['method'];
  /** Whether a token was sent. */
  token: boolean;
}

/** The body of a successful answer, checked. Rejects with an `ApiError` for every other one. */
export async function readAnswer<S extends z.ZodType>(
  response: Dispatcher.ResponseData,
  schemas: Readonly<Record<number, S>>,
  asked: Asked,
): Promise<z.output<S>> {
  const schema = schemas[response.statusCode];
  if (schema === undefined || mediaType(response) !== 'application/json')
    throw await failure(response, asked);
  const parsed = schema.safeParse(parseJson(await readText(response, asked)));
  if (parsed.success) return parsed.data;
  throw new ApiError('protocol', `an answer of ${asked.url} is not what this client expects`, {
    hint: `client and daemon may be of different versions\n${z.prettifyError(parsed.error)}`,
    status: response.statusCode,
  });
}

/** What an answer that is no success means. Reads the answer to its end. */
export async function failure(response: Dispatcher.ResponseData, asked: Asked): Promise<ApiError> {
  const type = mediaType(response);
  const text = await readText(response, asked);
  if (type === PROBLEM_JSON) {
    const parsed = problem.safeParse(parseJson(text));
    if (parsed.success) return problemFailure(parsed.data, response.statusCode, asked);
  }
  return strangeFailure(response, type, asked);
}

export function mediaType(response: Dispatcher.ResponseData): string {
  const header = response.headers['content-type'];
  return (Array.isArray(header) ? header[0] : header)?.split(';')[0]?.trim().toLowerCase() ?? '';
}

function problemFailure(found: Problem, status: number, asked: Asked): ApiError {
  const known = Object.hasOwn(KINDS, found.type) ? KINDS[found.type as ProblemType] : undefined;
  const kind = known ?? (status === 401 || status === 403 ? 'denied' : status >= 500 ? 'failed' : 'invalid');
  return new ApiError(kind, found.detail, {
    hint:
      found.type === 'unauthenticated' && !found.detail.includes('BREAKGLASS_TOKEN') ? tokenHint(asked) : '',
    problem: found,
    status,
    retryable: kind === 'busy' || status >= 500,
  });
}

/** An answer that the daemon did not make: the edge, a proxy, or some other program. */
function strangeFailure(response: Dispatcher.ResponseData, type: string, asked: Asked): ApiError {
  const { statusCode: status } = response;
  const html = type === 'text/html';
  if (status >= 300 && status < 400) return redirected(response, asked);
  if (html && (status === 200 || status === 401 || status === 403)) return signOn(asked, status);
  if (status === 401 || status === 403) {
    return new ApiError('denied', `${asked.url} refuses us (${status})`, { hint: tokenHint(asked), status });
  }
  if (asked.method === 'POST' && (status === 502 || status === 504)) {
    return new ApiError('unknown', `a proxy at ${asked.url} lost the daemon before it answered (${status})`, {
      hint: 'the request may have arrived: look before you repeat it',
      status,
    });
  }
  if (status >= 500) {
    return new ApiError(
      'unreachable',
      `a proxy answers at ${asked.url}, but no daemon behind it (${status})`,
      {
        hint: 'the daemon is down or restarting: try again, then look at its pod or its log',
        status,
        retryable: true,
      },
    );
  }
  return new ApiError('protocol', `${asked.url} does not answer like a breakglass daemon (${status})`, {
    hint: 'check the URL: host, port and path',
    status,
  });
}

function redirected({ headers, statusCode: status }: Dispatcher.ResponseData, asked: Asked): ApiError {
  const here = new URL(asked.url);
  const to = URL.parse(String(headers['location'] ?? ''), here);
  if (to !== null && to.host === here.host && to.protocol !== here.protocol) {
    return new ApiError('sign-on', `${asked.url} sends us to ${to.protocol}//${to.host}`, {
      hint: `use ${to.protocol}//${to.host} as the URL`,
      status,
    });
  }
  return signOn(asked, status, to?.host);
}

function signOn(asked: Asked, status: number, host?: string): ApiError {
  const at = host === undefined ? asked.url : `${asked.url} (it sends us to ${host})`;
  return new ApiError('sign-on', `a sign-on page answered at ${at}: the edge wants a browser login`, {
    hint: `${tokenHint(asked)}, or use an address of the daemon that does not lead through the sign-on`,
    status,
  });
}

function tokenHint({ token }: Asked): string {
  return token
    ? 'the token was not accepted: check BREAKGLASS_TOKEN'
    : 'set BREAKGLASS_TOKEN to the daemon’s token';
}

async function readText(response: Dispatcher.ResponseData, asked: Asked): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > ANSWER_MAX_BYTES)
        throw new ApiError('protocol', `an answer of ${asked.url} is larger than 32 MiB`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof ApiError ? error : connectionError(error, asked, asked.method);
  }
  return Buffer.concat(chunks).toString('utf8');
}
