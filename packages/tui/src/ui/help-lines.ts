import type { Action } from '../state/action.ts';
import { SLASH_COMMANDS } from '../state/slash.ts';
import { blanks, cut, hang, type Line, span, widthOf, wrap } from '../text/line.ts';
import { type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';
import { BINDINGS, type Binding, chordLabel, type Where } from './keys.ts';

/** As much of the help as fits, and a sign that says where that is. Pure. */
export function helpPage(scroll: number, width: number, height: number): Line[] {
  const all = helpLines(width);
  if (all.length <= height) return all;
  const room = Math.max(1, height - 1);
  const from = Math.min(scroll, all.length - room);
  const shown = all.slice(from, from + room);
  const more = from + room < all.length ? safe`PgDn: more` : safe`PgUp: back`;
  const sign = safe`rows ${from + 1} to ${from + shown.length} of ${all.length}  ${more}`;
  return [...shown, [span(cut(sign, width), 'accent')]];
}

/** The help, made from the table of keys and the list of commands. Pure. */
export function helpLines(width: number): Line[] {
  const words = WORDS.flatMap((sentence) => wrap([span(sentence)], width));
  const first = MOST_NEEDED.flatMap(([where, action]) =>
    BINDINGS.filter((binding) => binding.where === where && binding.action === action),
  ).flatMap((binding) => keyEntry(binding, width));
  const [anywhere, ...keys] = SECTIONS.map(([where, title]) => [
    [],
    [span(title, 'heading')],
    ...BINDINGS.filter((binding) => binding.where === where && binding.help !== '').flatMap((binding) =>
      keyEntry(binding, width),
    ),
  ]);
  const commands = SLASH_COMMANDS.flatMap(({ name, help }) =>
    entry(safe`/${sanitizeLine(name)}`, sanitizeLine(help), width),
  );
  const listed = [[], [span(safe`Commands, on the prompt line`, 'heading')], ...commands];
  return [...first, [], ...words, ...(anywhere ?? []), ...listed, ...keys.flat()];
}

/** What somebody in a hurry looks for. */
const MOST_NEEDED: readonly (readonly [Where, Action])[] = [
  ['prompt', 'escape-turn'],
  ['leader', 'open-panel'],
  ['leader', 'detach'],
];

function keyEntry(binding: Binding, width: number): Line[] {
  return entry(sanitizeLine(chordLabel(binding)), sanitizeLine(binding.help), width);
}

const WORDS = [
  safe`cancel ends the agent's turn. stop powers the VM off. detach leaves, and ends nothing.`,
  safe`cycle: cold stop and start, a fresh QEMU. reset: the guest reboots in the same QEMU.`,
];

const SECTIONS: readonly (readonly [Where, SafeText])[] = [
  ['leader', safe`Anywhere, after the leader`],
  ['anywhere', safe`Anywhere`],
  ['empty', safe`On an empty prompt line`],
  ['prompt', safe`Prompt line`],
  ['reading', safe`Reading back`],
  ['panel', safe`Power panel`],
  ['confirm', safe`Confirmation`],
  ['confirm-name', safe`Confirmation that wants the name`],
  ['picker', safe`Sessions`],
];

function entry(label: SafeText, help: SafeText, width: number): Line[] {
  const column = Math.min(16, Math.floor(width / 3));
  const head = [span(safe`  `), span(cut(label, column), 'key'), span(blanks(column + 1 - widthOf(label)))];
  return hang(head, [span(help)], width);
}
