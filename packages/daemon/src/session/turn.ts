import { setTimeout as sleep } from 'node:timers/promises';
import type { EventBody } from '@breakglass/shared';
import type { Agent, AgentTurn } from './agent.ts';
import { coalesce } from './coalesce.ts';

/** Text deltas that arrive within this time are one event. */
const COALESCE_MS = 30;
/** How long an agent may take to end what it started, after it was told to. */
const ABANDON_MS = 20_000;

export type TurnEnd = { type: 'cancelled'; by: string } | { type: 'timed-out' } | { type: 'shutdown' };

export interface TurnRequest {
  agent: Agent;
  turn: Omit<AgentTurn, 'signal'>;
  timeoutMs: number;
  /** Puts events into the session's log, in order. A failure ends the turn. */
  append(bodies: readonly (EventBody & { operator?: string })[]): Promise<void>;
  /** Hears why the end of the turn could not be put into the log. */
  onError(error: unknown): void;
}

/** A running turn. It knows nothing of clients: they come and go without it. */
export interface Turn {
  /** Resolves when the turn has ended and `turn_end` is in the log (or could not be put there). Never rejects. */
  readonly ended: Promise<void>;
  /** Tells the agent to end. The first reason counts. */
  end(reason: TurnEnd): void;
}

/** Starts a turn whose `user` event stands in the log already. */
export function startTurn(request: TurnRequest): Turn {
  const abort = new AbortController();
  let reason: TurnEnd | null = null;
  const end = (why: TurnEnd) => {
    reason ??= why;
    abort.abort();
  };
  const overdue = setTimeout(() => end({ type: 'timed-out' }), request.timeoutMs);
  const ended = follow(request, abort)
    .catch((error: unknown): EventBody[] => [
      { kind: 'error', error: `The turn failed: ${messageOf(error)}` },
    ])
    .then((left) => request.append([...left, ...closing(reason, request.timeoutMs), { kind: 'turn_end' }]))
    // The log is gone; whoever reads it next finds an open turn and closes it.
    .catch((error: unknown) => request.onError(error))
    .finally(() => clearTimeout(overdue));
  return { ended, end };
}

/** Runs the agent to its end, its events to the log. @returns what is still to be said of it */
async function follow(request: TurnRequest, abort: AbortController): Promise<EventBody[]> {
  const { signal } = abort;
  const batches = coalesce(request.agent.run({ ...request.turn, signal }), COALESCE_MS);
  const abandoned = abandonment(signal);
  try {
    for (;;) {
      const next = batches.next();
      const batch = await Promise.race([next, abandoned.promise]);
      if (batch === 'abandoned') {
        next.catch(() => undefined);
        return [ABANDONED];
      }
      if (batch.done) return [];
      await request.append(batch.value);
    }
  } catch (error) {
    // What can't be recorded must not go on unseen.
    abort.abort();
    await Promise.race([batches.return(), abandoned.promise]).catch(() => undefined);
    throw error;
  } finally {
    abandoned.dispose();
  }
}

const ABANDONED: EventBody = {
  kind: 'notice',
  level: 'error',
  code: 'agent-abandoned',
  text:
    `The agent did not end within ${ABANDON_MS / 1000} s of being told to and was left behind. ` +
    'Look for its processes on the machine that runs the daemon.',
};

/** Resolves a bounded time after `signal` aborts. */
function abandonment(signal: AbortSignal): { promise: Promise<'abandoned'>; dispose(): void } {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<'abandoned'>();
  const arm = () => {
    sleep(ABANDON_MS, undefined, { signal: stop.signal }).then(
      () => resolve('abandoned'),
      () => undefined,
    );
  };
  if (signal.aborted) arm();
  else signal.addEventListener('abort', arm, { once: true });
  return {
    promise,
    dispose: () => {
      signal.removeEventListener('abort', arm);
      stop.abort();
    },
  };
}

function closing(reason: TurnEnd | null, timeoutMs: number): (EventBody & { operator?: string })[] {
  switch (reason?.type) {
    case undefined:
      return [];
    case 'cancelled':
      return [{ kind: 'cancelled', operator: reason.by }];
    case 'timed-out': {
      const error =
        `The turn ran longer than ${Math.round(timeoutMs / 1000)} s and was ended. ` +
        'Send another prompt to go on, or use a power verb.';
      return [{ kind: 'error', error }];
    }
    case 'shutdown':
      return [
        {
          kind: 'notice',
          level: 'warn',
          code: 'turn-interrupted',
          text: 'The daemon was shut down and ended this turn. Send another prompt to go on.',
        },
      ];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
