import type { Entry, PowerEntry, PromptEntry, ResultEntry, ToolEntry } from '../state/entry.ts';
import { formatBytes, formatCost, formatDuration, formatSteps, formatTime } from './format.ts';
import { blanks, cut, hang, type Line, type Span, type Style, span, wrap } from './line.ts';
import { layoutProse } from './markdown.ts';
import { powerOutcome } from './power-outcome.ts';
import { type SafeText, safe } from './sanitize.ts';
import { saysQemuIsSilent } from './silent-qemu.ts';

/** What decides how an entry is laid out, beside the entry itself. */
export interface LayoutOptions {
  width: number;
  /** Whether all of a tool's output is shown. */
  unfolded: boolean;
  /** Whether entries begin with their time. */
  times: boolean;
}

/** Rows of a tool's output that are shown while it is folded. */
const FOLDED_ROWS = 4;

/** An unfolded output shows its last rows only beyond this: more would take too long to lay out. */
const UNFOLDED_LINES = 5000;

const cache = new WeakMap<Entry, { key: string; lines: readonly Line[] }>();

/** An entry as rows, computed once for an entry, width and folding. Every entry begins with an empty row but a result. */
export function layoutEntry(entry: Entry, options: LayoutOptions): readonly Line[] {
  const key = `${options.width} ${options.unfolded} ${options.times}`;
  const known = cache.get(entry);
  if (known?.key === key) return known.lines;
  const lines = layout(entry, options);
  cache.set(entry, { key, lines });
  return lines;
}

/** Whether unfolding may show more of it. */
export function isFoldable(entry: Entry): boolean {
  return entry.type === 'tool' && entry.output !== null;
}

function layout(entry: Entry, options: LayoutOptions): Line[] {
  const rows = body(entry, options);
  if (rows.length === 0) return rows;
  const [first = [], ...rest] = rows;
  if (!options.times) return [[], ...rows];
  const time = span(safe`${formatTime(entry.ts)} `, 'dim');
  const indent = span(blanks(TIME_COLUMNS));
  return [[], [time, ...first], ...rest.map((row) => [indent, ...row])];
}

const TIME_COLUMNS = 9;

function body(entry: Entry, options: LayoutOptions): Line[] {
  const room = options.times ? options.width - TIME_COLUMNS : options.width;
  switch (entry.type) {
    case 'prompt':
      return prompt(entry, room);
    case 'prose':
      return layoutProse(trimFeeds(entry.text), room);
    case 'tool':
      return tool(entry, room, options.unfolded);
    case 'result':
      return result(entry, room);
    case 'error':
      return sign(safe`✗`, 'bad', [span(entry.text, 'bad')], room);
    case 'notice':
      return notice(entry.level, entry.text, room);
    case 'cancelled':
      return sign(safe`■`, 'warn', [span(safe`turn cancelled${byWhom(entry.operator)}`, 'warn')], room);
    case 'power':
      return power(entry, room, options.times);
    case 'turn-end':
      return [];
  }
}

function prompt({ operator, text }: PromptEntry, width: number): Line[] {
  const who = operator === null ? safe`` : safe`${cut(operator, WHO_MAX)} `;
  return hang([span(who, 'dim'), span(safe`❯ `, 'accent')], [span(text, 'prompt')], width);
}

/** A longer name of an operator is cut: it stands before every row of the prompt's width. */
const WHO_MAX = 12;

function tool(entry: ToolEntry, width: number, unfolded: boolean): Line[] {
  const { mark, style } = toolSign(entry);
  const name = [span(safe`${mark} `, style), span(safe`${cut(entry.name, WHO_MAX)}  `, 'tool')];
  const lost = isCutShort(entry) ? [span(safe`  (cut off)`, 'warn')] : [];
  const head = hang(name, [span(entry.summary, 'code'), ...lost], width);
  if (entry.output === null) return head;
  return [...head, ...output(entry, entry.output, width, unfolded)];
}

function toolSign(entry: ToolEntry): { mark: SafeText; style: Style } {
  if (entry.running) return { mark: safe`▸`, style: 'accent' };
  if (isCutShort(entry)) return { mark: safe`■`, style: 'warn' };
  if (entry.output === null) return { mark: safe`·`, style: 'dim' };
  return entry.isError ? { mark: safe`✗`, style: 'bad' } : { mark: safe`✓`, style: 'good' };
}

