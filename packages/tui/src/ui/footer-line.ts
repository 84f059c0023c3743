import type { Action } from '../state/action.ts';
import type { Entry } from '../state/entry.ts';
import { focusOf, type Screen } from '../state/screen.ts';
import { formatCost } from '../text/format.ts';
import { blanks, type Line, lineWidth, span, widthOf } from '../text/line.ts';
import { joinSafe, type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';
import { type Binding, hintsFor, keyLabel, LEADER, type Situation } from './keys.ts';

/** The keys of the moment, from the one table; what the last turn cost where there is room left. Pure. */
export function footerLine(screen: Screen): Line {
  const spans = hintsThatFit(screen).row;
  const cost = lastCost(screen);
  const gap = screen.columns - lineWidth(spans) - widthOf(cost);
  return cost === '' || gap < 2 ? spans : [...spans, span(blanks(gap)), span(cost, 'dim')];
}

export function situationOf(screen: Screen): Situation {
  return { focus: focusOf(screen), leader: screen.leader, empty: screen.composer.text === '' };
}

/** The leader's keys that the footer has no room for: they take the row above the prompt meanwhile. */
export function moreLeaderKeys(screen: Screen): Line {
  if (!screen.leader) return [];
  const shown = hintsThatFit(screen);
  return shown.left.reduce((row, binding) => addHint(row, binding, screen.columns) ?? row, [] as Line);
}

function hintsThatFit(screen: Screen): { row: Line; left: readonly Binding[] } {
  const lead: Line = screen.leader ? [span(safe`${sanitizeLine(keyLabel(LEADER))} …`, 'accent')] : [];
  const bindings = hintsFor(situationOf(screen))
    .filter((binding) => isUseful(binding, screen))
    .sort((a, b) => rank(a) - rank(b));
  return bindings.reduce<{ row: Line; left: readonly Binding[] }>(
    ({ row, left }, binding) => {
      const next = addHint(row, binding, screen.columns);
      return next === null ? { row, left: [...left, binding] } : { row: next, left };
    },
    { row: lead, left: [] },
  );
}

/** What stays where the terminal is narrow: the ways out, the ways to all other keys, and cycle. */
const FIRST: readonly Action[] = [
  'escape-turn',
  'leader',
  'back',
  'confirm-cycle',
  'open-panel',
  'open-help',
  'detach',
];

function rank({ action }: Binding): number {
  const place = FIRST.indexOf(action);
  return place === -1 ? FIRST.length : place;
}

/** The row with one more hint, or null where that has no room. */
function addHint(row: Line, binding: Binding, room: number): Line | null {
  const hint = sanitizeLine(binding.hint ?? '');
  const key = sanitizeLine(keyLabel(binding.keys[0] ?? ''));
  const gap = row.length === 0 ? safe`` : safe`  `;
  const alone = /[/:]/.test(hint);
  const next = [...row, span(gap), span(alone ? safe`` : safe`${key} `, 'key'), span(hint, 'dim')];
  return lineWidth(next) <= room ? next : null;
}

function isUseful({ action, where }: Binding, { transcript, sending, failure }: Screen): boolean {
  if (action === 'escape-turn') return transcript.turn.running || sending !== null;
  return !(action === 'retry' && where === 'panel' && failure === null);
}

function lastCost({ transcript }: Screen): SafeText {
  const result = lastResult(transcript.entries);
  if (result === null) return safe``;
  const facts = [result.costUsd === null ? null : formatCost(result.costUsd), result.model];
  return joinSafe(
    facts.filter((fact) => fact !== null),
    safe` `,
  );
}

/** Looks back only a little: a footer is not worth a walk through a long session. */
function lastResult(entries: { length: number; at(index: number): Entry | undefined }) {
  for (let back = 1; back <= Math.min(50, entries.length); back += 1) {
    const entry = entries.at(-back);
    if (entry?.type === 'result') return entry;
  }
  return null;
}
