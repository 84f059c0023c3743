import { type DraftLayout, layoutDraft } from '../text/draft.ts';
import { type LayoutOptions, layoutEntry } from '../text/layout.ts';
import type { Line } from '../text/line.ts';
import type { Composer } from './composer.ts';
import type { Entry } from './entry.ts';
import { noticeRows, pressingNotice } from './notice.ts';
import type { Screen } from './screen.ts';
import { type Extent, topOf } from './viewport.ts';

/** How the rows of the terminal are divided. All heights in rows; together they are the terminal's. */
export interface Panes {
  header: number;
  main: number;
  /** The rows between transcript and prompt: a rule, or what the operator should know now. */
  notice: number;
  prompt: number;
  footer: number;
}

/** Fewer rows than this and the header has no rule, or is one row. */
const LOW = 18;
const LOWEST = 8;
const PROMPT_ROWS_MAX = 6;

export function panesOf(screen: Screen): Panes {
  const header = screen.rows < LOWEST ? 1 : screen.rows < LOW ? 2 : 3;
  const prompt = Math.min(
    PROMPT_ROWS_MAX,
    Math.max(1, Math.floor(screen.rows / 4)),
    draftOf(screen).rows.length,
  );
  const pressing = screen.rows < LOWEST ? null : pressingNotice(screen);
  const notice = pressing === null ? 1 : Math.max(1, noticeRows(pressing.text, screen.columns).length);
  const main = Math.max(1, screen.rows - header - prompt - notice - 1);
  return { header, main, notice, prompt, footer: 1 };
}

/** The draft as rows. The prompt sign takes two columns, the cursor may stand one behind the text. */
export function draftOf({ composer, columns }: Screen): DraftLayout {
  const width = Math.max(1, columns - 3);
  const known = drafts.get(composer);
  if (known?.width === width) return known.layout;
  const layout = layoutDraft(composer.text, composer.cursor, width);
  drafts.set(composer, { width, layout });
  return layout;
}

/** Asked for several times a frame, and a pasted log is long. */
const drafts = new WeakMap<Composer, { width: number; layout: DraftLayout }>();

export function extentOf(screen: Screen): Extent {
  const { entries } = screen.transcript;
  return {
    count: entries.length,
    height: (index) => {
      const entry = entries.at(index);
      return entry === undefined ? 0 : layoutEntry(entry, optionsFor(screen, entry)).length;
    },
  };
}

/** The rows of the transcript that are on the screen now. */
export function visibleLines(screen: Screen): Line[] {
  return visibleEntries(screen).flatMap(({ lines }) => [...lines]);
}

/** The entries on the screen now, each with its visible rows. */
export function visibleEntries(screen: Screen): { entry: Entry; lines: readonly Line[] }[] {
  const { main } = panesOf(screen);
  const top = topOf(screen.viewport, extentOf(screen), main);
  const shown: { entry: Entry; lines: readonly Line[] }[] = [];
  let left = main;
  for (let index = top.entry; left > 0 && index < screen.transcript.entries.length; index += 1) {
    const entry = screen.transcript.entries.at(index);
    if (entry === undefined) break;
    const from = index === top.entry ? top.line : 0;
    const lines = layoutEntry(entry, optionsFor(screen, entry)).slice(from, from + left);
    left -= lines.length;
    shown.push({ entry, lines });
  }
  return shown;
}

function optionsFor({ columns, unfolded, unfoldAll, times }: Screen, entry: Entry): LayoutOptions {
  return { width: Math.max(10, columns - 1), unfolded: unfoldAll || unfolded.has(entry.id), times };
}
