import type { EventLog, Row } from './event-log.ts';

export type CursorItem =
  | { type: 'rows'; rows: readonly Row[] }
  /** All that stood in the log when the reader came has been yielded; what comes now is live. */
  | { type: 'caught-up' }
  /** The log is shorter than what the reader had: all of it follows, from the first event. */
  | { type: 'log-reset' };

const PAGE = 256;

/**
 * Reads a session's log from after an id, for ever: replay, one `caught-up`, then what is appended.
 * Holds one page, bounded in events and in size, and nothing else, however slow its reader is: it reads again only when asked.
 * @param after the last id that the reader has; -1 for none
 * @param follow false ends it at `caught-up`
 * @param signal ends it at once, without an error
 * @param lastCall ends it when all that stands in the log by then has been yielded
 */
export async function* cursor(
  log: EventLog,
  sessionId: string,
  {
    after,
    follow,
    signal,
    lastCall,
  }: { after: number; follow: boolean; signal: AbortSignal; lastCall?: AbortSignal },
): AsyncGenerator<CursorItem, void, undefined> {
  const woken = lastCall === undefined ? signal : AbortSignal.any([signal, lastCall]);
  let last = after;
  let caughtUp = false;
  const lastInLog = (await log.find(sessionId))?.last_event_id ?? -1;
  if (last > lastInLog) {
    last = -1;
    yield { type: 'log-reset' };
  }
  while (!signal.aborted) {
    using growth = log.growth(sessionId, woken);
    const rows = await log.read(sessionId, last, PAGE);
    last = rows.at(-1)?.id ?? last;
    if (rows.length > 0) yield { type: 'rows', rows };
    if (!caughtUp && (last >= lastInLog || rows.length === 0)) {
      caughtUp = true;
      yield { type: 'caught-up' };
      if (!follow) return;
    }
    // A page may be short because its events are long.
    if (rows.length > 0) continue;
    if (lastCall?.aborted) return;
    await growth.grown;
  }
}
