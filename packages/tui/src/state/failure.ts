import { joinSafe, type SafeText, safe } from '../text/sanitize.ts';

/** A failure as it is shown: what failed, and what to do next. */
export interface Failure {
  why: SafeText;
  hint: SafeText;
  /** The daemon, or a sign-on before it, does not let us in. */
  refused?: boolean;
}

/** The failure as one sentence. */
export function wordsOfFailure({ why, hint }: Failure): SafeText {
  return hint === '' ? why : joinSafe([why, hint], why.endsWith('.') ? safe` ` : safe`: `);
}
