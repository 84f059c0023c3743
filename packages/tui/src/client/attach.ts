import type { Event, Presence, UnknownEvent, VmState } from '@breakglass/shared';
import type { Api } from './api.ts';
import { ApiError } from './api-error.ts';
import { backoff } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { frameSignal } from './frame-signal.ts';
import { FrameTooLarge, readFrames } from './frames.ts';
import { Silence, withSilenceLimit } from './silence.ts';

/** The connection as one value. `retryAt` is in milliseconds since the epoch. */
export type Link =
  | { state: 'connecting' }
  | { state: 'replaying' }
  | { state: 'live' }
  | { state: 'waiting'; retryAt: number; why: string }
  | { state: 'refused'; error: ApiError };

export type AttachSignal =
  | { type: 'link'; link: Link }
  | { type: 'event'; event: Event | UnknownEvent }
  | { type: 'malformed'; id: number | null; why: string }
  | { type: 'caught-up' }
  | { type: 'alive' }
  | { type: 'log-reset' }
  | { type: 'presence'; presence: Presence }
  | { type: 'vm'; vm: VmState }
  | { type: 'going-away'; reason: string };

export interface AttachOptions {
  /** Ends the attachment. */
  signal: AbortSignal;
  /** The newest id that the caller has already. */
  after?: number | null;
  clock?: Clock;
  /** From 0 up to 1, for the back-off. */
  random?: () => number;
}

/** Three keep-alives of the daemon's default. */
const SILENCE_MS = 45_000;

/** Where an attachment stands. One for its whole life, over all its connections. */
interface Cursor {
  /** The newest id seen; null before the first. */
  last: number | null;
  /** Connections in a row that came to nothing. */
  failures: number;
  /** Whether any connection has been answered by a daemon. */
  answered: boolean;
}

/**
 * Follows a session: its events in order, each once, over as many connections as it takes. Ends only when
 * `signal` says so, or after `refused`: an answer that trying again does not change.
 */
export async function* attach(
  api: Api,
  sessionId: string,
  { signal, after = null, clock = systemClock, random = Math.random }: AttachOptions,
): AsyncGenerator<AttachSignal> {
  const cursor: Cursor = { last: after, failures: 0, answered: false };
  while (!signal.aborted) {
    let why: string;
    try {
      why = yield* follow(api, sessionId, cursor, signal, clock);
    } catch (error) {
      if (signal.aborted) return;
      if (isFinal(error, cursor)) {
        yield { type: 'link', link: { state: 'refused', error } };
        return;
      }
      why = reason(error);
    }
    if (signal.aborted) return;
    cursor.failures += 1;
    const wait = backoff(cursor.failures, random());
    yield { type: 'link', link: { state: 'waiting', retryAt: clock.now() + wait, why } };
    await clock.sleep(wait, signal).catch(() => undefined);
  }
}

/** One connection, to its end. Returns why it ended. */
async function* follow(
  api: Api,
  sessionId: string,
  cursor: Cursor,
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<AttachSignal, string> {
  yield { type: 'link', link: { state: 'connecting' } };
  const connection = new AbortController();
  const either = AbortSignal.any([signal, connection.signal]);
  let why = 'the connection was lost';
  try {
    const bytes = await api.openStream(sessionId, cursor.last, either);
    cursor.answered = true;
    yield { type: 'link', link: { state: 'replaying' } };
    for await (const frame of readFrames(withSilenceLimit(bytes, SILENCE_MS, clock))) {
      const found = frameSignal(frame);
      if (found === null) continue;
      if (found.type === 'going-away') why = found.reason;
      yield* advance(cursor, found);
    }
  } catch (error) {
    if (!(error instanceof FrameTooLarge)) throw error;
    // Without its end the frame's id is not known, but ids have no holes.
    yield* advance(cursor, { type: 'malformed', id: (cursor.last ?? -1) + 1, why: error.message });
  } finally {
    connection.abort();
  }
  return why;
}

/** Moves the cursor, and passes on what is new. */
function* advance(cursor: Cursor, found: AttachSignal): Generator<AttachSignal> {
  if (found.type === 'log-reset') cursor.last = null;
  const id = found.type === 'event' ? found.event.id : found.type === 'malformed' ? found.id : null;
  if (id !== null) {
    const expected = (cursor.last ?? -1) + 1;
    if (id < expected) return;
    if (id > expected)
      yield { type: 'malformed', id: null, why: `events ${expected} to ${id - 1} did not arrive` };
    cursor.last = id;
    cursor.failures = 0;
  }
  yield found;
  if (found.type === 'caught-up') {
    cursor.failures = 0;
    yield { type: 'link', link: { state: 'live' } };
  }
}

/** Answers that stay what they are. A stranger's answer is one only until a daemon answered here. */
function isFinal(error: unknown, cursor: Cursor): error is ApiError {
  if (!(error instanceof ApiError) || error.retryable) return false;
  return error.kind !== 'protocol' || !cursor.answered;
}

/** Why a connection ended. What is no failure of a connection is a bug, and thrown on. */
function reason(error: unknown): string {
  if (error instanceof ApiError || error instanceof Silence) return error.message;
  if (error instanceof Error && 'code' in error) return 'the connection was lost';
  throw error;
}
