import type { MutatingVerb, Target } from '@breakglass/shared';

/**
 * The question before a mutating verb. It starts deaf: whatever arrives before it was painted, or within
 * DEAF_MS of that, was typed for something else. Pastes never answer.
 */
export interface Confirmation {
  verb: MutatingVerb;
  target: Target;
  /** Whether `y` is not enough: the name of the VM must be typed. */
  byName: boolean;
  typed: string;
  /** Milliseconds since the epoch; null before the first paint. */
  paintedAt: number | null;
}

export const DEAF_MS = 500;

/** `stop` leaves the VM down, and with several targets the verb alone does not say which: both want the name. */
export function confirmationOf(verb: MutatingVerb, target: Target, targets: number): Confirmation {
  return { verb, target, byName: verb === 'stop' || targets > 1, typed: '', paintedAt: null };
}

export function painted(confirmation: Confirmation, now: number): Confirmation {
  return confirmation.paintedAt === null ? { ...confirmation, paintedAt: now } : confirmation;
}

export function isDeaf({ paintedAt }: Confirmation, now: number): boolean {
  return paintedAt === null || now - paintedAt < DEAF_MS;
}

/** What an input does. `typing` comes with the confirmation as it is then. */
export type Answer = { type: 'yes' } | { type: 'no' } | { type: 'typing'; confirmation: Confirmation };

export type ConfirmInput =
  | { type: 'yes' | 'no' | 'accept' | 'backspace' | 'other' }
  | { type: 'text'; text: string };

/** @param input what was pressed, once the confirmation listens (see `isDeaf`) */
export function answer(confirmation: Confirmation, input: ConfirmInput): Answer {
  if (!confirmation.byName) return { type: input.type === 'yes' ? 'yes' : 'no' };
  const { typed, target } = confirmation;
  switch (input.type) {
    case 'accept':
      return { type: typed.trim() === target.name ? 'yes' : 'no' };
    case 'text':
      return { type: 'typing', confirmation: { ...confirmation, typed: typed + input.text } };
    case 'backspace':
      return { type: 'typing', confirmation: { ...confirmation, typed: typed.slice(0, -1) } };
    default:
      return { type: 'no' };
  }
}
