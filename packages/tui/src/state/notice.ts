import { joinSafe, type SafeText, safe } from '../text/sanitize.ts';
import type { Failure } from './message.ts';
import type { Notice, Screen } from './screen.ts';

/** One line for the operator; it goes with the next key. */
export function say(screen: Screen, text: SafeText, level: Notice['level'] = 'info'): Screen {
  return { ...screen, notice: { level, text } };
}

export function sayFailure(screen: Screen, { why, hint }: Failure): Screen {
  return say(screen, hint === '' ? why : joinSafe([why, hint], safe`: `), 'bad');
}
