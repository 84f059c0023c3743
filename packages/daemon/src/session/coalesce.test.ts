import type { EventBody } from '@breakglass/shared';
import { describe, expect, it } from 'vitest';
import { coalesce, joinText } from './coalesce.ts';

const text = (value: string): EventBody => ({ kind: 'text', text: value });
const end: EventBody = { kind: 'turn_end' };

async function* of(...bodies: EventBody[]): AsyncGenerator<EventBody> {
  yield* bodies;
}

async function gather(batches: AsyncIterable<EventBody[]>): Promise<EventBody[][]> {
  const all: EventBody[][] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

describe('joinText', () => {
  it('joins neighbours and keeps the order', () => {
    expect(joinText([text('a'), text('b'), end, text('c'), text('d')])).toEqual([
      text('ab'),
      end,
      text('cd'),
    ]);
  });

  it('leaves its input alone', () => {
    const batch = [text('a'), text('b')];
    joinText(batch);
    expect(batch).toEqual([text('a'), text('b')]);
  });
});

describe('coalesce', () => {
  it('makes one batch of what arrives at once', async () => {
    expect(await gather(coalesce(of(text('a'), text('b'), end), 1000))).toEqual([[text('ab'), end]]);
  });

  it('lets a batch go when its window closes, though nothing more comes', async () => {
    const { promise: more, resolve } = Promise.withResolvers<void>();
    async function* source() {
      yield text('first');
      await more;
      yield text('second');
    }
    const batches = coalesce(source(), 5);
    expect((await batches.next()).value).toEqual([text('first')]);
    resolve();
    expect((await batches.next()).value).toEqual([text('second')]);
    expect((await batches.next()).done).toBe(true);
  });

  it('bounds a batch, and loses nothing of a flood', async () => {
    const flood = Array.from({ length: 1000 }, (): EventBody => end);
    const batches = await gather(coalesce(of(...flood), 1000));
    expect(batches.length).toBeGreaterThan(1);
    expect(batches.flat()).toHaveLength(1000);
  });

  it('passes on the failure of its source, after what came before it', async () => {
    async function* source() {
      yield text('said');
      throw new Error('broken');
    }
    const batches = coalesce(source(), 1000);
    expect((await batches.next()).value).toEqual([text('said')]);
    await expect(batches.next()).rejects.toThrow('broken');
  });

  it('ends its source when its reader leaves', async () => {
    let ended = false;
    async function* source() {
      try {
        for (;;) yield end;
      } finally {
        ended = true;
      }
    }
    for await (const _ of coalesce(source(), 5)) break;
    expect(ended).toBe(true);
  });
});
