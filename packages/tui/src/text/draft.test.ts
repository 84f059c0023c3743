import { expect, it } from 'vitest';
import { layoutDraft, windowOf } from './draft.ts';

it.each([
  ['', 0, [''], { row: 0, column: 0 }],
  ['abc', 1, ['abc'], { row: 0, column: 1 }],
  ['abc', 3, ['abc'], { row: 0, column: 3 }],
  ['abcdef', 6, ['abcd', 'ef'], { row: 1, column: 2 }],
  ['abcdef', 4, ['abcd', 'ef'], { row: 1, column: 0 }],
  ['ab\ncd', 2, ['ab', 'cd'], { row: 0, column: 2 }],
  ['ab\n', 3, ['ab', ''], { row: 1, column: 0 }],
  ['日本語', 3, ['日本', '語'], { row: 1, column: 2 }],
])('puts the cursor of %j at %i', (text, at, rows, cursor) => {
  expect(layoutDraft(text, at, 4)).toEqual({ rows, cursor });
});

it('shows the rows around the cursor', () => {
  const draft = layoutDraft('a\nb\nc\nd\ne', 8, 10);
  expect(windowOf(draft, 3)).toEqual({ rows: ['c', 'd', 'e'], cursor: { row: 2, column: 0 } });
  expect(windowOf(layoutDraft('a\nb\nc\nd\ne', 0, 10), 3)).toEqual({
    rows: ['a', 'b', 'c'],
    cursor: { row: 0, column: 0 },
  });
});
