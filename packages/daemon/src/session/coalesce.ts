import { setTimeout as sleep } from 'node:timers/promises';
import type { EventBody } from '@breakglass/shared';

const BATCH_MAX = 256;

/**
 * Gathers events that arrive within `windowMs` of the first into one batch, in order, and joins adjacent
 * `text` deltas of a batch into one event: streaming feels live and the log stays small.
 */
export async function* coalesce(
  source: AsyncIterable<EventBody>,
  windowMs: number,
): AsyncGenerator<EventBody[], void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = pull(iterator);
    for (;;) {
      const first = await next;
      if (first.done) return;
      const batch = [first.value];
      next = pull(iterator);
      const closed = new AbortController();
      const window = sleep(windowMs, 'closed' as const, { signal: closed.signal }).catch(
        () => 'closed' as const,
      );
      let ended = false;
      while (!ended && batch.length < BATCH_MAX) {
        const item = await Promise.race([next, window]);
        if (item === 'closed') break;
        if (item.done) ended = true;
        else {
          batch.push(item.value);
          next = pull(iterator);
        }
      }
      closed.abort();
      yield joinText(batch);
      if (ended) return;
    }
  } finally {
    await iterator.return?.();
  }
}

/** The next item. Marked as handled, because its failure may come while nobody awaits it yet. */
function pull(iterator: AsyncIterator<EventBody>): Promise<IteratorResult<EventBody>> {
  const next = iterator.next();
  next.catch(() => undefined);
  return next;
}

/** Joins runs of `text` events. Pure. */
export function joinText(batch: readonly EventBody[]): EventBody[] {
  const joined: EventBody[] = [];
  for (const body of batch) {
    const last = joined.at(-1);
    if (body.kind === 'text' && last?.kind === 'text') {
      joined[joined.length - 1] = { kind: 'text', text: last.text + body.text };
    } else {
      joined.push(body);
    }
  }
  return joined;
}
