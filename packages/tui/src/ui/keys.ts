import type { Action, Focus } from '../state/action.ts';

/**
 * The one table of keys. The matcher, the footer and the help all read it. Never bound: Alt, Ctrl-B, Ctrl-S,
 * Ctrl-Q, Ctrl-\, Ctrl-^, Ctrl-] (tmux, screen, flow control, telnet, mosh). Function keys arrive as the
 * leader chords they stand for (see function-keys.ts).
 */

/** `leader`: after the leader key. `anywhere`: any focus but a confirmation. `empty`: the prompt line is empty. */
export type Where = Focus | 'anywhere' | 'leader' | 'empty';

export interface Binding {
  action: Action;
  where: Where;
  /** Names as key-press.ts makes them; the first one is shown. */
  keys: readonly string[];
  /** One line of the help; empty for what every keyboard does. */
  help: string;
  /** A word or two for the footer, after the key (a `/` or `:` in it: alone); absent: not shown there. */
  hint?: string;
  /** Shown in the footer of the prompt also before the leader was pressed. */
  pinned?: boolean;
}

export const LEADER = 'ctrl+x';

export const BINDINGS: readonly Binding[] = [
  { where: 'leader', action: 'confirm-cycle', keys: ['c'], help: 'cycle the VM (asks first)', hint: 'cycle' },
  { where: 'leader', action: 'confirm-reset', keys: ['r'], help: 'reset the VM (asks first)', hint: 'reset' },
  { where: 'leader', action: 'confirm-stop', keys: ['s'], help: 'stop the VM (asks first)', hint: 'stop VM' },
  { where: 'leader', action: 'confirm-start', keys: ['u'], help: 'start the VM (asks first)', hint: 'start' },
  { where: 'leader', action: 'open-panel', keys: ['p'], help: 'power panel', hint: 'power', pinned: true },
  {
    where: 'leader',
    action: 'preset-triage',
    keys: ['1'],
    help: 'preset: what is wrong? (F1)',
    hint: '1-5: presets',
  },
  { where: 'leader', action: 'preset-memory', keys: ['2'], help: 'preset: out of memory (F2)' },
  { where: 'leader', action: 'preset-disk', keys: ['3'], help: 'preset: disk full (F3)' },
  { where: 'leader', action: 'preset-services', keys: ['4'], help: 'preset: dead services (F4)' },
  { where: 'leader', action: 'preset-qemu', keys: ['5'], help: 'preset: wedged QEMU (F5)' },
  { where: 'leader', action: 'open-picker', keys: ['l'], help: 'sessions', hint: 'sessions' },
  { where: 'leader', action: 'new-session', keys: ['n'], help: 'new session', hint: 'new' },
  { where: 'leader', action: 'detach', keys: ['d'], help: 'detach; nothing is ended', hint: 'detach' },
  { where: 'leader', action: 'read', keys: ['['], help: 'read back' },
  { where: 'leader', action: 'open-help', keys: ['?'], help: 'this help', hint: 'help' },

  {
    where: 'anywhere',
    action: 'leader',
    keys: [LEADER],
    help: 'the leader: the next key is a command',
    hint: 'keys',
  },
  { where: 'anywhere', action: 'redraw', keys: ['ctrl+l'], help: 'redraw the screen' },
  { where: 'anywhere', action: 'suspend', keys: ['ctrl+z'], help: 'suspend; fg comes back' },

  { where: 'empty', action: 'open-help', keys: ['?'], help: 'this help', hint: 'help' },
  { where: 'empty', action: 'detach', keys: ['ctrl+d'], help: 'detach; nothing is ended', hint: 'detach' },

  { where: 'prompt', action: 'send', keys: ['enter'], help: 'send', hint: 'send' },
  { where: 'prompt', action: 'newline', keys: ['ctrl+j'], help: 'new line; also \\ Enter' },
  {
    where: 'prompt',
    action: 'escape-turn',
    keys: ['escape'],
    help: 'twice: cancel the turn; the VM stays',
    hint: 'Esc cancel turn',
  },
  {
    where: 'prompt',
    action: 'interrupt',
    keys: ['ctrl+c'],
    help: 'clear the draft; twice: cancel the turn, or detach',
  },
  { where: 'prompt', action: 'history-back', keys: ['up', 'ctrl+p'], help: 'earlier prompt' },
  { where: 'prompt', action: 'history-forward', keys: ['down', 'ctrl+n'], help: 'later prompt' },
  { where: 'prompt', action: 'complete', keys: ['tab'], help: 'complete a /command' },
  { where: 'prompt', action: 'read', keys: ['pageup'], help: 'read back; the draft is kept', hint: 'read' },
  { where: 'prompt', action: 'move-left', keys: ['left'], help: '' },
  { where: 'prompt', action: 'move-right', keys: ['right', 'ctrl+f'], help: '' },
  { where: 'prompt', action: 'move-word-left', keys: ['ctrl+left'], help: 'a word back' },
  { where: 'prompt', action: 'move-word-right', keys: ['ctrl+right'], help: 'a word on' },
  { where: 'prompt', action: 'move-home', keys: ['home', 'ctrl+a'], help: 'to the start of the line' },
  { where: 'prompt', action: 'move-end', keys: ['end', 'ctrl+e'], help: 'to the end of the line' },
  { where: 'prompt', action: 'delete-back', keys: ['backspace'], help: 'delete' },
  {
    where: 'prompt',
    action: 'delete-forward',
    keys: ['delete', 'ctrl+d'],
    help: 'delete what is under the cursor',
  },
  { where: 'prompt', action: 'delete-word', keys: ['ctrl+w'], help: 'delete the word before' },
  { where: 'prompt', action: 'delete-to-start', keys: ['ctrl+u'], help: 'delete to the start of the line' },
  { where: 'prompt', action: 'delete-to-end', keys: ['ctrl+k'], help: 'delete to the end of the line' },

  { where: 'reading', action: 'line-up', keys: ['k', 'up'], help: 'a line up' },
  { where: 'reading', action: 'line-down', keys: ['j', 'down'], help: 'a line down', hint: 'j/k move' },
  { where: 'reading', action: 'page-up', keys: ['pageup'], help: 'a page up', hint: 'PgUp/PgDn' },
  { where: 'reading', action: 'page-down', keys: ['pagedown', ' '], help: 'a page down' },
  { where: 'reading', action: 'top', keys: ['g', 'home'], help: 'to the top' },
  { where: 'reading', action: 'follow', keys: ['G', 'end'], help: 'to the end, and follow', hint: 'follow' },
  {
    where: 'reading',
    action: 'unfold',
    keys: ['o'],
    help: 'unfold the output on the screen',
    hint: 'unfold',
  },
  { where: 'reading', action: 'unfold-all', keys: ['O'], help: 'unfold all output' },
  { where: 'reading', action: 'times', keys: ['t'], help: 'show times' },
  {
    where: 'reading',
    action: 'back',
    keys: ['q', 'i', 'escape', 'ctrl+c'],
    help: 'back to the prompt',
    hint: 'back',
  },
  { where: 'reading', action: 'detach', keys: ['ctrl+d'], help: 'detach; nothing is ended' },

  { where: 'panel', action: 'confirm-cycle', keys: ['c'], help: 'cycle', hint: 'cycle' },
  { where: 'panel', action: 'confirm-reset', keys: ['r'], help: 'reset', hint: 'reset' },
  { where: 'panel', action: 'confirm-stop', keys: ['s'], help: 'stop', hint: 'stop' },
  { where: 'panel', action: 'confirm-start', keys: ['u'], help: 'start', hint: 'start' },
  { where: 'panel', action: 'run-status', keys: ['i'], help: 'status', hint: 'status' },
  { where: 'panel', action: 'run-forensics', keys: ['f'], help: 'forensics', hint: 'forensics' },
  { where: 'panel', action: 'line-up', keys: ['up', 'k'], help: 'a line of the output up' },
  { where: 'panel', action: 'line-down', keys: ['down', 'j'], help: 'a line of the output down' },
  { where: 'panel', action: 'page-up', keys: ['pageup'], help: 'a page of the output up', hint: 'PgUp/PgDn' },
  { where: 'panel', action: 'page-down', keys: ['pagedown'], help: 'a page of the output down' },
  {
    where: 'panel',
    action: 'retry',
    keys: ['enter'],
    help: 'try to reach the session again',
    hint: 'try again',
  },
  {
    where: 'panel',
    action: 'back',
    keys: ['escape', 'q', 'ctrl+c'],
    help: 'close; a running job goes on',
    hint: 'close',
  },
  { where: 'panel', action: 'detach', keys: ['ctrl+d'], help: 'detach; nothing is ended' },

  { where: 'picker', action: 'select-up', keys: ['up', 'k'], help: 'up' },
  { where: 'picker', action: 'select-down', keys: ['down', 'j'], help: 'down', hint: 'j/k move' },
  { where: 'picker', action: 'accept', keys: ['enter'], help: 'attach', hint: 'attach' },
  { where: 'picker', action: 'new-session', keys: ['n'], help: 'new session', hint: 'new' },
  { where: 'picker', action: 'back', keys: ['escape', 'q', 'ctrl+c'], help: 'back', hint: 'back' },
  { where: 'picker', action: 'detach', keys: ['ctrl+d'], help: 'detach; nothing is ended' },

  { where: 'help', action: 'line-down', keys: ['down', 'j'], help: 'down', hint: 'j/k move' },
  { where: 'help', action: 'line-up', keys: ['up', 'k'], help: 'up' },
  { where: 'help', action: 'page-down', keys: ['pagedown', ' '], help: 'a page down' },
  { where: 'help', action: 'page-up', keys: ['pageup'], help: 'a page up' },
  {
    where: 'help',
    action: 'back',
    keys: ['escape', 'q', '?', 'enter', 'ctrl+c'],
    help: 'close',
    hint: 'close',
  },
  { where: 'help', action: 'detach', keys: ['ctrl+d'], help: 'detach; nothing is ended' },

  { where: 'confirm', action: 'yes', keys: ['y'], help: 'yes', hint: 'yes' },
  {
    where: 'confirm',
    action: 'no',
    keys: ['n', 'escape'],
    help: 'no; so does any other key',
    hint: 'any other key: no',
  },
  {
    where: 'confirm-name',
    action: 'accept',
    keys: ['enter'],
    help: 'yes, once the name of the VM is typed',
    hint: 'yes, once the name is typed',
  },
  { where: 'confirm-name', action: 'no', keys: ['escape', 'ctrl+c', 'ctrl+d'], help: 'no', hint: 'no' },
];

