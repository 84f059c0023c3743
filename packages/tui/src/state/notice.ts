import { type Line, span, wrap } from '../text/line.ts';
import type { SafeText } from '../text/sanitize.ts';
import { type Failure, wordsOfFailure } from './failure.ts';
import type { Notice, Screen } from './screen.ts';

/** What the operator should know now: the notice, else why there is no link. Null where all is well. */
export function pressingNotice({ notice, link }: Screen): Notice | null {
  if (notice !== null) return notice;
  return link.state === 'waiting' || link.state === 'refused' ? { level: 'bad', text: link.why } : null;
}

/** The rows of a notice: it stands in a rule, so a column is free before and behind it. */
export function noticeRows(text: SafeText, columns: number): Line[] {
  return wrap([span(text)], Math.max(1, columns - 4)).slice(0, NOTICE_ROWS_MAX);
}

const NOTICE_ROWS_MAX = 3;

/** Said of a verb that runs: it goes when the verb ends, too. */
export function sayOfJob(screen: Screen, text: SafeText): Screen {
  return { ...screen, notice: { level: 'warn', text, about: 'job' } };
}

/** One line for the operator; it goes with the next key. */
export function say(screen: Screen, text: SafeText, level: Notice['level'] = 'info'): Screen {
  return { ...screen, notice: { level, text } };
}

export function sayFailure(screen: Screen, failure: Failure): Screen {
  return say(screen, wordsOfFailure(failure), 'bad');
}
