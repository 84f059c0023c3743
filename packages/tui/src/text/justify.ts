import { blanks, cut, type Line, lineWidth, type Style, span, widthOf } from './line.ts';
import { type SafeText, safe } from './sanitize.ts';

/** A part of a status row. Where room is short, a `flexible` one is cut, then those of the lowest `weight` go. */
export interface Segment {
  text: SafeText;
  style: Style;
  weight: number;
  flexible: boolean;
}

/** Columns between segments, and what a flexible one keeps. */
const GAP = 2;
const FLEXIBLE_MIN = 12;

export function segment(
  text: SafeText | null,
  style: Style = 'plain',
  weight = 1,
  flexible = false,
): Segment {
  return { text: text ?? safe``, style, weight, flexible };
}

/** One row of at most `width` columns: some segments to the left, some to the right. */
export function justify(left: readonly Segment[], right: readonly Segment[], width: number): Line {
  const tagged = [
    ...left.map((part) => ({ ...part, side: 'left' })),
    ...right.map((part) => ({ ...part, side: 'right' })),
  ];
  let kept = tagged.filter(({ text }) => text !== '');
  for (;;) {
    kept = shrink(kept, widthOfAll(kept) - width);
    if (kept.length < 2 || widthOfAll(kept) <= width) break;
    const lightest = kept.reduce((least, part) => (part.weight < least.weight ? part : least));
    kept = kept.filter((part) => part !== lightest);
  }
  const start = spread(kept.filter(({ side }) => side === 'left'));
  const end = spread(kept.filter(({ side }) => side === 'right'));
  const only = kept.length === 1 ? kept[0] : undefined;
  if (only !== undefined) return [span(cut(only.text, width), only.style)];
  return end.length === 0
    ? start
    : [...start, span(blanks(width - lineWidth(start) - lineWidth(end))), ...end];
}

function shrink<Part extends Segment>(parts: readonly Part[], excess: number): Part[] {
  let left = excess;
  return parts.map((part) => {
    if (left <= 0 || !part.flexible) return part;
    const room = Math.max(FLEXIBLE_MIN, widthOf(part.text) - left);
    const text = cut(part.text, room);
    left -= widthOf(part.text) - widthOf(text);
    return { ...part, text };
  });
}

function spread(segments: readonly Segment[]): Line {
  return segments.flatMap(({ text, style }, index) => [
    ...(index === 0 ? [] : [span(blanks(GAP))]),
    span(text, style),
  ]);
}

function widthOfAll(segments: readonly Segment[]): number {
  return segments.reduce((sum, { text }) => sum + widthOf(text), 0) + GAP * Math.max(0, segments.length - 1);
}
