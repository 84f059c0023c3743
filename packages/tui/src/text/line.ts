import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { type SafeText, safe, sliceSafe } from './sanitize.ts';

/** What a piece of text means; the theme decides how that looks. */
export type Style =
  | 'plain'
  | 'dim'
  | 'bold'
  | 'italic'
  | 'code'
  | 'heading'
  | 'prompt'
  | 'tool'
  | 'good'
  | 'warn'
  | 'bad'
  | 'accent'
  | 'key';

export interface Span {
  text: SafeText;
  style: Style;
}

/** One row of the terminal. Its spans hold no line feed. */
export type Line = readonly Span[];

export function span(text: SafeText, style: Style = 'plain'): Span {
  return { text, style };
}

/** Columns of the terminal that the text takes. */
export function widthOf(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/**
 * The spans as rows of at most `width` columns, broken between words where that goes. Line feeds in the spans
 * begin a new row.
 */
export function wrap(spans: readonly Span[], width: number): Line[] {
  return splitAtLineFeeds(spans).flatMap((row) => wrapRow(row, Math.max(1, width)));
}

/** The body wrapped beside its head: rows after the first are indented by the width of the head. */
export function hang(head: readonly Span[], body: readonly Span[], width: number): Line[] {
  const columns = lineWidth(head);
  const indent = span(blanks(columns));
  return wrap(body, width - columns).map((row, index) =>
    index === 0 ? [...head, ...row] : [indent, ...row],
  );
}

/** Parts one after the other, none of them broken: one that has no room begins a new row. */
export function flow(parts: readonly Line[], width: number): Line[] {
  const rows: Line[] = [];
  for (const part of parts) {
    const last = rows.at(-1);
    const longer = last === undefined ? part : [...last, span(safe`  `), ...part];
    if (last !== undefined && lineWidth(longer) <= width) rows[rows.length - 1] = longer;
    else rows.push(part);
  }
  return rows;
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

export function blanks(columns: number): SafeText {
  return ' '.repeat(Math.max(0, columns)) as SafeText;
}

/** The text cut to `width` columns, with an ellipsis where something was lost. */
export function cut(text: SafeText, width: number): SafeText {
  if (widthOf(text) <= width) return text;
  if (width < 1) return safe``;
  let end = 0;
  let used = 1;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    end += segment.length;
  }
  return safe`${sliceSafe(text, 0, end)}…`;
}

/** The row cut to `width` columns, with an ellipsis where something was lost. */
export function cutLine(line: Line, width: number): Line {
  const kept: Span[] = [];
  let left = width;
  for (const { text, style } of line) {
    if (left < 1) break;
    const next = widthOf(text) > left;
    kept.push(span(cut(text, left), style));
    left -= next ? left : widthOf(text);
  }
  return kept;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function splitAtLineFeeds(spans: readonly Span[]): Line[] {
  const rows: Span[][] = [[]];
  for (const { text, style } of spans) {
    let from = 0;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      if (at > from) rows.at(-1)?.push(span(sliceSafe(text, from, at), style));
      rows.push([]);
      from = at + 1;
    }
    if (from < text.length) rows.at(-1)?.push(span(sliceSafe(text, from), style));
  }
  return rows;
}

/**
 * wrap-ansi decides where to break; the breaks are then mapped back onto the spans. It normalises its input
 * to NFC, so the spans are normalised first, and with `trim: false` it adds line feeds and removes nothing.
 */
function wrapRow(row: Line, width: number): Line[] {
  const spans = row.map(({ text, style }) => span(text.normalize() as SafeText, style));
  const whole = spans.map(({ text }) => text).join('');
  if (widthOf(whole) <= width) return [spans];
  const pieces = wrapAnsi(whole, width, { hard: true, trim: false }).split('\n');
  let from = 0;
  return pieces.map((piece, index) => {
    const start = from;
    from += piece.length;
    const skipped = index === 0 ? 0 : piece.length - piece.trimStart().length;
    return slice(spans, start + skipped, start + piece.trimEnd().length);
  });
}

/** The part of the spans between two offsets in code units. */
function slice(spans: Line, from: number, to: number): Line {
  const part: Span[] = [];
  let at = 0;
  for (const { text, style } of spans) {
    const piece = sliceSafe(text, Math.max(0, from - at), Math.max(0, to - at));
    if (piece !== '') part.push(span(piece, style));
    at += text.length;
  }
  return part;
}
