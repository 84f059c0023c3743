import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { borderOf, glyphs, lookOf } from './theme.ts';

const full = { color: true, unicode: true };

it('has no colour where none is wanted, but keeps weight', () => {
  const plain = { color: false, unicode: true };
  for (const style of ['good', 'warn', 'bad', 'accent', 'code', 'heading', 'dim'] as const) {
    expect(lookOf(style, plain)).not.toHaveProperty('color');
    expect(lookOf(style, plain)).not.toHaveProperty('dimColor');
  }
  expect(lookOf('key', plain)).toEqual({ bold: true });
  expect(borderOf(true, plain)).not.toHaveProperty('borderColor');
});

it('tells a dangerous border apart, also without colour', () => {
  expect(borderOf(true, full)).toMatchObject({ borderColor: 'red' });
  expect(borderOf(true, { color: false, unicode: true })).not.toEqual(
    borderOf(false, { color: false, unicode: true }),
  );
});

it('replaces its signs by plain ones of the same width', () => {
  const signs = '❯▸✓✗■⏻●○•·│─…↑↓';
  expect(glyphs(signs, full)).toBe(signs);
  expect(glyphs(signs, { ...full, unicode: false })).toMatch(/^[ -~]+$/);
  for (const sign of signs) expect(stringWidth(glyphs(sign, { ...full, unicode: false }))).toBe(1);
});
