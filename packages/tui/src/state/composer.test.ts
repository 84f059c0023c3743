import { expect, it } from 'vitest';
import {
  type Composer,
  clear,
  type Edit,
  edit,
  emptyComposer,
  endsInBackslash,
  insert,
  remember,
  setText,
} from './composer.ts';

const draft = (text: string, cursor = text.length): Composer => ({ ...setText(emptyComposer, text), cursor });
const after = (composer: Composer, ...edits: Edit[]) => edits.reduce(edit, composer);
/** The draft with `|` where the cursor is. */
const shown = ({ text, cursor }: Composer) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;

it('inserts where the cursor is', () => {
  expect(shown(insert(draft('ab', 1), 'X'))).toBe('aX|b');
});

it.each<[Edit, string, number, string]>([
  ['move-left', 'ab', 2, 'a|b'],
  ['move-right', 'ab', 0, 'a|b'],
  ['move-home', 'one\ntwo', 6, 'one\n|two'],
  ['move-end', 'one\ntwo', 1, 'one|\ntwo'],
  ['move-word-left', 'free -m now', 11, 'free -m |now'],
  ['move-word-right', 'free -m', 0, 'free| -m'],
  ['delete-back', 'ab', 2, 'a|'],
  ['delete-back', 'ab', 0, '|ab'],
  ['delete-forward', 'ab', 0, '|b'],
  ['delete-word', 'free -m ', 8, 'free |'],
  ['delete-to-start', 'one\ntwo', 6, 'one\n|o'],
  ['delete-to-end', 'one\ntwo', 1, 'o|\ntwo'],
  ['newline', 'ab', 1, 'a\n|b'],
])('%s in %j at %i', (what, text, cursor, expected) => {
  expect(shown(edit(draft(text, cursor), what))).toBe(expected);
});

it('moves over a whole grapheme', () => {
  expect(shown(edit(draft('a👩‍💻'), 'move-left'))).toBe('a|👩‍💻');
  expect(edit(draft('a👩‍💻'), 'delete-back').text).toBe('a');
});

it('walks the history and comes back to the draft', () => {
  const sent = clear(clear(emptyComposer, 'first'), 'second');
  const typing = insert(sent, 'draft');
  expect(after(typing, 'history-back').text).toBe('second');
  expect(after(typing, 'history-back', 'history-back').text).toBe('first');
  expect(after(typing, 'history-back', 'history-back', 'history-back').text).toBe('first');
  expect(after(typing, 'history-back', 'history-back', 'history-forward', 'history-forward').text).toBe(
    'draft',
  );
});

it('moves between the lines of a draft before it walks the history', () => {
  const two = insert(clear(emptyComposer, 'sent'), 'one\ntwo');
  expect(shown(after(two, 'history-back'))).toBe('one|\ntwo');
  expect(after(two, 'history-back', 'history-back').text).toBe('sent');
  expect(shown(after({ ...two, cursor: 1 }, 'history-forward'))).toBe('one\nt|wo');
});

it('keeps one of two equal prompts in the history, and no empty one', () => {
  expect(clear(clear(clear(emptyComposer, 'a'), 'a'), '  ').history).toEqual(['a']);
});

it('remembers what others sent without touching the draft', () => {
  const typing = remember(draft('my draft'), 'their prompt');
  expect(typing.text).toBe('my draft');
  expect(edit(typing, 'history-back').text).toBe('their prompt');
});

it('knows a backslash at the very end', () => {
  expect(endsInBackslash(draft('a\\'))).toBe(true);
  expect(endsInBackslash(draft('a\\', 1))).toBe(false);
  expect(endsInBackslash(draft('a'))).toBe(false);
});

// The bound is far above what it takes, and far below what a quadratic search takes.
it('finds the word before the cursor behind a pasted wall of text at once', () => {
  expect(after(draft(`${'x'.repeat(400_000)} y`), 'delete-word').text).toHaveLength(400_001);
}, 20_000);
