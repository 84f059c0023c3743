import { expect, it } from 'vitest';
import { safeJson } from './safe-json.ts';

it('says the same as JSON does, with nothing that a terminal acts on', () => {
  const value = { 'k\u009b': '\u001b]0;x\u0007 \u202e\u200b\u{e0041} ä 👩🏽‍🚀\n\u2028', n: [1, null] };
  const json = safeJson(value);
  expect(JSON.parse(json)).toEqual(value);
  expect(json).toMatch(/^[^\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]*$/u);
  expect(json).toContain('ä');
});
