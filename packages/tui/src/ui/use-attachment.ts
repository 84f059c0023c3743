import { useEffect } from 'react';
import type { Api } from '../client/api.ts';
import { type AttachSignal, attach, type Link } from '../client/attach.ts';
import type { Clock } from '../client/clock.ts';
import type { Change, LinkState } from '../state/message.ts';
import type { Screen } from '../state/screen.ts';
import type { Store } from '../state/store.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** Live events are gathered for a frame, those of a replay until the first paint is due. */
const FRAME_MS = 24;
const REPLAY_MS = 150;

/** Joins the world to the store: follows the session as long as it is the screen's. */
export function useAttachment(store: Store<Screen>, api: Api, clock: Clock, sessionId: string | null): void {
  useEffect(() => {
    if (sessionId === null) return;
    const left = new AbortController();
    void follow(store, api, clock, sessionId, left.signal);
    return () => left.abort();
  }, [store, api, clock, sessionId]);
}

async function follow(store: Store<Screen>, api: Api, clock: Clock, sessionId: string, signal: AbortSignal) {
  let gathered: Change[] = [];
  let timer: NodeJS.Timeout | undefined;
  let wait = REPLAY_MS;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const changes = gathered;
    gathered = [];
    if (changes.length > 0 && !signal.aborted)
      store.dispatch({ type: 'attached', changes, now: clock.now() });
  };
  try {
    for await (const reported of attach(api, sessionId, { signal, clock })) {
      gathered.push(changeOf(reported));
      if (reported.type === 'link') wait = reported.link.state === 'replaying' ? REPLAY_MS : FRAME_MS;
      if (reported.type === 'caught-up') flush();
      else timer ??= setTimeout(flush, wait);
    }
  } catch (error) {
    const why = sanitizeLine(error instanceof Error ? error.message : String(error));
    gathered.push({ type: 'link', link: { state: 'refused', why } });
  }
  flush();
}

function changeOf(reported: AttachSignal): Change {
  return reported.type === 'link' ? { type: 'link', link: linkOf(reported.link) } : reported;
}

function linkOf(link: Link): LinkState {
  if (link.state === 'waiting') return { ...link, why: sanitizeLine(link.why) };
  if (link.state !== 'refused') return link;
  const { message, hint } = link.error;
  return { state: 'refused', why: sanitizeLine(hint === '' ? message : `${message}: ${hint}`) };
}
