import { isMutating, type MutatingVerb, type Verb } from '@breakglass/shared';
import { safe, sanitize } from '../text/sanitize.ts';
import {
  answer,
  type Confirmation,
  type ConfirmInput,
  confirmationOf,
  isDeaf,
  painted,
} from './confirmation.ts';
import { type Input, type Message, only, type Update } from './message.ts';
import { say, sayOfJob } from './notice.ts';
import { addOutput, endJob, failJob, startJob } from './power-job.ts';
import { refusalOf, type Screen, targetOf } from './screen.ts';

/** From a verb that is asked for to the job that runs it. */

export function askFor(screen: Screen, verb: MutatingVerb): Update<Screen> {
  const { job } = screen;
  if (job !== null && job.ending === null && isMutating(job.verb)) {
    return only(sayOfJob(screen, safe`${sanitize(job.verb)} is running: wait for its end (^X p shows it)`));
  }
  const target = targetOf(screen);
  const refused = refusalOf(screen);
  if (target === null && refused !== null) return only(say(screen, safe`refused: ${refused}`, 'bad'));
  if (target === null) {
    const state = say(
      screen,
      safe`the daemon has not said yet which VM it acts on: asking again, try once more`,
      'warn',
    );
    return { state, effects: [{ type: 'look-at-vm' }] };
  }
  return only({ ...screen, confirmation: confirmationOf(verb, target, screen.targets.length) });
}

export function notePaint(screen: Screen, now: number): Screen {
  const { confirmation } = screen;
  return confirmation === null ? screen : { ...screen, confirmation: painted(confirmation, now) };
}

export function answerConfirmation(screen: Screen, confirmation: Confirmation, input: Input): Update<Screen> {
  if (input.type === 'pasted' || isDeaf(confirmation, input.now)) return only(screen);
  const given = answer(confirmation, meaningOf(input));
  switch (given.type) {
    case 'typing':
      return only({ ...screen, confirmation: given.confirmation });
    case 'no':
      return only(
        say({ ...screen, confirmation: null }, safe`no ${sanitize(confirmation.verb)}: nothing was done`),
      );
    case 'yes':
      return runVerb(
        { ...screen, confirmation: null, dialog: { type: 'panel', scroll: 0 } },
        confirmation.verb,
      );
  }
}

/** A verb that only looks may hang and must not stand in the way: the next verb takes its place on the screen. */
export function runVerb(screen: Screen, verb: Verb): Update<Screen> {
  const { job } = screen;
  if (job !== null && job.ending === null && (isMutating(job.verb) || job.verb === verb)) {
    return only(sayOfJob(screen, safe`${sanitize(job.verb)} is running: wait for its end`));
  }
  const next = startJob((job?.number ?? 0) + 1, verb, screen.now);
  // What was scrolled to belongs to the job before.
  const dialog = screen.dialog?.type === 'panel' ? { ...screen.dialog, scroll: 0 } : screen.dialog;
  return { state: { ...screen, dialog, job: next }, effects: [{ type: 'run-verb', verb, job: next.number }] };
}

export function noteJob(
  screen: Screen,
  message: Extract<Message, { type: 'job-output' | 'job-ended' | 'job-failed' }>,
): Screen {
  const { job } = screen;
  if (job === null || job.number !== message.job) return screen;
  if (message.type === 'job-output') return { ...screen, job: addOutput(job, message.output) };
  const ended =
    message.type === 'job-ended'
      ? endJob(job, message.result, message.now)
      : failJob(job, message.failure, message.level, message.now);
  const shown = screen.dialog?.type === 'panel';
  // What was said of a verb that runs is not true any more.
  const notice = screen.notice?.about === 'job' ? null : screen.notice;
  const after = { ...screen, notice, job: ended };
  if (shown || ended.ending === null) return after;
  const { level, outcome } = ended.ending;
  return say(after, safe`${outcome} (^X p)`, level === 'good' ? 'info' : level === 'warn' ? 'warn' : 'bad');
}

function meaningOf(input: Exclude<Input, { type: 'pasted' }>): ConfirmInput {
  if (input.type === 'typed') return { type: 'text', text: sanitize(input.text) };
  if (input.type === 'unbound') return { type: input.key === 'backspace' ? 'backspace' : 'other' };
  const { action } = input;
  return { type: action === 'yes' || action === 'accept' ? action : 'other' };
}
