import type { SessionSummary } from '@breakglass/shared';
import type { Api } from '../client/api.ts';
import { CommandError, EXIT } from '../exit.ts';
import { chooseSession, matchSession } from './session-choice.ts';

/** How many sessions a message names. */
const NAMED_MAX = 5;

/** The session of this id or beginning of one. @throws CommandError where there is none or several */
export async function findSession(api: Api, prefix: string): Promise<SessionSummary> {
  const match = matchSession(await api.listSessions(), prefix);
  if (match.found !== null) return match.found;
  const { candidates } = match;
  if (candidates.length === 0) {
    throw new CommandError(
      EXIT.failed,
      `there is no session "${prefix}"`,
      '`breakglass ls` lists the sessions',
    );
  }
  throw new CommandError(
    EXIT.usage,
    `"${prefix}" begins the ids of ${candidates.length} sessions`,
    nameThem(candidates),
  );
}

/** The session that is meant where none is named. @throws CommandError where there is none */
export async function findUsualSession(api: Api): Promise<SessionSummary> {
  const session = chooseSession(await api.listSessions(), Date.now());
  if (session !== null) return session;
  throw new CommandError(
    EXIT.failed,
    'no session is running or was used within 12 hours',
    'name one: `breakglass ls` lists the sessions',
  );
}

/** The session with a running turn; null where there is none. @throws CommandError where there are several */
export async function findRunningSession(api: Api): Promise<SessionSummary | null> {
  const running = (await api.listSessions()).filter((session) => session.turn === 'running');
  if (running.length > 1) {
    throw new CommandError(
      EXIT.usage,
      `${running.length} sessions have a running turn: name one`,
      nameThem(running),
    );
  }
  return running[0] ?? null;
}

/** The beginning of an id that people are shown, and may type. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

function nameThem(sessions: readonly SessionSummary[]): string {
  const named = sessions
    .slice(0, NAMED_MAX)
    .map(({ session_id: id, title }) => `${shortId(id)} ${title === null ? '' : `(${title})`}`);
  return [...named, ...(sessions.length > NAMED_MAX ? ['…'] : [])].join(', ');
}
