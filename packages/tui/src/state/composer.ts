/**
 * The prompt line: pure editing. `cursor` counts UTF-16 units from the start of `text` and always stands
 * between two graphemes. Text may have several lines. `history` holds what was sent, the newest last.
 */
export interface Composer {
  text: string;
  cursor: number;
  history: readonly string[];
  /** Which entry of the history is shown; `history.length` is the draft itself. */
  position: number;
  /** The draft while the history is walked. */
  draft: string;
}

export const emptyComposer: Composer = { text: '', cursor: 0, history: [], position: 0, draft: '' };

/** How many prompts are remembered. */
const HISTORY_MAX = 200;

export type Edit =
  | 'newline'
  | 'history-back'
  | 'history-forward'
  | 'move-left'
  | 'move-right'
  | 'move-word-left'
  | 'move-word-right'
  | 'move-home'
  | 'move-end'
  | 'delete-back'
  | 'delete-forward'
  | 'delete-word'
  | 'delete-to-start'
  | 'delete-to-end';

export function edit(composer: Composer, what: Edit): Composer {
  const { text, cursor } = composer;
  switch (what) {
    case 'newline':
      return insert(composer, '\n');
    case 'history-back':
      return lineStart(text, cursor) > 0 ? vertical(composer, -1) : recall(composer, composer.position - 1);
    case 'history-forward':
      return lineEnd(text, cursor) < text.length
        ? vertical(composer, 1)
        : recall(composer, composer.position + 1);
    case 'move-left':
      return moveTo(composer, before(text, cursor));
    case 'move-right':
      return moveTo(composer, after(text, cursor));
    case 'move-word-left':
      return moveTo(composer, wordStart(text, cursor));
    case 'move-word-right':
      return moveTo(composer, wordEnd(text, cursor));
    case 'move-home':
      return moveTo(composer, lineStart(text, cursor));
    case 'move-end':
      return moveTo(composer, lineEnd(text, cursor));
    case 'delete-back':
      return remove(composer, before(text, cursor), cursor);
    case 'delete-forward':
      return remove(composer, cursor, after(text, cursor));
    case 'delete-word':
      return remove(composer, wordStart(text, cursor), cursor);
    case 'delete-to-start':
      return remove(composer, lineStart(text, cursor), cursor);
    case 'delete-to-end':
      return remove(composer, cursor, lineEnd(text, cursor));
  }
}

export function insert(composer: Composer, what: string): Composer {
  const { text, cursor } = composer;
  return {
    ...composer,
    text: text.slice(0, cursor) + what + text.slice(cursor),
    cursor: cursor + what.length,
    position: composer.history.length,
  };
}

/** The prompt line emptied, with what it held (or `sent`) as the newest entry of the history. */
export function clear(composer: Composer, sent?: string): Composer {
  const { history } = composer;
  const known = sent === undefined || sent.trim() === '' || history.at(-1) === sent;
  const next = known ? history : [...history, sent].slice(-HISTORY_MAX);
  return { text: '', cursor: 0, history: next, position: next.length, draft: '' };
}

/** A prompt that somebody sent from elsewhere: into the history, without touching the draft. */
export function remember(composer: Composer, sent: string): Composer {
  const { history, position } = clear(composer, sent);
  const walking = composer.position < composer.history.length;
  return { ...composer, history, position: walking ? composer.position : position };
}

export function setText(composer: Composer, text: string): Composer {
  return { ...composer, text, cursor: text.length };
}

/** True where the cursor follows a single backslash: Enter makes a new line in its place. */
export function endsInBackslash({ text, cursor }: Composer): boolean {
  return cursor === text.length && text.endsWith('\\');
}

function recall(composer: Composer, position: number): Composer {
  const { history } = composer;
  if (position < 0 || position > history.length) return composer;
  const draft = composer.position === history.length ? composer.text : composer.draft;
  const text = history[position] ?? draft;
  return { ...composer, text, cursor: text.length, position, draft };
}

function vertical(composer: Composer, direction: -1 | 1): Composer {
  const { text, cursor } = composer;
  const start = lineStart(text, cursor);
  const column = cursor - start;
  const target = direction < 0 ? lineStart(text, start - 1) : lineEnd(text, cursor) + 1;
  return moveTo(composer, Math.min(target + column, lineEnd(text, target)));
}

function moveTo(composer: Composer, cursor: number): Composer {
  return { ...composer, cursor };
}

function remove(composer: Composer, from: number, to: number): Composer {
  if (from === to) return composer;
  return { ...composer, text: composer.text.slice(0, from) + composer.text.slice(to), cursor: from };
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function before(text: string, cursor: number): number {
  let last = 0;
  for (const { index } of graphemes.segment(text.slice(0, cursor))) last = index;
  return last;
}

function after(text: string, cursor: number): number {
  const [next] = graphemes.segment(text.slice(cursor));
  return cursor + (next?.segment.length ?? 0);
}

function wordStart(text: string, cursor: number): number {
  const head = text.slice(0, cursor).trimEnd();
  return Math.max(head.lastIndexOf(' '), head.lastIndexOf('\n')) + 1;
}

function wordEnd(text: string, cursor: number): number {
  const match = /^\s*\S+/.exec(text.slice(cursor));
  return match === null ? text.length : cursor + match[0].length;
}

function lineStart(text: string, cursor: number): number {
  return cursor <= 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1;
}

function lineEnd(text: string, cursor: number): number {
  const end = text.indexOf('\n', cursor);
  return end === -1 ? text.length : end;
}
