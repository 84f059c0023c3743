import type {
  Event,
  Presence,
  SessionSummary,
  Target,
  UnknownEvent,
  Verb,
  VerbOutput,
  VerbResult,
  VmState,
} from '@breakglass/shared';
import type { SafeText } from '../text/sanitize.ts';
import type { Action } from './action.ts';
import type { Failure } from './failure.ts';
import type { FailedAs } from './power-job.ts';

/** The connection to the attached session. `retryAt` is in milliseconds since the epoch. */
export type LinkState =
  | { state: 'none' }
  | { state: 'connecting' }
  | { state: 'replaying' }
  | { state: 'live' }
  | { state: 'waiting'; retryAt: number; why: SafeText }
  | { state: 'refused'; why: SafeText };

/** What an attachment reports. Several of them arrive as one message, so that they are drawn at once. */
export type Change =
  | { type: 'link'; link: LinkState }
  | { type: 'event'; event: Event | UnknownEvent }
  | { type: 'malformed'; id: number | null; why: string }
  | { type: 'caught-up' }
  | { type: 'alive' }
  | { type: 'log-reset' }
  | { type: 'presence'; presence: Presence }
  | { type: 'vm'; vm: VmState }
  | { type: 'going-away'; reason: string };

/** Which session is asked for at the start: a named one, a new one, or the one that is most likely meant. */
export interface Wanted {
  session: string | null;
  fresh: boolean;
}

/**
 * Everything that can happen to the screen. `now` is in milliseconds since the epoch. `job` counts the jobs of
 * this screen, so that one that was left can't speak into the next.
 */
export type Message =
  | { type: 'started' }
  | { type: 'tick'; now: number }
  | { type: 'resized'; columns: number; rows: number }
  | { type: 'action'; action: Action; now: number }
  | { type: 'typed'; text: string; now: number }
  | { type: 'pasted'; text: string; now: number }
  /** A key without a meaning where the keys go now. */
  | { type: 'unbound'; key: string; now: number }
  | { type: 'confirm-painted'; now: number }
  | { type: 'opened'; id: string; title: SafeText | null }
  | { type: 'open-failed'; failure: Failure; retryAt: number | null }
  | { type: 'no-session'; sessions: readonly SessionSummary[] }
  | { type: 'attached'; changes: readonly Change[]; now: number }
  | { type: 'targets'; targets: readonly Target[] }
  | { type: 'vm'; vm: VmState }
  | { type: 'sessions'; sessions: readonly SessionSummary[] }
  | { type: 'prompt-refused'; text: string; failure: Failure; unsure: boolean }
  | { type: 'cancel-answered'; cancelled: boolean }
  | { type: 'failed'; failure: Failure }
  | { type: 'job-output'; job: number; output: VerbOutput }
  | { type: 'job-ended'; job: number; result: VerbResult; now: number }
  | { type: 'job-failed'; job: number; failure: Failure; level: FailedAs; now: number };

/** What comes from the keyboard. */
export type Input = Extract<Message, { type: 'action' | 'typed' | 'pasted' | 'unbound' }>;

/** What the screen asks of the world. */
export type Effect =
  | { type: 'open'; wanted: Wanted }
  | { type: 'create-session' }
  | { type: 'list-sessions' }
  | { type: 'prompt'; session: string; text: string }
  | { type: 'cancel'; session: string }
  | { type: 'look-at-vm' }
  | { type: 'run-verb'; verb: Verb; job: number }
  | { type: 'redraw' }
  | { type: 'suspend' }
  | { type: 'exit' };

export interface Update<State> {
  state: State;
  effects: readonly Effect[];
}

export function only<State>(state: State): Update<State> {
  return { state, effects: [] };
}
