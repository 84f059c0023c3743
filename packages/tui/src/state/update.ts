import { PROMPT_MAX_BYTES } from '@breakglass/shared';
import { safe, sanitize } from '../text/sanitize.ts';
import { perform } from './actions.ts';
import { applyChanges } from './attached.ts';
import { insert, setText } from './composer.ts';
import { answerConfirmation, noteJob, notePaint } from './confirming.ts';
import { type Input, type Message, only, type Update } from './message.ts';
import { say, sayFailure } from './notice.ts';
import { focusOf, type Screen } from './screen.ts';
import { noteOpening, openAgain } from './sessions.ts';
import { asLine } from './slash.ts';

/** What a message makes of the screen, and what it asks of the world. Pure: all I/O is an effect. */
export function update(screen: Screen, message: Message): Update<Screen> {
  switch (message.type) {
    case 'started':
      return openAgain(screen);
    case 'tick':
      return tick({ ...screen, now: message.now });
    case 'resized':
      return only({ ...screen, columns: message.columns, rows: message.rows });
    case 'action':
    case 'typed':
    case 'pasted':
    case 'unbound':
      return takeInput({ ...screen, now: message.now }, message);
    case 'confirm-painted':
      return only(notePaint(screen, message.now));
    case 'attached':
      return only(applyChanges({ ...screen, now: message.now }, message.changes));
    case 'opened':
    case 'open-failed':
    case 'no-session':
    case 'sessions':
      return noteOpening(screen, message);
    case 'targets':
      return only({ ...screen, targets: message.targets });
    case 'vm':
      return only({ ...screen, vm: message.vm });
    case 'prompt-refused':
      return only(takeBackPrompt(screen, message));
    case 'cancel-answered':
      return only(
        say(screen, message.cancelled ? safe`the turn is being cancelled` : safe`no turn was running`),
      );
    case 'failed':
      return only(sayFailure(withoutEmptyPicker(screen), message.failure));
    case 'job-output':
    case 'job-ended':
    case 'job-failed':
      return only(noteJob(screen, message));
  }
}

function takeInput(screen: Screen, input: Input): Update<Screen> {
  if (screen.confirmation !== null) return answerConfirmation(screen, screen.confirmation, input);
  if (input.type === 'action') return perform({ ...screen, leader: false }, input.action);
  const calm: Screen = { ...screen, leader: false, armed: null, notice: null };
  if (input.type === 'pasted') return only(paste(calm, input.text));
  if (screen.leader) return only(say(calm, safe`that key means nothing after ^X; ^X ? shows what does`));
  if (input.type === 'unbound' || focusOf(screen) !== 'prompt') return only(calm);
  return only({ ...calm, composer: insert(calm.composer, sanitize(input.text)) });
}

/** Room to cut a paste down to what a prompt may have. Each key lays all of the draft out. In code units. */
const DRAFT_MAX = 4 * PROMPT_MAX_BYTES;

/** A paste never sends: its line breaks become new lines of the draft. */
function paste(screen: Screen, text: string): Screen {
  if (focusOf(screen) !== 'prompt')
    return say(screen, safe`paste ignored: go back to the prompt first`, 'warn');
  const clean = sanitize(text.replace(/\r\n?/g, '\n'));
  if (screen.composer.text.length + clean.length > DRAFT_MAX) {
    const limit = safe`a prompt has at most ${PROMPT_MAX_BYTES / 1024} KiB`;
    return say(screen, safe`paste ignored: ${limit}; the agent can read files itself`, 'warn');
  }
  return { ...screen, composer: insert(screen.composer, clean) };
}

/** The daemon did not take the prompt, or nobody knows whether it did: nothing typed is lost. */
function takeBackPrompt(
  screen: Screen,
  { text, failure, unsure }: Extract<Message, { type: 'prompt-refused' }>,
): Screen {
  // Its turn may begin before the answer is given up.
  if (unsure && screen.sending !== text) return screen;
  const empty = screen.composer.text === '';
  const composer = empty ? setText(screen.composer, asLine(text)) : screen.composer;
  const back = { ...screen, composer, sending: null };
  if (!unsure) return sayFailure(back, failure);
  return say(
    { ...back, unsure: text },
    safe`it may have been sent: look before you send again (${failure.why})`,
    'bad',
  );
}

/** A picker that still waits for its sessions has nothing to show once a call failed. */
function withoutEmptyPicker(screen: Screen): Screen {
  const waits = screen.dialog?.type === 'picker' && screen.dialog.sessions === null;
  return waits ? { ...screen, dialog: null } : screen;
}

function tick(screen: Screen): Update<Screen> {
  const { armed, failure, now } = screen;
  const state = armed !== null && now >= armed.until ? { ...screen, armed: null, notice: null } : screen;
  const due = failure !== null && failure.retryAt !== null && now >= failure.retryAt;
  return due ? openAgain(state) : only(state);
}
