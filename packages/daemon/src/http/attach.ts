import { routes } from '@breakglass/shared';
import type { Request, Router } from 'express';
import type { VmWatch } from '../power/vm-watch.ts';
import { cursor } from '../session/cursor.ts';
import type { EventLog } from '../session/event-log.ts';
import type { Sessions } from '../session/sessions.ts';
import { operatorOf } from './operator.ts';
import { mount } from './route.ts';
import { SseStream } from './sse.ts';

export interface AttachOptions {
  sessions: Sessions;
  log: EventLog;
  vm: VmWatch;
  keepAliveMs: number;
  now(): Date;
  /** Aborts when the daemon goes away. */
  shutdown: AbortSignal;
}

/**
 * Attach: the log from after what the client has, `caught-up`, then what comes. The stream is a cursor over
 * the log; beside it travels what is not history: who is attached, the VM's state.
 */
export function mountAttach(router: Router, options: AttachOptions): void {
  mount(router, routes.stream, async ({ params, query, request, response }) => {
    const { session_id: sessionId } = await options.sessions.find(params.id);
    const after = lastEventId(request) ?? query.after ?? -1;
    // An answer to HEAD has no body: nothing would ever end it.
    const follow = query.follow !== 'false' && request.method !== 'HEAD';
    const stream = new SseStream(response, options.keepAliveMs);
    const leave = follow ? join(stream, sessionId, operatorOf(request).name, options) : () => {};
    try {
      const bounds = { after, follow, signal: stream.signal, lastCall: options.shutdown };
      for await (const item of cursor(options.log, sessionId, bounds)) {
        if (item.type === 'rows') await stream.sendEvents(item.rows);
        else if (item.type === 'caught-up') await stream.send('caught-up', {});
        else await stream.send('log-reset', { reason: 'The log is shorter than what you had: it was lost.' });
      }
      if (options.shutdown.aborted) await stream.send('going-away', { reason: GOING_AWAY });
    } finally {
      leave();
      stream.end();
    }
  });
}

const GOING_AWAY = 'The daemon is shutting down; attach again in a moment.';

/** Counts the client as attached and tells it what is not history. @returns a function that undoes it */
function join(stream: SseStream, sessionId: string, operator: string, options: AttachOptions): () => void {
  const { sessions, vm, now } = options;
  const detach = sessions.attendance.attach(sessionId, {
    operator,
    since: now().toISOString(),
    onChange: (presence) => stream.offer('presence', presence),
  });
  stream.offer('vm', vm.state);
  const unlisten = vm.listen((state) => stream.offer('vm', state));
  void vm.freshen();
  return () => {
    unlisten();
    detach();
  };
}

/** What an EventSource sends when it reconnects. Anything but an id counts as not sent: a full replay. */
function lastEventId(request: Request): number | undefined {
  const header = request.get('last-event-id');
  if (header === undefined) return undefined;
  return /^\d{1,15}$/.test(header) ? Number(header) : -1;
}
