import type { Presence, SessionSummary, Target, VmState } from '@breakglass/shared';
import type { SafeText } from '../text/sanitize.ts';
import type { Focus } from './action.ts';
import { type Composer, emptyComposer } from './composer.ts';
import type { Confirmation } from './confirmation.ts';
import { type Failure, wordsOfFailure } from './failure.ts';
import type { LinkState, Wanted } from './message.ts';
import type { PowerJob } from './power-job.ts';
import { emptyTranscript, type Transcript } from './transcript.ts';
import { following, type Position, type Viewport } from './viewport.ts';

/** All that the screen shows, as one value. Replaced, never changed; made from messages by `update`. */
export interface Screen {
  /** Time of the newest tick, in milliseconds since the epoch: what clocks on the screen are drawn from. */
  now: number;
  columns: number;
  rows: number;
  wanted: Wanted;
  /** Null until a session was found or made. */
  session: { id: string; title: SafeText | null } | null;
  /** Why there is no session, and when the next try is due (null: not by itself). */
  failure: (Failure & { retryAt: number | null }) | null;
  /** A session is being looked for or made: one at a time. */
  opening: boolean;
  transcript: Transcript;
  link: LinkState;
  /** When the daemon was heard last, keep-alives included; null before the first time. */
  heardAt: number | null;
  /** When the link that was lost was heard last; null while it is live, and before it ever was. */
  lostAt: number | null;
  presence: Presence | null;
  vm: VmState | null;
  targets: readonly Target[];
  composer: Composer;
  /** The prompt whose turn was asked for and has not begun. */
  sending: string | null;
  /** A prompt that may have been sent or not: its draft goes when it turns up in the log. */
  unsure: string | null;
  reading: boolean;
  viewport: Viewport;
  /** Where the transcript ended when reading began: what is below is new. */
  seen: Position | null;
  /** Ids of the entries that were unfolded one by one. */
  unfolded: ReadonlySet<number>;
  unfoldAll: boolean;
  times: boolean;
  dialog: Dialog | null;
  confirmation: Confirmation | null;
  leader: boolean;
  armed: Armed | null;
  notice: Notice | null;
  job: PowerJob | null;
}

/** A part of the screen that takes the keys. `scroll` counts rows: from the end in the panel, from the top in the help. */
export type Dialog =
  | { type: 'panel'; scroll: number }
  | { type: 'help'; scroll: number }
  | { type: 'picker'; sessions: readonly SessionSummary[] | null; selected: number };

/** The first of two presses was made; the second counts until then. */
export interface Armed {
  what: 'cancel' | 'detach';
  until: number;
}

/** One line for the operator, until the next key. */
export interface Notice {
  level: 'info' | 'warn' | 'bad';
  text: SafeText;
  /** Set where it is true only as long as a verb runs. */
  about?: 'job';
}

export function initialScreen(wanted: Wanted, now: number): Screen {
  return {
    now,
    columns: 80,
    rows: 24,
    wanted,
    session: null,
    failure: null,
    opening: false,
    transcript: emptyTranscript,
    link: { state: 'none' },
    heardAt: null,
    lostAt: null,
    presence: null,
    vm: null,
    targets: [],
    composer: emptyComposer,
    sending: null,
    unsure: null,
    reading: false,
    viewport: following,
    seen: null,
    unfolded: new Set(),
    unfoldAll: false,
    times: false,
    dialog: null,
    confirmation: null,
    leader: false,
    armed: null,
    notice: null,
    job: null,
  };
}

export function focusOf({ confirmation, dialog, reading }: Screen): Focus {
  if (confirmation !== null) return confirmation.byName ? 'confirm-name' : 'confirm';
  if (dialog !== null) return dialog.type;
  return reading ? 'reading' : 'prompt';
}

/** The VM that verbs act on; null before the daemon said so. */
export function targetOf({ vm, targets }: Screen): Target | null {
  return vm?.target ?? targets[0] ?? null;
}

/** Why the daemon does not let us in; null where it does, or has not said. */
export function refusalOf({ failure, link }: Screen): SafeText | null {
  if (link.state === 'refused') return link.why;
  return failure?.refused === true ? wordsOfFailure(failure) : null;
}

/** Whether what is on the screen is as old as the link's loss: nothing can be asked or sent now. */
export function isCutOff({ lostAt }: Screen): boolean {
  return lostAt !== null;
}

/** The title of the session: its first prompt. */
export function titleOf({ transcript, session }: Screen): SafeText | null {
  return transcript.title ?? session?.title ?? null;
}
