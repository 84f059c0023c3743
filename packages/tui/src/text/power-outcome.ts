import type { PowerEntry } from '../state/entry.ts';
import { type SafeText, safe, sanitizeLine } from './sanitize.ts';

/** How a power job stands: one word while it runs; its outcome as a sentence of the daemon, or else in a word. */
export function powerOutcome({ state, exitCode, outcome, text }: PowerEntry): SafeText {
  if (state === 'asked') return safe`asked`;
  if (state === 'running') return safe`running`;
  const sentence = sanitizeLine(text);
  if (sentence !== '') return sentence;
  if (state === 'refused') return safe`refused`;
  if (outcome === 'not-begun') return safe`not begun`;
  if (exitCode === 0) return safe`done`;
  return exitCode === null ? safe`outcome unknown` : safe`failed, exit code ${exitCode}`;
}
