import type { EventOf } from '@breakglass/shared';
import type { SafeText } from '../text/sanitize.ts';

/** What a transcript is made of. Every string that came from outside is `SafeText`. */

interface Stamp {
  /** The id of the event that began the entry: unique in its session, so it serves as a key. */
  id: number;
  /** ISO 8601, UTC, as the daemon stamped it. */
  ts: string;
}

export interface PromptEntry extends Stamp {
  type: 'prompt';
  operator: SafeText | null;
  text: SafeText;
}

/** What the agent says: joined from its deltas. */
export interface ProseEntry extends Stamp {
  type: 'prose';
  text: SafeText;
}

export interface ToolEntry extends Stamp {
  type: 'tool';
  callId: string | null;
  name: SafeText;
  /** One line: the command, the file, the pattern. */
  summary: SafeText;
  /** The whole input, several lines. */
  input: SafeText;
  /** Null until the result is there. */
  output: SafeText | null;
  isError: boolean;
  /** Whether the daemon cut the output; `bytes` is its whole size. */
  truncated: boolean;
  bytes: number;
  running: boolean;
  /** When it ended; null while it runs, and where its result never came. */
  endedAt: string | null;
}

export interface ResultEntry extends Stamp {
  type: 'result';
  isError: boolean;
  /** Null where the last prose said it already. */
  text: SafeText | null;
  durationMs: number | null;
  costUsd: number | null;
  turns: number | null;
  model: SafeText | null;
}

export interface ErrorEntry extends Stamp {
  type: 'error';
  text: SafeText;
}

export interface NoticeEntry extends Stamp {
  type: 'notice';
  level: EventOf<'notice'>['level'];
  code: SafeText;
  text: SafeText;
}

export interface CancelledEntry extends Stamp {
  type: 'cancelled';
  operator: SafeText | null;
}

/** A power verb: one entry for all states of one job. */
export interface PowerEntry extends Stamp {
  type: 'power';
  job: string;
  verb: SafeText;
  target: SafeText;
  by: SafeText;
  state: EventOf<'power'>['state'];
  exitCode: number | null;
  outcome: SafeText | null;
  text: SafeText;
}

export interface TurnEndEntry extends Stamp {
  type: 'turn-end';
}

export type Entry =
  | PromptEntry
  | ProseEntry
  | ToolEntry
  | ResultEntry
  | ErrorEntry
  | NoticeEntry
  | CancelledEntry
  | PowerEntry
  | TurnEndEntry;
