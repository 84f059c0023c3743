import type { Clock } from './clock.ts';

/** A peer that keeps a connection open and sends nothing, not even a keep-alive. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

/** Passes chunks on, and throws `Silence` where none comes for `limitMs`. */
export async function* withSilenceLimit<T>(
  source: AsyncIterable<T>,
  limitMs: number,
  clock: Clock,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await nextWithin(iterator, limitMs, clock);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a read that never ends would hold the end of the source up, too.
    iterator.return?.().catch(() => undefined);
  }
}

async function nextWithin<T>(
  iterator: AsyncIterator<T>,
  limitMs: number,
  clock: Clock,
): Promise<IteratorResult<T>> {
  const timer = new AbortController();
  const chunk = iterator.next();
  const silence = clock.sleep(limitMs, timer.signal).then(() => {
    throw new Silence(`no sign of life for ${Math.round(limitMs / 1000)} s`);
  });
  // The loser of the race must not end as an unhandled rejection.
  silence.catch(() => undefined);
  chunk.catch(() => undefined);
  try {
    return await Promise.race([chunk, silence]);
  } finally {
    timer.abort();
  }
}
