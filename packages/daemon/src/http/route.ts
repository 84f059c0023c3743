import { EVENT_STREAM, ProblemError, type Route } from '@breakglass/shared';
import { json, type Request, type RequestHandler, type Response, type Router } from 'express';
import type { z } from 'zod';

type Parsed<T> = T extends z.ZodType ? z.infer<T> : undefined;

/** What a handler gets: the checked parts of its request. */
export interface Call<R extends Route> {
  params: Parsed<R['params']>;
  query: Parsed<R['query']>;
  body: Parsed<R['body']>;
  request: Request;
  response: Response;
}

type Answer<R extends Route> = z.input<R['responses'][keyof R['responses']]>;

/** The largest body: a 64 KiB prompt in which every character is escaped. */
const BODY_LIMIT = 6 * 64 * 1024 + 1024;

/**
 * Mounts one row of the route table. What comes in is checked by the row's schemas; what the handler
 * returns is sent as JSON, with status 200 unless it has set another; nothing is sent where it returns nothing:
 * then it has answered itself (a stream).
 */
export function mount<const R extends Route>(
  router: Router,
  route: R,
  handle: (call: Call<R>) => Promise<Answer<R> | undefined> | Answer<R> | undefined,
): void {
  const path = route.path.replace(/\{(\w+)\}/g, ':$1');
  const handler: RequestHandler = async (request, response) => {
    const call = {
      params: route.params?.parse(request.params),
      query: route.query === undefined ? undefined : parseQuery(route.query, request.query),
      body: route.body === undefined ? undefined : parseBody(route.body, request.body),
      request,
      response,
    } as Call<R>;
    const answer = await handle(call);
    if (answer !== undefined) response.json(answer);
  };
  const handlers = route.body === undefined ? [handler] : [requireJson, json({ limit: BODY_LIMIT }), handler];
  if (route.method === 'GET') router.get(path, ...handlers);
  else router.post(path, ...handlers);
}

/** Does the client ask for server-sent events? */
export function wantsEvents(request: Request): boolean {
  return request.accepts(['application/json', EVENT_STREAM]) === EVENT_STREAM;
}

const requireJson: RequestHandler = (request, _response, next) => {
  if (request.is('application/json')) return next();
  const given = request.get('content-type') ?? 'none';
  throw new ProblemError(
    'unsupported-media-type',
    `The body must be JSON, with "Content-Type: application/json" (it came with ${given.slice(0, 100)}).`,
  );
};

function parseQuery(schema: z.ZodObject, query: Request['query']): unknown {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProblemError('invalid', `?${issue?.path.join('.')}: ${issue?.message}.`, { status: 400 });
}

function parseBody(schema: z.ZodObject, body: unknown): unknown {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return schema.parse(body);
  throw new ProblemError('invalid', 'The body must be a JSON object, such as {"prompt": "…"}.', {
    status: 400,
  });
}
