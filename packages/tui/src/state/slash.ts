import { PRESETS } from '@breakglass/shared';
import { type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';
import type { Action } from './action.ts';

/**
 * The `/commands` of the prompt line. A prompt that should begin with a slash is written with two, and so is one that is
 * nothing but a word that could be meant as a command.
 */

export interface SlashCommand {
  name: string;
  action: Action;
  help: string;
}

export const SLASH_COMMANDS: readonly SlashCommand[] = [
  ...PRESETS.map(
    ({ name, title }): SlashCommand => ({ name, action: `preset-${name}`, help: `preset: ${title}` }),
  ),
  { name: 'cancel', action: 'cancel-turn', help: 'cancel the turn; the VM is not touched' },
  { name: 'cycle', action: 'confirm-cycle', help: 'cycle the VM (asks first)' },
  { name: 'reset', action: 'confirm-reset', help: 'reset the VM (asks first)' },
  { name: 'stop-vm', action: 'confirm-stop', help: 'stop the VM (asks first)' },
  { name: 'start', action: 'confirm-start', help: 'start the VM (asks first)' },
  { name: 'status', action: 'run-status', help: "ask for the VM's state" },
  { name: 'forensics', action: 'run-forensics', help: "capture the VM's state on the host" },
  { name: 'power', action: 'open-panel', help: 'power panel' },
  { name: 'new', action: 'new-session', help: 'new session' },
  { name: 'sessions', action: 'open-picker', help: 'sessions' },
  { name: 'detach', action: 'detach', help: 'detach; nothing is ended' },
  { name: 'help', action: 'open-help', help: 'keys and commands' },
];

/** What a line means once Enter is pressed. */
export type Submission =
  | { type: 'nothing' }
  | { type: 'prompt'; text: string }
  | { type: 'action'; action: Action }
  | { type: 'unknown'; why: SafeText };

export function parseSubmission(line: string): Submission {
  const text = line.trim();
  if (text === '') return { type: 'nothing' };
  const bare = doubtOf(text);
  if (bare !== null) return { type: 'unknown', why: bare };
  if (!text.startsWith('/')) return { type: 'prompt', text };
  if (text.startsWith('//')) {
    return { type: 'prompt', text: doubtOf(text.slice(2)) === null ? text.slice(1) : text.slice(2) };
  }
  const name = text.slice(1);
  const command = SLASH_COMMANDS.find((candidate) => candidate.name === name);
  if (command !== undefined) return { type: 'action', action: command.action };
  return { type: 'unknown', why: whyUnknown(name) };
}

/** A prompt as the line that sends it: the inverse of `parseSubmission`. */
export function asLine(prompt: string): string {
  if (doubtOf(prompt) !== null) return `//${prompt}`;
  return prompt.startsWith('/') ? `/${prompt}` : prompt;
}

/** A prompt that is nothing but one of these was hardly meant for the agent. What it could mean; null for all else. */
function doubtOf(text: string): SafeText | null {
  const word = text.toLowerCase();
  const meant = Object.hasOwn(DOUBTFUL, word) ? DOUBTFUL[word] : undefined;
  if (meant === undefined) return null;
  const shown = sanitizeLine(text);
  return safe`"${shown}" is not sent: ${meant}; //${shown} sends the word`;
}

const DOUBTFUL: Readonly<Record<string, SafeText>> = {
  stop: safe`/cancel ends the turn, /stop-vm powers the VM off`,
  cancel: safe`/cancel ends the turn, the VM stays`,
  cycle: safe`/cycle cycles the VM (asks first)`,
  reset: safe`/reset resets the VM (asks first)`,
  start: safe`/start powers the VM on (asks first)`,
};

/** The commands that begin with what is typed; none once the line is no command any more. */
export function completions(line: string): readonly SlashCommand[] {
  const match = /^\/([a-z-]*)$/.exec(line);
  if (match === null) return [];
  return SLASH_COMMANDS.filter(({ name }) => name.startsWith(match[1] ?? ''));
}

/** The line as far as Tab can complete it. */
export function complete(line: string): string {
  const names = completions(line).map(({ name }) => name);
  const [first, ...others] = names;
  if (first === undefined) return line;
  let shared = first;
  for (const name of others) while (!name.startsWith(shared)) shared = shared.slice(0, -1);
  return `/${shared}`;
}

function whyUnknown(name: string): SafeText {
  if (name === 'stop') return safe`/stop is not a command: /cancel ends the turn, /stop-vm powers the VM off`;
  const [word = ''] = name.split(/\s/);
  const near = SLASH_COMMANDS.find((command) => command.name === word);
  if (near !== undefined) return safe`/${sanitizeLine(near.name)} takes nothing after it; not sent`;
  return safe`no command /${sanitizeLine(word)}; not sent. /help lists them; // begins a prompt with a slash`;
}
