import { expect, test } from 'vitest';
import { boundInput, boundOutput, OUTPUT_MAX_BYTES } from './bounded-output.ts';

test('what fits is left alone, up to the last byte', () => {
  expect(boundOutput('')).toEqual({ output: '', bytes: 0, truncated: false });
  const full = 'x'.repeat(OUTPUT_MAX_BYTES);
  expect(boundOutput(full)).toEqual({ output: full, bytes: OUTPUT_MAX_BYTES, truncated: false });
});

test('head and tail are kept, the middle is counted', () => {
  const { output, bytes, truncated } = boundOutput(`begin${'x'.repeat(100)}end`, 20);
  expect(output).toBe(`beginxxxxx\n… 88 bytes left out …\nxxxxxxxend`);
  expect([bytes, truncated]).toEqual([108, true]);
});

test('no character is cut, wherever the bound falls', () => {
  const text = 'aé€😀'.repeat(50);
  for (let max = 8; max < 60; max += 1) expect(boundOutput(text, max).output).not.toContain('\uFFFD');
});

test('an input that is too long keeps the ends of its JSON; another stays what it is', () => {
  const input = { command: 'ssh devvm uptime' };
  expect(boundInput(input)).toBe(input);
  expect(boundInput(undefined)).toBeUndefined();
  const bound = boundInput({ command: 'x'.repeat(OUTPUT_MAX_BYTES) });
  expect(bound).toEqual({
    truncated: expect.stringMatching(/^\{"command":"xxx[\s\S]*bytes left out[\s\S]*x"\}$/),
  });
});
