/**
 * Where the transcript is scrolled to. A position is anchored to an entry, not to a line number, so that new
 * output below and a new width change nothing of what is being read.
 */

/** A line: the `line`th of an entry's lines. */
export interface Position {
  entry: number;
  line: number;
}

export type Viewport = { follow: true } | { follow: false; top: Position };

export const following: Viewport = { follow: true };

/** The entries as heights in lines. Only the heights that are needed are asked for. */
export interface Extent {
  count: number;
  height(entry: number): number;
}

/** The first visible line. */
export function topOf(viewport: Viewport, extent: Extent, rows: number): Position {
  const last = lastTop(extent, rows);
  if (viewport.follow) return last;
  const top = clamp(viewport.top, extent);
  return isBefore(last, top) ? last : top;
}

/** Scrolled by `delta` lines (down is positive). At the end it follows again. */
export function scroll(viewport: Viewport, extent: Extent, rows: number, delta: number): Viewport {
  const last = lastTop(extent, rows);
  const top = move(topOf(viewport, extent, rows), extent, delta);
  return isBefore(top, last) ? { follow: false, top } : following;
}

/** How many lines there are from `from` to the end. */
export function linesFrom(from: Position, extent: Extent): number {
  let lines = -from.line;
  for (let entry = from.entry; entry < extent.count; entry += 1) lines += extent.height(entry);
  return Math.max(0, lines);
}

/** The end of the transcript as it is now: the position after the last line. */
export function endOf(extent: Extent): Position {
  const entry = Math.max(0, extent.count - 1);
  return { entry, line: extent.count === 0 ? 0 : extent.height(entry) };
}

function lastTop(extent: Extent, rows: number): Position {
  return move({ entry: extent.count, line: 0 }, extent, -rows);
}

function move(from: Position, extent: Extent, delta: number): Position {
  let { entry, line } = from;
  line += delta;
  while (line < 0 && entry > 0) {
    entry -= 1;
    line += extent.height(entry);
  }
  while (entry < extent.count && line >= extent.height(entry)) {
    line -= extent.height(entry);
    entry += 1;
  }
  return { entry, line: Math.max(0, line) };
}

function clamp(position: Position, extent: Extent): Position {
  if (position.entry >= extent.count) return { entry: extent.count, line: 0 };
  const height = extent.height(position.entry);
  return { entry: position.entry, line: Math.min(position.line, Math.max(0, height - 1)) };
}

function isBefore(a: Position, b: Position): boolean {
  return a.entry < b.entry || (a.entry === b.entry && a.line < b.line);
}
