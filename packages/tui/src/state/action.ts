import type { MutatingVerb, PresetName } from '@breakglass/shared';

/**
 * What a key or a `/command` can ask for. `cancel-turn` ends the agent's turn; `confirm-stop` is the power verb.
 * The two are never bound to one key or word.
 */
export type Action =
  | `confirm-${MutatingVerb}`
  | `preset-${PresetName}`
  | 'run-status'
  | 'run-forensics'
  | 'open-panel'
  | 'open-picker'
  | 'open-help'
  | 'new-session'
  | 'detach'
  | 'leader'
  | 'redraw'
  | 'suspend'
  | 'send'
  | 'newline'
  | 'escape-turn'
  | 'interrupt'
  | 'cancel-turn'
  | 'history-back'
  | 'history-forward'
  | 'complete'
  | 'move-left'
  | 'move-right'
  | 'move-word-left'
  | 'move-word-right'
  | 'move-home'
  | 'move-end'
  | 'delete-back'
  | 'delete-forward'
  | 'delete-word'
  | 'delete-to-start'
  | 'delete-to-end'
  | 'read'
  | 'line-up'
  | 'line-down'
  | 'page-up'
  | 'page-down'
  | 'top'
  | 'follow'
  | 'unfold'
  | 'unfold-all'
  | 'times'
  | 'back'
  | 'retry'
  | 'yes'
  | 'no'
  | 'accept'
  | 'select-up'
  | 'select-down';

/** Where the keys go. Exactly one of these has them at any time. */
export type Focus = 'prompt' | 'reading' | 'panel' | 'picker' | 'help' | 'confirm' | 'confirm-name';
