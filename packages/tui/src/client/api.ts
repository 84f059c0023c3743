import {
  EVENT_STREAM,
  fillPath,
  type PromptRequest,
  type Readiness,
  type Route,
  routes,
  type SessionSummary,
  type Verb,
  type VerbList,
  type VerbResult,
  type VmState,
} from '@breakglass/shared';
import type { z } from 'zod';
import { type Asked, failure, mediaType, readAnswer } from './answer.ts';
import { type ApiContext, openConnection } from './connection.ts';
import { type RunVerbOptions, runVerb } from './run-verb.ts';

export type { ApiContext } from './connection.ts';
export type { RunVerbOptions } from './run-verb.ts';

/** The daemon's routes as calls. Every rejection is an `ApiError`, or the reason of an aborted `signal`. */
export interface Api {
  readonly url: string;
  /** The id of a new session. */
  createSession(): Promise<string>;
  /** The newest first. */
  listSessions(): Promise<readonly SessionSummary[]>;
  prompt(sessionId: string, request: PromptRequest): Promise<void>;
  /** Whether there was a turn to cancel. */
  cancel(sessionId: string): Promise<boolean>;
  verbs(): Promise<VerbList>;
  vmState(): Promise<VmState>;
  ready(): Promise<Readiness>;
  /** Runs a verb to its end and hands its output on as it comes. Leaving early does not end it on the host. */
  runVerb(verb: Verb, options?: RunVerbOptions): Promise<VerbResult>;
  /** The raw stream of a session's events after the given id; null for all of them. Ends when `signal` says so. */
  openStream(
    sessionId: string,
    after: number | null,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

/** Connects lazily: nothing is sent before the first call. */
export function createApi(context: ApiContext): Api {
  const connection = openConnection(context);

  async function call<R extends Route>(route: R, { id = '', json }: { id?: string; json?: unknown } = {}) {
    const response = await connection.send({
      method: route.method,
      path: fillPath(route.path, { id }),
      json,
    });
    type Responses = R['responses'];
    const schemas = route.responses as Readonly<Record<number, Responses[keyof Responses] & z.ZodType>>;
    return readAnswer(response, schemas, asked(context, route));
  }

  return {
    url: context.url,
    createSession: async () => (await call(routes.createSession)).session_id,
    listSessions: async () => (await call(routes.listSessions)).sessions,
    prompt: async (id, json) => {
      await call(routes.prompt, { id, json });
    },
    cancel: async (id) => (await call(routes.cancel, { id })).cancelled,
    verbs: () => call(routes.verbs),
    vmState: () => call(routes.vmState),
    ready: () => call(routes.ready),
    runVerb: (verb, options) => runVerb(connection, asked(context, routes.runVerb), verb, options),
    async openStream(id, after, signal) {
      const response = await connection.send({
        method: routes.stream.method,
        path: fillPath(routes.stream.path, { id }),
        headers: { accept: EVENT_STREAM, ...(after === null ? {} : { 'last-event-id': String(after) }) },
        streams: true,
        signal,
      });
      if (response.statusCode === 200 && mediaType(response) === EVENT_STREAM) return response.body;
      throw await failure(response, asked(context, routes.stream));
    },
    close: () => connection.close(),
  };
}

function asked({ url, token }: ApiContext, { method }: Route): Asked {
  return { url, method, token: token !== null };
}
