import type { SessionSummary } from '@breakglass/shared';
import { EXIT } from '../exit.ts';
import { formatAge } from '../text/format.ts';
import { joinSafe, padSafe, type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';
import type { CommandContext } from './context.ts';
import { shortId } from './find-session.ts';
import { print, printJson, say } from './output.ts';

/** Lists the sessions, the newest first. */
export async function ls({ api, json }: CommandContext): Promise<number> {
  const sessions = await api.listSessions();
  if (json) await printJson({ sessions });
  else if (sessions.length === 0) say(safe`no sessions yet: \`breakglass attach\` makes one`);
  else await print(table([HEAD, ...sessions.map((session) => row(session, Date.now()))]));
  return EXIT.ok;
}

const HEAD = [safe`SESSION`, safe`TURN`, safe`CLIENTS`, safe`EVENTS`, safe`LAST USED`, safe`TITLE`];

function row(session: SessionSummary, now: number): readonly SafeText[] {
  const used = Date.parse(session.last_event_at ?? session.created_at);
  return [
    sanitizeLine(shortId(session.session_id)),
    session.turn === 'running' ? safe`running` : safe`-`,
    safe`${session.attached}`,
    safe`${session.last_event_id + 1}`,
    formatAge(now - used),
    sanitizeLine(session.title ?? '-'),
  ];
}

/** Columns as wide as their widest cell. Only the last one holds text of people, so widths need no library. */
function table(rows: readonly (readonly SafeText[])[]): SafeText {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    joinSafe(
      cells.map((cell, column) => (column === widths.length - 1 ? cell : padSafe(cell, widths[column] ?? 0))),
      safe`  `,
    ),
  );
  return safe`${joinSafe(lines, safe`\n`)}\n`;
}
