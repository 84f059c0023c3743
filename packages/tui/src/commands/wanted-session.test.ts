import type { SessionSummary } from '@breakglass/shared';
import { expect, it } from 'vitest';
import { createApi } from '../client/api.ts';
import { findWanted } from './wanted-session.ts';

const NOW = Date.parse('2026-11-22T03:00:00Z');
const HOUR = 3600 * 1000;
const session = (start: string, hoursAgo: number): SessionSummary => ({
  session_id: `${start}2a1c04-0000-4000-8000-000000000000`,
  title: `title ${start}`,
  created_at: new Date(NOW - hoursAgo * HOUR).toISOString(),
  last_event_at: null,
  last_event_id: -1,
  turn: 'idle',
  attached: 0,
});

/** What is found among these sessions; one that is made has the id `made`. */
async function find(sessions: SessionSummary[], wanted: { session?: string; fresh?: boolean }) {
  const api = createApi({ url: 'http://127.0.0.1:1', token: null, userAgent: 'test' });
  const daemon = { ...api, listSessions: async () => sessions, createSession: async () => 'made' };
  return findWanted(daemon, { session: wanted.session ?? null, fresh: wanted.fresh ?? false }, NOW);
}

it('takes the session that is named, by the beginning of its id', async () => {
  const sessions = [session('aa', 100), session('ab', 1)];
  expect(await find(sessions, { session: 'aa' })).toEqual({ id: sessions[0]?.session_id, title: 'title aa' });
});

it.each(['x', 'a'])('ends with an error where "%s" begins none or several', async (prefix) => {
  expect(await find([session('aa', 1), session('ab', 1)], { session: prefix })).toMatchObject({
    error: { message: expect.stringContaining(prefix) },
  });
});

it('takes a recent one, lets choose among old ones, and makes one where there is none', async () => {
  expect(await find([session('aa', 1)], {})).toMatchObject({ title: 'title aa' });
  expect(await find([session('aa', 100)], {})).toMatchObject({ sessions: [{ title: 'title aa' }] });
  expect(await find([], {})).toEqual({ id: 'made', title: null });
});

it('makes a new one where that is asked for', async () => {
  expect(await find([session('aa', 1)], { fresh: true })).toEqual({ id: 'made', title: null });
});
