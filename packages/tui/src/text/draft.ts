import { widthOf } from './line.ts';
import { type SafeText, sanitize } from './sanitize.ts';

/** A draft as rows, broken at the grapheme that no longer fits, and where the cursor stands in them. */
export interface DraftLayout {
  rows: readonly SafeText[];
  cursor: { row: number; column: number };
}

/**
 * Unlike prose, a draft is not broken between words: what is typed stays where it was typed.
 * @param cursor in code units, as in the composer
 * @param width columns; the cursor may stand behind the last one
 */
export function layoutDraft(text: string, cursor: number, width: number): DraftLayout {
  const rows: string[] = [''];
  let column = 0;
  let at = { row: 0, column: 0 };
  for (const { segment, index } of graphemes.segment(text)) {
    const room = segment === '\n' ? 0 : widthOf(segment);
    if (column + room > width) {
      rows.push('');
      column = 0;
    }
    if (index <= cursor) at = { row: rows.length - 1, column };
    if (segment === '\n') {
      rows.push('');
      column = 0;
    } else {
      rows[rows.length - 1] += segment;
      column += room;
    }
  }
  if (cursor >= text.length) at = { row: rows.length - 1, column };
  return { rows: rows.map((row) => sanitize(row)), cursor: at };
}

/** The rows that are shown where there is room for `height` of them: those around the cursor. */
export function windowOf({ rows, cursor }: DraftLayout, height: number): DraftLayout {
  const from = Math.max(0, Math.min(cursor.row - Math.floor(height / 2), rows.length - height));
  return { rows: rows.slice(from, from + height), cursor: { ...cursor, row: cursor.row - from } };
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
