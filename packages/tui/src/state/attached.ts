import { safe, sanitize } from '../text/sanitize.ts';
import { clear, remember } from './composer.ts';
import type { Change, LinkState } from './message.ts';
import { say } from './notice.ts';
import type { Screen } from './screen.ts';
import { asLine } from './slash.ts';
import { emptyTranscript, fold, foldMalformed } from './transcript.ts';
import { following } from './viewport.ts';

/** What an attachment reported, folded in. */
export function applyChanges(screen: Screen, changes: readonly Change[]): Screen {
  const after = changes.reduce(applyChange, screen);
  const heard = changes.some(({ type }) => type !== 'link');
  return heard ? { ...after, heardAt: screen.now } : after;
}

function applyChange(screen: Screen, change: Change): Screen {
  switch (change.type) {
    case 'link':
      return { ...screen, link: change.link, lostAt: lostAt(screen, change.link) };
    case 'alive':
      return screen;
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
    // The stream ends right after it says that it goes away, and the link then gives that as its reason.
    case 'going-away':
    case 'caught-up':
      return screen;
  }
}

function applyEvent(screen: Screen, event: Extract<Change, { type: 'event' }>['event']): Screen {
  const transcript = fold(screen.transcript, event);
  if (event.kind === 'cancelled') return { ...screen, transcript, notice: null };
  if (event.kind !== 'user') return { ...screen, transcript };
  const arrived = screen.unsure === event.text;
  const line = asLine(sanitize(event.text));
  const composer = remember(screen.composer, line);
  const after = { ...screen, transcript, sending: null, unsure: arrived ? null : screen.unsure };
  if (!arrived || composer.text !== line) return { ...after, composer };
  return say({ ...after, composer: clear(composer, line) }, safe`it was sent after all`);
}

/** What is on the screen was true when the daemon was heard last, until the link is live again. */
function lostAt(screen: Screen, link: LinkState): number | null {
  if (link.state === 'live') return null;
  if (link.state !== 'waiting' && link.state !== 'refused') return screen.lostAt;
  return screen.lostAt ?? screen.heardAt ?? screen.now;
}
