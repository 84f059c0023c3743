import type { Action } from '../state/action.ts';
import { focusOf, type Screen } from '../state/screen.ts';
import { type Line, lineWidth, span } from '../text/line.ts';
import { safe, sanitizeLine } from '../text/sanitize.ts';
import { type Binding, chordLabel, hintsFor, keyLabel, LEADER, type Situation } from './keys.ts';

/** The keys of the moment, from the one table. Pure. */
export function footerLine(screen: Screen): Line {
  return hintsThatFit(screen).row;
}

export function situationOf(screen: Screen): Situation {
  return { focus: focusOf(screen), leader: screen.leader, empty: screen.composer.text === '' };
}

/** The leader's keys that the footer has no room for: they take the row above the prompt meanwhile. */
export function moreLeaderKeys(screen: Screen): Line {
  if (!screen.leader) return [];
  const shown = hintsThatFit(screen);
  return shown.left.reduce((row, binding) => addHint(row, binding, screen) ?? row, [] as Line);
}

function hintsThatFit(screen: Screen): { row: Line; left: readonly Binding[] } {
  const lead: Line = screen.leader ? [span(safe`${sanitizeLine(keyLabel(LEADER))} …`, 'accent')] : [];
  const bindings = hintsFor(situationOf(screen))
    .filter((binding) => isUseful(binding, screen))
    .sort((a, b) => rank(a) - rank(b));
  return bindings.reduce<{ row: Line; left: readonly Binding[] }>(
    ({ row, left }, binding) => {
      const next = addHint(row, binding, screen);
      return next === null ? { row, left: [...left, binding] } : { row: next, left };
    },
    { row: lead, left: [] },
  );
}

/** What stays where the terminal is narrow: the ways out, the ways to all other keys, cycle, and scrolling. */
const FIRST: readonly Action[] = [
  'escape-turn',
  'leader',
  'back',
  'confirm-cycle',
  'page-up',
  'open-panel',
  'open-help',
  'detach',
];

function rank({ action }: Binding): number {
  const place = FIRST.indexOf(action);
  return place === -1 ? FIRST.length : place;
}

/** The row with one more hint, or null where that has no room. */
function addHint(row: Line, binding: Binding, { leader, columns }: Screen): Line | null {
  const hint = sanitizeLine(binding.hint ?? '');
  const chord = binding.where === 'leader' && !leader;
  const key = sanitizeLine(chord ? chordLabel(binding) : keyLabel(binding.keys[0] ?? ''));
  const gap = row.length === 0 ? safe`` : safe`  `;
  const alone = /[/:]/.test(hint);
  const next = [...row, span(gap), span(alone ? safe`` : safe`${key} `, 'key'), span(hint, 'dim')];
  return lineWidth(next) <= columns ? next : null;
}

function isUseful({ action, where }: Binding, { transcript, sending, failure, job }: Screen): boolean {
  if (action === 'page-up' && where === 'panel') return job !== null && job.lines.length > 0;
  if (action === 'escape-turn') return transcript.turn.running || sending !== null;
  return !(action === 'retry' && where === 'panel' && failure === null);
}
