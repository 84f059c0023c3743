import type { SessionSummary } from '@breakglass/shared';

/** How long ago a session may have been used last to be the one that is meant. */
const RECENT_MS = 12 * 60 * 60 * 1000;

/**
 * The session that is meant where none is named: the one with a running turn, else the last one used within
 * 12 hours. Null where there is none: `attach` then makes a new one or lets choose.
 * @param now milliseconds since the epoch
 */
export function chooseSession(sessions: readonly SessionSummary[], now: number): SessionSummary | null {
  const byUse = sessions.toSorted((a, b) => lastUse(b) - lastUse(a));
  const running = byUse.find((session) => session.turn === 'running');
  const recent = byUse.find((session) => now - lastUse(session) <= RECENT_MS);
  return running ?? recent ?? null;
}

/** Who a beginning of an id means: one session, or none, because none or several have it. */
export type Match = { found: SessionSummary } | { found: null; candidates: readonly SessionSummary[] };

export function matchSession(sessions: readonly SessionSummary[], prefix: string): Match {
  const wanted = prefix.toLowerCase();
  // An unset variable of a script means no session, not the only one there is.
  if (wanted === '') return { found: null, candidates: [] };
  const candidates = sessions.filter(({ session_id: id }) => id.toLowerCase().startsWith(wanted));
  const [only, ...others] = candidates;
  return only && others.length === 0 ? { found: only } : { found: null, candidates };
}

function lastUse(session: SessionSummary): number {
  return Date.parse(session.last_event_at ?? session.created_at);
}
