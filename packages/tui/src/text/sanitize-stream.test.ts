import { expect, it } from 'vitest';
import { sanitize } from './sanitize.ts';
import { sanitizePiece } from './sanitize-stream.ts';

const ESC = '\u001b';

it('shows the same text wherever it is cut in two', () => {
  const raw = `one\r\ntwo ${ESC}[1;31mred${ESC}[0m ${ESC}]8;;http://x${ESC}\\link${ESC}]8;;\u0007 👩 end`;
  for (let cut = 0; cut <= raw.length; cut++) {
    const first = sanitizePiece('', raw.slice(0, cut));
    const second = sanitizePiece(first.held, raw.slice(cut));
    expect(first.text + second.text, `cut at ${cut}`).toBe(sanitize(raw));
    expect(second.held).toBe('');
  }
});

it('holds no more than a sequence can need', () => {
  const piece = sanitizePiece('', `${ESC}]0;${'x'.repeat(10_000)}`);
  expect(piece.held).toBe('');
  expect(sanitizePiece('', `shown ${ESC}[3`)).toEqual({ text: 'shown ', held: `${ESC}[3` });
});
