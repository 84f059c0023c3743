import type { Api } from '../client/api.ts';
import { CommandError } from '../exit.ts';
import type { Wanted } from '../state/message.ts';
import type { Found } from '../ui/use-effects.ts';
import { findSession } from './find-session.ts';
import { chooseSession } from './session-choice.ts';

/**
 * The session that `attach` is about: the one that is named, a new one, the one that is most likely meant, or else
 * those to choose from. Where there is none at all, one is made.
 * @param now milliseconds since the epoch
 */
export async function findWanted(api: Api, wanted: Wanted, now: number): Promise<Found> {
  if (wanted.fresh) return { id: await api.createSession(), title: null };
  if (wanted.session !== null) return findNamed(api, wanted.session);
  const sessions = await api.listSessions();
  const chosen = chooseSession(sessions, now);
  if (chosen !== null) return { id: chosen.session_id, title: chosen.title };
  return sessions.length > 0 ? { sessions } : { id: await api.createSession(), title: null };
}

async function findNamed(api: Api, prefix: string): Promise<Found> {
  try {
    const { session_id: id, title } = await findSession(api, prefix);
    return { id, title };
  } catch (error) {
    if (error instanceof CommandError) return { error };
    throw error;
  }
}
