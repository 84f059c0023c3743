import type { ServerResponse } from 'node:http';
import {
  type Event,
  type EventBody,
  MUTATING_VERBS,
  type SessionSummary,
  VERBS,
  type VerbResult,
} from '@breakglass/shared';
import {
  CAUGHT_UP,
  event,
  frame,
  openStream,
  readJson,
  sendJson,
  sendProblem,
  serve,
  type WireServer,
} from './wire-server.ts';

/** What a test lays down for the daemon to say. */
export interface Script {
  sessions?: readonly SessionSummary[];
  /** What the logs hold before anybody asks. */
  log?: readonly EventBody[];
  /** What a prompt adds to the log, after its `user` event. */
  turn?: readonly EventBody[];
  /** Answers a prompt with this problem instead. */
  refusePrompt?: { status: number; type: string; detail: string };
  cancelled?: boolean;
  simulated?: boolean;
  /** Answers a verb; the default says that it is done. */
  verb?: (response: ServerResponse, verb: string) => void;
}

export const SESSION = '3f2a1c00-6c1f-4f0e-9d3b-3f2a1c5d7e90';

export function summary(session_id: string, members: Partial<SessionSummary> = {}): SessionSummary {
  return {
    session_id,
    title: null,
    created_at: '2026-03-01T02:03:04Z',
    last_event_at: null,
    last_event_id: -1,
    turn: 'idle',
    attached: 0,
    ...members,
  };
}

export const DONE: VerbResult = { verb: 'cycle', exit_code: 0, stdout: '', stderr: '', rejected: false };

/** A daemon as far as one command needs it: one log for all sessions, followed to its end. */
export function fakeDaemon(script: Script): Promise<WireServer> {
  const log: Event[] = (script.log ?? []).map((body, id) => event(id, body, { operator: 'eve' }));
  const streams = new Set<ServerResponse>();

  function append(bodies: readonly EventBody[]): void {
    for (const body of bodies) {
      const logged = event(log.length, body, { operator: 'eve' });
      log.push(logged);
      for (const stream of streams) stream.write(frame(logged));
    }
  }

  return serve(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://daemon');
    const [, , area, name, action] = pathname.split('/');
    if (request.headers.authorization !== 'Bearer t')
      return sendProblem(response, 401, 'unauthenticated', 'no token');
    if (area === 'pve') return answerVerb(script, name ?? '', response);
    if (name === undefined && request.method === 'GET')
      return sendJson(response, 200, { sessions: script.sessions ?? [] });
    if (name === undefined) return sendJson(response, 200, { session_id: SESSION });
    if (action === 'cancel') return sendJson(response, 200, { cancelled: script.cancelled ?? false });
    if (action === 'prompt') {
      const { refusePrompt: refused } = script;
      if (refused !== undefined) return sendProblem(response, refused.status, refused.type, refused.detail);
      const { prompt } = (await readJson(request)) as { prompt: string };
      sendJson(response, 200, { status: 'started' });
      return append([{ kind: 'user', text: prompt }, ...(script.turn ?? [])]);
    }
    const after = Number(request.headers['last-event-id'] ?? -1);
    const stream = openStream(response);
    stream.write(
      log
        .slice(after + 1)
        .map(frame)
        .join('') + CAUGHT_UP,
    );
    streams.add(stream);
  });
}

function answerVerb(script: Script, verb: string, response: ServerResponse): void {
  const target = { id: '102', name: 'devvm', simulated: script.simulated ?? false };
  if (verb === 'verbs')
    sendJson(response, 200, { verbs: VERBS, mutating: MUTATING_VERBS, targets: [target] });
  else if (script.verb !== undefined) script.verb(response, verb);
  else endVerb(openStream(response), { ...DONE, verb });
}

export function writeOutput(response: ServerResponse, stream: 'stdout' | 'stderr', text: string): void {
  response.write(`event: output\ndata: ${JSON.stringify({ stream, text })}\n\n`);
}

export function endVerb(response: ServerResponse, result: VerbResult): void {
  response.end(`event: result\ndata: ${JSON.stringify(result)}\n\n`);
}
