import { SLASH_COMMANDS } from '../state/slash.ts';
import { blanks, cut, hang, type Line, span, widthOf, wrap } from '../text/line.ts';
import { type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';
import { BINDINGS, chordLabel, type Where } from './keys.ts';

/** The help, made from the table of keys and the list of commands. Pure. */
export function helpLines(width: number): Line[] {
  const keys = SECTIONS.flatMap(([where, title]) => [
    [],
    [span(title, 'heading')],
    ...BINDINGS.filter((binding) => binding.where === where).flatMap((binding) =>
      entry(sanitizeLine(chordLabel(binding)), sanitizeLine(binding.help), width),
    ),
  ]);
  const commands = SLASH_COMMANDS.flatMap(({ name, help }) =>
    entry(safe`/${sanitizeLine(name)}`, sanitizeLine(help), width),
  );
  return [
    ...WORDS.flatMap((words) => wrap([span(words)], width)),
    ...keys,
    [],
    [span(safe`Commands`, 'heading')],
    ...commands,
  ];
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
