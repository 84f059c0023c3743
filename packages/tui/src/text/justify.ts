import { blanks, cut, type Line, lineWidth, type Style, span, widthOf } from './line.ts';
import { type SafeText, safe } from './sanitize.ts';

/** A part of a status row. The heaviest get room first. One that has not enough of it is shortened, or left out. */
export interface Segment {
  text: SafeText;
  /** What stands there where room is short; null: all or nothing. */
  short: SafeText | null;
  style: Style;
  weight: number;
  /** Whether it may be cut. */
  flexible: boolean;
}

/** Columns between segments, and what a flexible one needs at least. */
const GAP = 2;
const FLEXIBLE_MIN = 12;

export function segment(
  text: SafeText | null,
  style: Style = 'plain',
  weight = 1,
  { flexible = false, short = null }: { flexible?: boolean; short?: SafeText | null } = {},
): Segment {
  return { text: text ?? safe``, short, style, weight, flexible };
}

/**
 * One row of at most `width` columns: some segments to the left, some to the right. By weight, each gets the shortest
 * form it has; what is left is then spent on longer forms, in the same order.
 */
export function justify(left: readonly Segment[], right: readonly Segment[], width: number): Line {
  const byWeight = [...left, ...right].filter(({ text }) => text !== '').sort((a, b) => b.weight - a.weight);
  const shown = new Map<Segment, SafeText>();
  const roomFor = (part: Segment) => {
    const others = [...shown].filter(([other]) => other !== part);
    const used = others.reduce((sum, [, text]) => sum + widthOf(text) + GAP, 0);
    return width - used;
  };
  for (const part of byWeight) {
    const form = shortest(part);
    if (widthOf(form) <= roomFor(part)) shown.set(part, form);
    else if (shown.size === 0) shown.set(part, cut(form, width));
  }
  for (const part of byWeight) {
    const longer = shown.has(part) ? longest(part, roomFor(part)) : null;
    if (longer !== null) shown.set(part, longer);
  }
  const start = spread(left, shown);
  const end = spread(right, shown);
  if (end.length === 0) return start;
  return [...start, span(blanks(width - lineWidth(start) - lineWidth(end))), ...end];
}

function shortest({ text, short, flexible }: Segment): SafeText {
  return flexible ? cut(text, FLEXIBLE_MIN) : (short ?? text);
}

function longest({ text, flexible }: Segment, room: number): SafeText | null {
  if (widthOf(text) <= room) return text;
  return flexible ? cut(text, room) : null;
}

function spread(segments: readonly Segment[], shown: ReadonlyMap<Segment, SafeText>): Line {
  return segments
    .flatMap((part) => {
      const text = shown.get(part);
      return text === undefined ? [] : [span(text, part.style)];
    })
    .flatMap((part, index) => (index === 0 ? [part] : [span(blanks(GAP)), part]));
}
