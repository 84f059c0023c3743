import type { Entry } from '../state/entry.ts';
import { focusOf, type Screen } from '../state/screen.ts';
import { formatCost } from '../text/format.ts';
import { blanks, type Line, lineWidth, type Span, span, widthOf } from '../text/line.ts';
import { joinSafe, type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';
import { type Binding, hintsFor, keyLabel, LEADER, type Situation } from './keys.ts';

/** The keys of the moment, from the one table; what the last turn cost where there is room left. Pure. */
export function footerLine(screen: Screen): Line {
  const spans = hints(screen);
  const cost = lastCost(screen);
  const gap = screen.columns - lineWidth(spans) - widthOf(cost);
  return cost === '' || gap < 2 ? spans : [...spans, span(blanks(gap)), span(cost, 'dim')];
}

export function situationOf(screen: Screen): Situation {
  return { focus: focusOf(screen), leader: screen.leader, empty: screen.composer.text === '' };
}

function hints(screen: Screen): Span[] {
  const lead: Span[] = screen.leader ? [span(safe`${sanitizeLine(keyLabel(LEADER))} …`, 'accent')] : [];
  return hintsFor(situationOf(screen))
    .filter((binding) => isUseful(binding, screen))
    .sort((a, b) => rank(a) - rank(b))
    .reduce<Span[]>((shown, binding) => addHint(shown, binding, screen.columns), lead);
}

/** Where the terminal is narrow, the way out and the way to all other keys stay. */
function rank({ action }: Binding): number {
  if (action === 'escape-turn') return 0;
  return action === 'leader' || action === 'back' ? 1 : 2;
}

function addHint(shown: Span[], binding: Binding, room: number): Span[] {
  const hint = sanitizeLine(binding.hint ?? '');
  const key = sanitizeLine(keyLabel(binding.keys[0] ?? ''));
  const gap = shown.length === 0 ? safe`` : safe`  `;
  const alone = /[/:]/.test(hint);
  const next = [...shown, span(gap), span(alone ? safe`` : safe`${key} `, 'key'), span(hint, 'dim')];
  return lineWidth(next) <= room ? next : shown;
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
