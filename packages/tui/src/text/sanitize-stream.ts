import { UNFINISHED_SEQUENCE } from './escape-sequences.ts';
import { type SafeText, sanitize } from './sanitize.ts';

/**
 * Text that arrives in pieces, such as streamed prose: a sequence, a CRLF or a character that is cut in two
 * between pieces must not show its halves. `held` is the raw end that waits for its other half.
 */
export interface SanitizedPiece {
  text: SafeText;
  held: string;
}

/** The most that is held back: a sequence longer than this is not one that anybody sends by accident. */
const HELD_MAX = 4096;

/** @param held what the piece before left over; '' for the first */
export function sanitizePiece(held: string, piece: string): SanitizedPiece {
  const raw = held + piece;
  const end = unfinishedAt(raw);
  if (raw.length - end > HELD_MAX) return { text: sanitize(raw), held: '' };
  return { text: sanitize(raw.slice(0, end)), held: raw.slice(end) };
}

/** Where the unfinished end of a text begins; its length where there is none. */
function unfinishedAt(raw: string): number {
  const from = Math.max(0, raw.length - HELD_MAX - 1);
  const sequence = UNFINISHED_SEQUENCE.exec(raw.slice(from));
  if (sequence) return from + sequence.index;
  return /[\r\ud800-\udbff]$/.test(raw) ? raw.length - 1 : raw.length;
}
