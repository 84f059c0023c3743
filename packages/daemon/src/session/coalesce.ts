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
      if (first.type === 'end') return;
      if (first.type === 'failure') throw first.error;
      const batch = [first.body];
      const closed = new AbortController();
      const window = sleep(windowMs, CLOSED, { signal: closed.signal }).catch(() => CLOSED);
      next = pull(iterator);
      while (batch.length < BATCH_MAX) {
        const item = await Promise.race([next, window]);
        // The end and a failure wait for the next round: what came before them goes first.
        if (item.type !== 'body') break;
        batch.push(item.body);
        next = pull(iterator);
      }
      closed.abort();
      yield joinText(batch);
    }
  } finally {
    await iterator.return?.();
  }
}

const CLOSED = { type: 'closed' } as const;

type Pulled = { type: 'body'; body: EventBody } | { type: 'end' } | { type: 'failure'; error: unknown };

/** The next item. Its failure is a value: it may come while nobody awaits it yet. */
async function pull(iterator: AsyncIterator<EventBody>): Promise<Pulled> {
  try {
    const { done, value } = await iterator.next();
    return done ? { type: 'end' } : { type: 'body', body: value };
  } catch (error) {
    return { type: 'failure', error };
  }
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
