import type { SessionSummary } from '@breakglass/shared';
import type { Screen } from '../state/screen.ts';
import { formatAge } from '../text/format.ts';
import { justify, segment } from '../text/justify.ts';
import { type Line, span } from '../text/line.ts';
import { safe, sanitizeLine } from '../text/sanitize.ts';

/** The sessions as rows, the selected one in view. Row 0 makes a new one. Pure. */
export function pickerLines(screen: Screen, width: number, height: number): Line[] {
  const { dialog } = screen;
  if (dialog?.type !== 'picker') return [];
  const head: Line[] = [[span(safe`Sessions`, 'bold')], []];
  if (dialog.sessions === null) return [...head, [span(safe`asking the daemon …`, 'dim')]];
  const rows = [newRow(), ...dialog.sessions.map((session) => row(session, screen, width - 2))];
  const room = Math.max(1, height - head.length);
  const from = Math.max(0, Math.min(dialog.selected - Math.floor(room / 2), rows.length - room));
  const shown = rows.slice(from, from + room).map((line, index): Line => {
    const selected = from + index === dialog.selected;
    return [span(selected ? safe`▸ ` : safe`  `, 'accent'), ...(selected ? emphasised(line) : line)];
  });
  return [...head, ...shown];
}

function newRow(): Line {
  return [span(safe`new session`, 'plain')];
}

function row(session: SessionSummary, screen: Screen, width: number): Line {
  const title = session.title === null ? safe`(no prompt yet)` : sanitizeLine(session.title);
  const age = formatAge(screen.now - Date.parse(session.last_event_at ?? session.created_at));
  const here = session.session_id === screen.session?.id;
  return justify(
    [
      segment(sanitizeLine(session.session_id.slice(0, 8)), 'dim', 4),
      segment(title, 'plain', 5, { flexible: true }),
    ],
    [
      segment(here ? safe`here` : null, 'accent', 1),
      segment(session.turn === 'running' ? safe`turn running` : null, 'warn', 4),
      segment(session.attached > 0 ? safe`${session.attached} attached` : null, 'dim', 2),
      segment(age, 'dim', 3),
    ],
    width,
  );
}

function emphasised(line: Line): Line {
  return line.map(({ text, style }) => span(text, style === 'plain' ? 'bold' : style));
}
