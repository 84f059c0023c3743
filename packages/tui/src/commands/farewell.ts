import { isCutOff, type Screen, titleOf } from '../state/screen.ts';
import { cut } from '../text/line.ts';
import { sanitizeLine, sliceSafe } from '../text/sanitize.ts';

/** What was left, and that it goes on: `[detached from 3f2a1c04 "oom on devvm", turn still running]`. */
export function farewell(screen: Screen): string {
  if (screen.session === null) return '[detached; there was no session]';
  const id = sliceSafe(sanitizeLine(screen.session.id), 0, 8);
  const title = titleOf(screen);
  const turn = isCutOff(screen) ? 'turn was running when last seen' : 'turn still running';
  const running = [
    screen.transcript.turn.running ? turn : '',
    screen.job !== null && screen.job.ending === null ? `${screen.job.verb} still running on the host` : '',
  ].filter((part) => part !== '');
  return `[detached from ${[id + (title === null ? '' : ` "${cut(title, 40)}"`), ...running].join(', ')}]`;
}
