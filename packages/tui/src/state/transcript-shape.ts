import type { Event } from '@breakglass/shared';
import { type SafeText, sanitizeLine } from '../text/sanitize.ts';
import type { Entry } from './entry.ts';
import { EntryList } from './entry-list.ts';

/** A session as it is drawn. Never changed, only replaced: what did not change keeps its identity. */
export interface Transcript {
  entries: EntryList;
  turn: Turn;
  /** The first line of the first prompt; null before there is one. */
  title: SafeText | null;
  /** The newest id folded in; null at the start. */
  lastId: number | null;
  /** Entries that later events may still change. For the fold alone. */
  open: Open;
}

export interface Turn {
  running: boolean;
  /** When the turn's prompt was logged; null between turns. */
  startedAt: string | null;
  /** What the agent does now: the summary of its newest running tool. */
  tool: SafeText | null;
}

/** Places in the list of entries. */
export interface Open {
  /** The prose that the next delta belongs to, and what its sanitising holds back. */
  prose: { at: number; held: string } | null;
  /** The newest prose of this turn, which the result may repeat. */
  lastProse: number | null;
  tools: ReadonlyMap<string, number>;
  jobs: ReadonlyMap<string, number>;
}

export const idle: Turn = { running: false, startedAt: null, tool: null };

export const emptyTranscript: Transcript = {
  entries: EntryList.empty,
  turn: idle,
  title: null,
  lastId: null,
  open: { prose: null, lastProse: null, tools: new Map(), jobs: new Map() },
};

export function closeProse(transcript: Transcript): Transcript {
  if (transcript.open.prose === null) return transcript;
  return { ...transcript, open: { ...transcript.open, prose: null } };
}

export function append(transcript: Transcript, entry: Entry): Transcript {
  return { ...transcript, entries: transcript.entries.append(entry) };
}

export function stamp({ id, ts }: { id: number; ts: string }): { id: number; ts: string } {
  return { id, ts };
}

export function operatorOf(event: Event): SafeText | null {
  return event.operator === undefined ? null : sanitizeLine(event.operator);
}
