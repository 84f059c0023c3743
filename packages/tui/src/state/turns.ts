import { PROMPT_MAX_BYTES } from '@breakglass/shared';
import { safe } from '../text/sanitize.ts';
import type { Action } from './action.ts';
import { clear, edit, endsInBackslash, insert } from './composer.ts';
import { only, type Update } from './message.ts';
import { say } from './notice.ts';
import { type Armed, isCutOff, type Screen } from './screen.ts';
import { asLine, parseSubmission } from './slash.ts';

/** How long the second press of a pair is waited for. */
export const ARMED_MS = 3000;

/** Below so many columns the short words are used. */
const NARROW = 54;

/** The actions that a `/command` may stand for: those that don't arm. */
type Run = (screen: Screen, action: Exclude<Action, 'escape-turn' | 'interrupt'>) => Update<Screen>;

/** Enter in the prompt line: a new line after a backslash, else a command or a prompt. */
export function send(screen: Screen, run: Run): Update<Screen> {
  const { composer } = screen;
  if (endsInBackslash(composer)) {
    return only({ ...screen, composer: insert(edit(composer, 'delete-back'), '\n') });
  }
  const submission = parseSubmission(composer.text);
  switch (submission.type) {
    case 'nothing':
      return only(screen);
    case 'unknown':
      return only(say(screen, submission.why, 'warn'));
    case 'action': {
      const cleared = { ...screen, composer: clear(composer, composer.text) };
      const { action } = submission;
      return action === 'escape-turn' || action === 'interrupt' ? only(cleared) : run(cleared, action);
    }
    case 'prompt':
      return sendPrompt(screen, submission.text, true);
  }
}

/** @param fromDraft whether the draft is what is sent, and so to be cleared */
export function sendPrompt(screen: Screen, text: string, fromDraft = false): Update<Screen> {
  const { session, transcript, sending } = screen;
  const kept = fromDraft ? safe`, the draft is kept` : safe``;
  if (session === null) {
    return only(say(screen, safe`no session yet: not sent${kept} (^X p: power works without one)`, 'warn'));
  }
  if (isCutOff(screen)) return only(say(screen, safe`no link: not sent${kept}`, 'warn'));
  if (transcript.turn.running || sending !== null) {
    return only(say(screen, safe`a turn is running: not sent${kept} (Esc Esc cancels the turn)`, 'warn'));
  }
  if (Buffer.byteLength(text) > PROMPT_MAX_BYTES) {
    const most = safe`a prompt has at most ${PROMPT_MAX_BYTES / 1024} KiB`;
    return only(say(screen, safe`${most}: not sent${kept}`, 'warn'));
  }
  const composer = fromDraft ? clear(screen.composer, asLine(text)) : screen.composer;
  return {
    state: {
      ...screen,
      composer,
      sending: text,
      unsure: null,
      reading: false,
      viewport: { follow: true },
      seen: null,
    },
    effects: [{ type: 'prompt', session: session.id, text }],
  };
}

/** Escape: the second one within ARMED_MS cancels the turn. */
export function escapeTurn(screen: Screen): Update<Screen> {
  if (!isTurnRunning(screen)) return only({ ...screen, armed: null, notice: null });
  if (isCutOff(screen)) return cancelTurn({ ...screen, armed: null });
  if (isArmed(screen, 'cancel')) return cancelTurn({ ...screen, armed: null, notice: null });
  return only(arm(screen, 'cancel'));
}

/** Ctrl-C: clears a draft first; then it cancels the turn like Escape, or detaches, both on the second press. */
export function interrupt(screen: Screen): Update<Screen> {
  if (screen.composer.text !== '') {
    const composer = clear(screen.composer, screen.composer.text);
    return only(say({ ...screen, armed: null, composer }, safe`draft cleared; ↑ brings it back`));
  }
  if (isTurnRunning(screen)) return escapeTurn(screen);
  if (isArmed(screen, 'detach')) return { state: screen, effects: [{ type: 'exit' }] };
  return only(arm(screen, 'detach'));
}

export function cancelTurn(screen: Screen): Update<Screen> {
  if (isCutOff(screen)) {
    return only(say(screen, safe`no link: nothing was cancelled; a turn that runs goes on`, 'warn'));
  }
  if (screen.session === null || !isTurnRunning(screen)) return only(say(screen, safe`no turn is running`));
  return {
    state: say(screen, safe`cancelling the turn …`),
    effects: [{ type: 'cancel', session: screen.session.id }],
  };
}

function isTurnRunning({ transcript, sending }: Screen): boolean {
  return transcript.turn.running || sending !== null;
}

function isArmed({ armed, now }: Screen, what: Armed['what']): boolean {
  return armed !== null && armed.what === what && now < armed.until;
}

function arm(screen: Screen, what: Armed['what']): Screen {
  const armed = { ...screen, armed: { what, until: screen.now + ARMED_MS } };
  const narrow = screen.columns < NARROW;
  if (what === 'detach') {
    return say(
      armed,
      narrow ? safe`again: detach (ends nothing)` : safe`again within 3 s: detaches, ends nothing`,
      'warn',
    );
  }
  const words = narrow
    ? safe`again: cancel turn (VM stays)`
    : safe`again within 3 s: cancels the turn, not the VM`;
  return say(armed, words, 'warn');
}
