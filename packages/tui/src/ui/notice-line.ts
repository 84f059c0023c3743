import type { Screen } from '../state/screen.ts';
import { newLines } from '../state/scrolling.ts';
import { completions } from '../state/slash.ts';
import { cut, type Line, type Style, span, widthOf } from '../text/line.ts';
import { joinSafe, type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';
import { moreLeaderKeys } from './footer-line.ts';

/** The row above the prompt: a rule that carries what the operator should know now. Pure. */
export function noticeLine(screen: Screen): Line {
  const more = moreLeaderKeys(screen);
  if (more.length > 0) return more;
  const [text, style] = wordsFor(screen);
  const width = screen.columns;
  if (text === '') return [span('─'.repeat(width) as SafeText, 'dim')];
  const shown = cut(text, width - 4);
  const tail = '─'.repeat(Math.max(0, width - widthOf(shown) - 4)) as SafeText;
  const head = safe`${'─'.repeat(2) as SafeText} `;
  return [span(head, 'dim'), span(shown, style), span(safe` ${tail}`, 'dim')];
}

function wordsFor(screen: Screen): [SafeText, Style] {
  const { notice, reading, composer, dialog, link } = screen;
  if (notice !== null) return [notice.text, notice.level === 'info' ? 'accent' : notice.level];
  const commands = dialog === null ? completions(composer.text) : [];
  if (commands.length > 0) {
    return [
      joinSafe(
        commands.map(({ name }) => safe`/${sanitizeLine(name)}`),
        safe` `,
      ),
      'accent',
    ];
  }
  if (link.state === 'waiting' || link.state === 'refused') return [link.why, 'bad'];
  if (!reading || dialog !== null) return [safe``, 'dim'];
  if (screen.viewport.follow) return [safe`reading: at the end, following`, 'accent'];
  const fresh = newLines(screen);
  if (fresh === 0) return [safe`reading: nothing new below`, 'accent'];
  return [safe`reading ↓ ${fresh} new ${fresh === 1 ? safe`line` : safe`lines`} below (G)`, 'warn'];
}
