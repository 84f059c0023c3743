import { expect, test } from 'vitest';
import { type Line, readLines } from './lines.ts';

async function* from(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function all(source: AsyncIterable<Uint8Array>, maxBytes?: number): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(source, maxBytes)) lines.push(line);
  return lines;
}

const line = (text: string): Line => ({ kind: 'line', text });

/** Cuts at places that a seeded generator (mulberry32) picks, so that a failure can be repeated. */
function cut(bytes: Uint8Array, seed: number): Uint8Array[] {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + Math.floor(random() * 6);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

test('chunked anywhere, the lines are the same', async () => {
  const texts = ['', 'plain', '{"a":"é€😀"}', 'cr\r', 'sep\u2028arator', '', 'x'.repeat(40), 'no end'];
  const bytes = Buffer.from(texts.join('\n'));
  for (let seed = 0; seed < 300; seed += 1) {
    expect(await all(from(...cut(bytes, seed))), `seed ${seed}`).toEqual(texts.map(line));
  }
});

test('an empty rest after the last LF is no line', async () => {
  expect(await all(from(Buffer.from('a\n\n')))).toEqual([line('a'), line('')]);
  expect(await all(from())).toEqual([]);
});

test('bytes that are not UTF-8 become replacement characters', async () => {
  expect(await all(from(Buffer.from([0x61, 0xff, 0x0a])))).toEqual([line('a\uFFFD')]);
});

test('a line over the bound is counted and dropped; the next one is whole', async () => {
  const bytes = Buffer.from(`1234\n12345\n${'x'.repeat(20)}\nend`);
  for (let seed = 0; seed < 50; seed += 1) {
    expect(await all(from(...cut(bytes, seed)), 4), `seed ${seed}`).toEqual([
      line('1234'),
      { kind: 'too-long', bytes: 5 },
      { kind: 'too-long', bytes: 20 },
      line('end'),
    ]);
  }
});