/** The turn ended before its answer came. A call without an id never gets one. */
function isCutShort({ running, output, callId }: ToolEntry): boolean {
  return !running && output === null && callId !== null;
}

function output(entry: ToolEntry, text: SafeText, width: number, unfolded: boolean): Line[] {
  const trimmed = trimFeeds(text);
  if (trimmed === '') return [[span(safe`  │ `, 'dim'), span(safe`(no output)`, 'dim')]];
  const away = unfolded ? 0 : foldedAway(text);
  const shown = unfolded ? lastLines(trimmed, UNFOLDED_LINES) : firstLines(trimmed, FOLDED_ROWS);
  const style: Style = entry.isError ? 'bad' : 'plain';
  const rows = shown.split('\n').flatMap((row): Line[] => {
    const text = row as SafeText;
    return unfolded ? wrap([span(text, style)], width - 4) : [[span(cut(text, width - 4), style)]];
  });
  const notes = [
    away > 0 ? safe`… ${away} more ${away === 1 ? safe`line` : safe`lines`} (PgUp, then o)` : null,
    entry.truncated ? safe`the output was cut: ${formatBytes(entry.bytes)} in all` : null,
  ].filter((note) => note !== null);
  const bar = span(safe`  │ `, 'dim');
  return [...rows.map((row) => [bar, ...row]), ...notes.map((note) => [bar, span(note, 'dim')])];
}

function result(entry: ResultEntry, width: number): Line[] {
  const facts = [
    entry.durationMs === null ? null : safe`in ${formatDuration(entry.durationMs)}`,
    entry.turns === null || entry.turns === 0 ? null : formatSteps(entry.turns),
    entry.costUsd === null ? null : formatCost(entry.costUsd),
    entry.model,
  ].filter((fact) => fact !== null);
  const word = entry.isError ? safe`turn failed` : safe`turn done`;
  const style: Style = entry.isError ? 'bad' : 'good';
  const closing = sign(
    entry.isError ? safe`✗` : safe`✓`,
    style,
    [span(word, style), span(facts.length === 0 ? safe`` : safe` ${facts.join(' · ') as SafeText}`, 'dim')],
    width,
  );
  return entry.text === null ? closing : [...layoutProse(trimFeeds(entry.text), width), [], ...closing];
}

function notice(level: 'info' | 'warn' | 'error', text: SafeText, width: number): Line[] {
  if (level === 'info') return sign(safe`i`, 'accent', [span(text, 'dim')], width);
  const style: Style = level === 'warn' ? 'warn' : 'bad';
  return sign(safe`!`, style, [span(text, style)], width);
}

/** When, what, by whom, and how it ended: a sentence, where the daemon has one. */
function power(entry: PowerEntry, width: number, timed: boolean): Line[] {
  const style: Style = powerStyle(entry);
  const when = timed ? safe`` : safe`${formatTime(entry.ts)} `;
  const head = [
    span(when, 'dim'),
    span(safe`${entry.verb} ${entry.target}`, 'bold'),
    span(safe` by ${entry.by}: `, 'dim'),
    span(powerOutcome(entry), style),
  ];
  return sign(safe`⏻`, style, head, width);
}

function powerStyle({ state, exitCode, text }: PowerEntry): Style {
  if (state === 'asked' || state === 'running') return 'accent';
  if (state === 'done' && exitCode === 0) return saysQemuIsSilent(text) ? 'warn' : 'good';
  return 'bad';
}

function sign(mark: SafeText, style: Style, spans: readonly Span[], width: number): Line[] {
  return hang([span(safe`${mark} `, style)], spans, width);
}

function byWhom(operator: SafeText | null): SafeText {
  return operator === null ? safe`` : safe` by ${operator}`;
}

function foldedAway(text: SafeText): number {
  let lines = 1;
  const trimmed = trimFeeds(text);
  for (let at = trimmed.indexOf('\n'); at !== -1; at = trimmed.indexOf('\n', at + 1)) lines += 1;
  return Math.max(0, lines - FOLDED_ROWS);
}

function firstLines(text: SafeText, count: number): SafeText {
  return text.split('\n', count).join('\n') as SafeText;
}

function lastLines(text: SafeText, count: number): SafeText {
  return text.split('\n').slice(-count).join('\n') as SafeText;
}

/** Not `/\s+$/`: on a long run of blanks inside the text that takes quadratic time. */
function trimFeeds(text: SafeText): SafeText {
  return text.replace(/^\n+/, '').trimEnd() as SafeText;
}
