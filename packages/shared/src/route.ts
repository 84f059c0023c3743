import { z } from 'zod';
import { auditList, auditQuery } from './audit.ts';
import { health, readiness } from './health.ts';
import { verbList, verbQuery, verbResult, vmState } from './power.ts';
import type { ProblemType } from './problem.ts';
import {
  cancelResult,
  promptRequest,
  promptStarted,
  sessionCreated,
  sessionList,
  streamQuery,
} from './session.ts';

/**
 * The HTTP interface on one page. The daemon mounts these routes, the client calls them, and
 * `GET /openapi.json` is made from them. Paths are templates: `{id}` names a member of `params`.
 */

export interface Route {
  method: 'GET' | 'POST';
  path: string;
  summary: string;
  /** False for what answers without credentials. */
  auth: boolean;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodObject;
  /** What the body of each successful status looks like. */
  responses: Readonly<Record<number, z.ZodType>>;
  /** Set where the route can answer with server-sent events. */
  events?: string;
  problems: readonly ProblemType[];
}

const session = z.object({ id: z.string() });

export const routes = {
  health: {
    method: 'GET',
    path: '/health',
    summary: 'Is the daemon alive?',
    auth: false,
    responses: { 200: health },
    problems: [],
  },
  ready: {
    method: 'GET',
    path: '/ready',
    summary: 'Can it do its work? 503 if the power path can not.',
    auth: false,
    responses: { 200: readiness, 503: readiness },
    problems: [],
  },
  createSession: {
    method: 'POST',
    path: '/api/session',
    summary: 'Make a new session.',
    auth: true,
    responses: { 200: sessionCreated },
    problems: ['log-unavailable', 'shutting-down'],
  },
  listSessions: {
    method: 'GET',
    path: '/api/session',
    summary: 'List the sessions, the newest first.',
    auth: true,
    responses: { 200: sessionList },
    problems: ['log-unavailable'],
  },
  stream: {
    method: 'GET',
    path: '/api/session/{id}/stream',
    summary: 'Attach: replay the log, then follow it. `Last-Event-ID` or `after` give what the client has.',
    auth: true,
    params: session,
    query: streamQuery,
    responses: {},
    events: 'events of the log as default messages; named: caught-up, log-reset, presence, vm, going-away',
    problems: ['unknown-session', 'invalid', 'log-unavailable', 'shutting-down'],
  },
  prompt: {
    method: 'POST',
    path: '/api/session/{id}/prompt',
    summary: 'Start a turn. It goes on when the client leaves.',
    auth: true,
    params: session,
    body: promptRequest,
    responses: { 200: promptStarted },
    problems: [
      'unknown-session',
      'turn-running',
      'too-many-turns',
      'invalid',
      'too-large',
      'unsupported-media-type',
      'log-unavailable',
      'shutting-down',
    ],
  },
  cancel: {
    method: 'POST',
    path: '/api/session/{id}/cancel',
    summary: 'Cancel the running turn, if there is one. Does not touch the VM.',
    auth: true,
    params: session,
    responses: { 200: cancelResult },
    problems: ['unknown-session', 'log-unavailable'],
  },
  verbs: {
    method: 'GET',
    path: '/api/pve/verbs',
    summary: 'The power verbs, and the VM they act on.',
    auth: true,
    responses: { 200: verbList },
    problems: [],
  },
  vmState: {
    method: 'GET',
    path: '/api/pve/state',
    summary: 'What the daemon last saw of the VM.',
    auth: true,
    responses: { 200: vmState },
    problems: [],
  },
  runVerb: {
    method: 'POST',
    path: '/api/pve/{verb}',
    summary: 'Run a power verb on the hypervisor. 502 where its exit code is not 0.',
    auth: true,
    params: z.object({ verb: z.string() }),
    query: verbQuery,
    responses: { 200: verbResult, 502: verbResult },
    events: 'with `Accept: text/event-stream`; named: output, then one result',
    problems: ['unknown-verb', 'verb-running', 'invalid', 'shutting-down'],
  },
  audit: {
    method: 'GET',
    path: '/api/audit',
    summary: 'The newest records of the audit trail: who ran which verb, and how it ended.',
    auth: true,
    query: auditQuery,
    responses: { 200: auditList },
    problems: ['invalid', 'audit-unavailable'],
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

/** Headers and header values that both sides name. */
export const EVENT_STREAM = 'text/event-stream';
export const PROBLEM_JSON = 'application/problem+json';

/** `path` with its `{names}` filled in, each encoded as one segment. */
export function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`path ${path} needs "${name}"`);
    return encodeURIComponent(value);
  });
}
