import { safe, sanitizeLine } from '../text/sanitize.ts';
import { type Message, only, type Update } from './message.ts';
import { say } from './notice.ts';
import type { Screen } from './screen.ts';
import { emptyTranscript } from './transcript.ts';
import { following } from './viewport.ts';

/** Which session is attached: the first one, the picker, a new one. */

export function noteOpening(
  screen: Screen,
  message: Extract<Message, { type: 'opened' | 'open-failed' | 'no-session' | 'sessions' }>,
): Update<Screen> {
  switch (message.type) {
    case 'opened':
      return only(openedScreen({ ...screen, opening: false }, message));
    case 'open-failed': {
      const failure = { ...message.failure, retryAt: message.retryAt };
      return only(failedOpening({ ...screen, opening: false }, failure));
    }
    case 'no-session':
      return only({
        ...screen,
        opening: false,
        failure: null,
        dialog: { type: 'picker', sessions: message.sessions, selected: 0 },
      });
    case 'sessions':
      return only(showSessions(screen, message.sessions));
  }
}

/**
 * The panel opens by itself, but once, and never under the fingers of somebody who types: its keys ask for power
 * verbs. Else the reason stands in the notice row.
 */
function failedOpening(screen: Screen, failure: NonNullable<Screen['failure']>): Screen {
  const failed = { ...screen, failure };
  if (screen.dialog !== null) return failed;
  if (screen.failure === null && screen.composer.text === '') {
    return { ...failed, dialog: { type: 'panel', scroll: 0 } };
  }
  return say(failed, safe`no session: ${failure.why}; ^X p: the power panel works without one`, 'bad');
}

export function openPicker(screen: Screen): Update<Screen> {
  const dialog = { type: 'picker', sessions: null, selected: 0 } as const;
  return { state: { ...screen, dialog }, effects: [{ type: 'list-sessions' }] };
}

/** Row 0 of the picker is "new session". */
export function select(screen: Screen, delta: number): Screen {
  const { dialog } = screen;
  if (dialog?.type !== 'picker' || dialog.sessions === null) return screen;
  const selected = Math.min(dialog.sessions.length, Math.max(0, dialog.selected + delta));
  return { ...screen, dialog: { ...dialog, selected } };
}

export function acceptSelection(screen: Screen): Update<Screen> {
  const { dialog } = screen;
  if (dialog?.type !== 'picker' || dialog.sessions === null) return only(screen);
  if (dialog.selected === 0) return createSession(screen);
  const chosen = dialog.sessions[dialog.selected - 1];
  if (chosen === undefined) return only(screen);
  const title = chosen.title === null ? null : sanitizeLine(chosen.title);
  return only(openedScreen(screen, { id: chosen.session_id, title }));
}

export function createSession(screen: Screen): Update<Screen> {
  return { state: say(screen, safe`making a new session …`), effects: [{ type: 'create-session' }] };
}

export function retry(screen: Screen): Update<Screen> {
  if (screen.failure === null) return only(screen);
  return openAgain(say(screen, safe`trying again …`));
}

/** Looks for the session that is wanted, and may make one: never twice at a time. */
export function openAgain(screen: Screen): Update<Screen> {
  if (screen.opening) return only(screen);
  const failure = screen.failure === null ? null : { ...screen.failure, retryAt: null };
  return {
    state: { ...screen, opening: true, failure },
    effects: [{ type: 'open', wanted: screen.wanted }, { type: 'look-at-vm' }],
  };
}

/** Another session starts with an empty transcript; the draft is kept, the history of prompts too. */
function openedScreen(screen: Screen, session: NonNullable<Screen['session']>): Screen {
  const forPower = screen.job !== null || screen.confirmation !== null;
  const dialog = forPower && screen.dialog?.type === 'panel' ? screen.dialog : null;
  const same = screen.session?.id === session.id;
  if (same) return { ...screen, dialog, notice: null, failure: null };
  return {
    ...screen,
    session: { id: session.id, title: session.title },
    failure: null,
    dialog,
    notice: null,
    transcript: emptyTranscript,
    link: { state: 'connecting' },
    lostAt: null,
    unsure: null,
    presence: null,
    sending: null,
    reading: false,
    viewport: following,
    seen: null,
    unfolded: new Set(),
  };
}

function showSessions(screen: Screen, sessions: Extract<Message, { type: 'sessions' }>['sessions']): Screen {
  const { dialog } = screen;
  if (dialog?.type !== 'picker') return screen;
  const current = sessions.findIndex(({ session_id }) => session_id === screen.session?.id);
  return { ...screen, dialog: { ...dialog, sessions, selected: current + 1 } };
}
