import { findPreset, type PresetName } from '@breakglass/shared';
import { safe, sanitize } from '../text/sanitize.ts';
import type { Action } from './action.ts';
import { edit, setText } from './composer.ts';
import { askFor, runVerb } from './confirming.ts';
import { only, type Update } from './message.ts';
import { sayOfJob } from './notice.ts';
import type { Dialog, Screen } from './screen.ts';
import { scrollBy, startReading, toEnd, toggleUnfolded, toTop } from './scrolling.ts';
import { acceptSelection, createSession, openPicker, retry, select } from './sessions.ts';
import { complete } from './slash.ts';
import { cancelTurn, escapeTurn, interrupt, send, sendPrompt } from './turns.ts';

/** All but those that arm: they keep what is armed. */
type CalmAction = Exclude<Action, 'escape-turn' | 'interrupt'>;

/** What an action makes of the screen. Any action but the arming ones disarms. */
export function perform(screen: Screen, action: Action): Update<Screen> {
  if (action === 'escape-turn') return escapeTurn(screen);
  if (action === 'interrupt') return interrupt(screen);
  return performCalm({ ...screen, armed: null, notice: null }, action);
}

function performCalm(screen: Screen, action: CalmAction): Update<Screen> {
  switch (action) {
    case 'confirm-cycle':
    case 'confirm-reset':
    case 'confirm-start':
    case 'confirm-stop':
      return askFor(screen, verbOf(action));
    case 'run-status':
    case 'run-forensics':
      return runVerb(openDialog(screen, PANEL), action === 'run-status' ? 'status' : 'forensics');
    case 'preset-triage':
    case 'preset-memory':
    case 'preset-disk':
    case 'preset-services':
    case 'preset-qemu':
      return sendPreset(screen, presetOf(action));
    case 'open-panel':
      return { state: openDialog(screen, PANEL), effects: [{ type: 'look-at-vm' }] };
    case 'open-help':
      return only(openDialog(screen, { type: 'help', scroll: 0 }));
    case 'open-picker':
      return openPicker(screen);
    case 'new-session':
      return createSession(screen);
    case 'accept':
      return acceptSelection(screen);
    case 'retry':
      return retry(screen);
    case 'detach':
      return { state: screen, effects: [{ type: 'exit' }] };
    case 'redraw':
    case 'suspend':
      return { state: screen, effects: [{ type: action }] };
    case 'leader':
      return only({ ...screen, leader: true });
    case 'send':
      return send(screen, performCalm);
    case 'cancel-turn':
      return cancelTurn(screen);
    case 'complete':
      return only({ ...screen, composer: setText(screen.composer, complete(screen.composer.text)) });
    case 'back':
      return only(back(screen));
    case 'yes':
    case 'no':
      return only(screen);
    default:
      return only(
        isMove(action) ? move(screen, action) : { ...screen, composer: edit(screen.composer, action) },
      );
  }
}

/** Actions that only change what is seen of what is there. */
const MOVES = [
  'read',
  'line-up',
  'line-down',
  'page-up',
  'page-down',
  'top',
  'follow',
  'unfold',
  'unfold-all',
  'times',
  'select-up',
  'select-down',
] as const satisfies readonly Action[];
type Move = (typeof MOVES)[number];

function isMove(action: Action): action is Move {
  return (MOVES as readonly Action[]).includes(action);
}

function move(screen: Screen, action: Move): Screen {
  switch (action) {
    case 'read':
      return startReading({ ...screen, dialog: null });
    case 'line-up':
      return scrollBy(screen, 'line', -1);
    case 'line-down':
      return scrollBy(screen, 'line', 1);
    case 'page-up':
      return scrollBy(screen, 'page', -1);
    case 'page-down':
      return scrollBy(screen, 'page', 1);
    case 'top':
      return toTop(screen);
    case 'follow':
      return toEnd(screen);
    case 'unfold':
      return toggleUnfolded(screen);
    case 'unfold-all':
      return { ...screen, unfoldAll: !screen.unfoldAll, unfolded: new Set() };
    case 'times':
      return { ...screen, times: !screen.times };
    case 'select-up':
      return select(screen, -1);
    case 'select-down':
      return select(screen, 1);
  }
}

const PANEL: Dialog = { type: 'panel', scroll: 0 };

function openDialog(screen: Screen, dialog: Dialog): Screen {
  return screen.dialog?.type === dialog.type ? screen : { ...screen, dialog };
}

/** Closes what is in front: a dialog, or reading. A job that runs goes on, and the operator is told. */
function back(screen: Screen): Screen {
  const { dialog, job } = screen;
  if (dialog === null) return toEnd({ ...screen, reading: false });
  const closed = { ...screen, dialog: null };
  if (dialog.type !== 'panel' || job === null || job.ending !== null) return closed;
  return sayOfJob(closed, safe`${sanitize(job.verb)} goes on; ^X p shows it`);
}

function sendPreset(screen: Screen, name: PresetName): Update<Screen> {
  const preset = findPreset(name);
  return preset === undefined ? only(screen) : sendPrompt({ ...screen, dialog: null }, preset.prompt);
}

function verbOf<Verb extends string>(action: `confirm-${Verb}`): Verb {
  return action.slice('confirm-'.length) as Verb;
}

function presetOf(action: `preset-${PresetName}`): PresetName {
  return action.slice('preset-'.length) as PresetName;
}
