import { isFoldable } from '../text/layout.ts';
import { extentOf, panesOf, visibleEntries } from './panes.ts';
import type { Screen } from './screen.ts';
import { endOf, following, linesFrom, scroll, topOf } from './viewport.ts';

/** Moving through what does not fit: the transcript, the panel's output, the help. */

/** The part of the panel that its output has at least: the verbs and the outcome take the rest. */
const PANEL_SHARE = 0.3;

/** Reading begins a page up, with the draft kept. */
export function startReading(screen: Screen): Screen {
  return scrollBy({ ...screen, reading: true, seen: endOf(extentOf(screen)) }, 'page', -1);
}

/** @param delta how many lines or pages down; negative is up */
export function scrollBy(screen: Screen, unit: 'line' | 'page', delta: number): Screen {
  const { main } = panesOf(screen);
  const { dialog } = screen;
  const page = dialog?.type === 'panel' ? Math.floor(main * PANEL_SHARE) : main - 2;
  const lines = unit === 'line' ? delta : delta * Math.max(1, page);
  if (dialog?.type === 'panel') {
    const most = Math.max(0, (screen.job?.lines.length ?? 0) - 1);
    return { ...screen, dialog: { ...dialog, scroll: Math.min(most, Math.max(0, dialog.scroll - lines)) } };
  }
  if (dialog?.type === 'help')
    return { ...screen, dialog: { ...dialog, scroll: Math.max(0, dialog.scroll + lines) } };
  const viewport = scroll(screen.viewport, extentOf(screen), main, lines);
  return { ...screen, viewport, seen: viewport.follow ? endOf(extentOf(screen)) : screen.seen };
}

export function toTop(screen: Screen): Screen {
  const end = topOf(following, extentOf(screen), panesOf(screen).main);
  const fits = end.entry === 0 && end.line === 0;
  return { ...screen, viewport: fits ? following : { follow: false, top: { entry: 0, line: 0 } } };
}

export function toEnd(screen: Screen): Screen {
  return { ...screen, viewport: following, seen: null };
}

/** Unfolds the folded output on the screen; where there is none left, folds it again. */
export function toggleUnfolded(screen: Screen): Screen {
  const ids = visibleEntries(screen)
    .map(({ entry }) => entry)
    .filter(isFoldable)
    .map(({ id }) => id);
  const folded = ids.filter((id) => !screen.unfolded.has(id));
  const unfolded = new Set(screen.unfolded);
  if (folded.length > 0) for (const id of folded) unfolded.add(id);
  else for (const id of ids) unfolded.delete(id);
  return { ...screen, unfolded };
}

/** How far down the transcript the first row on the screen stands, in per cent: by entries, which are known at once. */
export function readShare(screen: Screen): number {
  const extent = extentOf(screen);
  const { entry, line } = topOf(screen.viewport, extent, panesOf(screen).main);
  const within = entry < extent.count ? line / Math.max(1, extent.height(entry)) : 0;
  return Math.floor((100 * (entry + within)) / Math.max(1, extent.count));
}

/** How many lines came after reading began, or after the end was seen last. */
export function newLines(screen: Screen): number {
  if (screen.viewport.follow || screen.seen === null) return 0;
  return linesFrom(screen.seen, extentOf(screen));
}