export interface Situation {
  focus: Focus;
  /** The leader key was pressed, and nothing since. */
  leader: boolean;
  /** The prompt line is empty. */
  empty: boolean;
}

/** What a key means now, or null where it means nothing (in the prompt: it is typed). */
export function matchKey(key: string, situation: Situation): Action | null {
  for (const where of placesOf(situation)) {
    const found = BINDINGS.find((binding) => binding.where === where && binding.keys.includes(key));
    if (found !== undefined) return found.action;
  }
  return null;
}

/** The bindings that the footer shows now. */
export function hintsFor(situation: Situation): Binding[] {
  const pinned = situation.focus === 'prompt' && !situation.leader ? BINDINGS.filter(isPinned) : [];
  const here = placesOf(situation).flatMap((where) =>
    BINDINGS.filter((binding) => binding.where === where && binding.hint !== undefined),
  );
  return [...here, ...pinned];
}

function isPinned({ pinned }: Binding): boolean {
  return pinned === true;
}

/** A key's name as people write it: `ctrl+x` is `^X`. */
export function keyLabel(key: string): string {
  if (key.startsWith('ctrl+')) return `^${capitalise(key.slice(5))}`;
  if (key === 'pageup') return 'PgUp';
  if (key === 'pagedown') return 'PgDn';
  if (key === 'escape') return 'Esc';
  if (key === ' ') return 'Space';
  return key.length > 1 ? capitalise(key) : key;
}

/** How a binding is written: the leader's chords with the leader in front. */
export function chordLabel(binding: Binding): string {
  const keys = binding.keys.map(keyLabel);
  return binding.where === 'leader' ? `${keyLabel(LEADER)} ${keys.join(' ')}` : keys.join(' ');
}

function placesOf({ focus, leader, empty }: Situation): Where[] {
  if (leader) return ['leader'];
  if (focus === 'confirm' || focus === 'confirm-name') return [focus];
  return focus === 'prompt' && empty ? ['empty', focus, 'anywhere'] : [focus, 'anywhere'];
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
