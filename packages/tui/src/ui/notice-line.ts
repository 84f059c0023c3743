import { noticeRows, pressingNotice } from '../state/notice.ts';
import type { Screen } from '../state/screen.ts';
import { newLines, readShare } from '../state/scrolling.ts';
import { completions } from '../state/slash.ts';
import { cut, type Line, type Style, span, widthOf } from '../text/line.ts';
import { joinSafe, type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';
import { moreLeaderKeys } from './footer-line.ts';

/** The rows above the prompt: a rule that carries what the operator should know now. Pure. */
export function noticeLines(screen: Screen): Line[] {
  const more = moreLeaderKeys(screen);
  if (more.length > 0) return [more];
  const width = screen.columns;
  const pressing = pressingNotice(screen);
  if (pressing === null) return [rule(...wordsFor(screen), width)];
  const style = pressing.level === 'info' ? 'accent' : pressing.level;
  return noticeRows(pressing.text, width).map((row, index) => {
    const text = joinSafe(row.map((part) => part.text));
    return index === 0 ? rule(text, style, width) : [span(safe`   `), span(text, style)];
  });
}

function rule(text: SafeText, style: Style, width: number): Line {
  if (text === '') return [span('─'.repeat(width) as SafeText, 'dim')];
  const shown = cut(text, width - 4);
  const tail = '─'.repeat(Math.max(0, width - widthOf(shown) - 4)) as SafeText;
  const head = safe`${'─'.repeat(2) as SafeText} `;
  return [span(head, 'dim'), span(shown, style), span(safe` ${tail}`, 'dim')];
}

function wordsFor(screen: Screen): [SafeText, Style] {
  const { reading, composer, dialog } = screen;
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
  if (!reading || dialog !== null) return [safe``, 'dim'];
  if (screen.viewport.follow) return [safe`reading: at the end, following`, 'accent'];
  const at = safe`reading at ${readShare(screen)} %`;
  const fresh = newLines(screen);
  if (fresh === 0) return [safe`${at}: nothing new below`, 'accent'];
  return [safe`${at} ↓ ${fresh} new ${fresh === 1 ? safe`line` : safe`lines`} below (G)`, 'warn'];
}
