import type { SessionSummary } from '@breakglass/shared';
import { expect, it } from 'vitest';
import { chooseSession, matchSession } from './session-choice.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 60 * 60 * 1000;

function session(id: string, hoursAgo: number, turn: SessionSummary['turn'] = 'idle'): SessionSummary {
  return {
    session_id: id,
    title: null,
    created_at: '2026-01-01T00:00:00Z',
    last_event_at: new Date(NOW - hoursAgo * HOUR).toISOString(),
    last_event_id: 1,
    turn,
    attached: 0,
  };
}

const choose = (...sessions: SessionSummary[]) => chooseSession(sessions, NOW)?.session_id ?? null;

it('takes the session with a running turn before all, the last used of several', () => {
  expect(choose(session('a', 1), session('b', 40, 'running'), session('c', 30, 'running'))).toBe('c');
});

it('takes the last used within twelve hours, in whatever order they come', () => {
  expect(choose(session('a', 11), session('b', 2), session('c', 5))).toBe('b');
  expect(choose(session('a', 12))).toBe('a');
});

it('takes none that was left long ago', () => {
  expect(choose(session('a', 13))).toBeNull();
  expect(choose()).toBeNull();
});

it('counts the making of a session as its use', () => {
  const fresh = { ...session('a', 0), created_at: new Date(NOW - HOUR).toISOString(), last_event_at: null };
  expect(choose(fresh)).toBe('a');
});

it('finds a session by the beginning of its id, if only one has it', () => {
  const sessions = [session('3f2a1c', 0), session('3f9000', 0), session('77aa00', 0)];
  expect(matchSession(sessions, '3F2')).toMatchObject({ found: { session_id: '3f2a1c' } });
  expect(matchSession(sessions, '3f')).toMatchObject({ found: null, candidates: { length: 2 } });
  expect(matchSession(sessions, 'x')).toEqual({ found: null, candidates: [] });
});

it('takes an empty beginning for no session, not for the only one', () => {
  expect(matchSession([session('a', 1)], '')).toEqual({ found: null, candidates: [] });
});
