import { safe, sanitize, sanitizeLine } from '../text/sanitize.ts';
import { remember } from './composer.ts';
import type { Change } from './message.ts';
import { say } from './notice.ts';
import type { Screen } from './screen.ts';
import { asLine } from './slash.ts';
import { emptyTranscript, fold, foldMalformed } from './transcript.ts';
import { following } from './viewport.ts';

/** What an attachment reported, folded in. */
export function applyChanges(screen: Screen, changes: readonly Change[]): Screen {
  return changes.reduce(applyChange, screen);
}

function applyChange(screen: Screen, change: Change): Screen {
  switch (change.type) {
    case 'link':
      return { ...screen, link: change.link };
    case 'event':
      return applyEvent(screen, change.event);
    case 'malformed':
      return { ...screen, transcript: foldMalformed(screen.transcript, change) };
    case 'log-reset':
      return say(
        { ...screen, transcript: emptyTranscript, viewport: following, seen: null, unfolded: new Set() },
        safe`the daemon lost its log: shown again from its start`,
        'warn',
      );
    case 'presence':
      return { ...screen, presence: change.presence };
    case 'vm':
      return { ...screen, vm: change.vm };
    case 'going-away':
      return say(
        screen,
        safe`the daemon is going away: ${sanitizeLine(change.reason)}; this screen attaches again by itself`,
        'warn',
      );
    case 'caught-up':
      return screen;
  }
}

function applyEvent(screen: Screen, event: Extract<Change, { type: 'event' }>['event']): Screen {
  const transcript = fold(screen.transcript, event);
  if (event.kind === 'cancelled') return { ...screen, transcript, notice: null };
  if (event.kind !== 'user') return { ...screen, transcript };
  return {
    ...screen,
    transcript,
    sending: null,
    composer: remember(screen.composer, asLine(sanitize(event.text))),
  };
}
