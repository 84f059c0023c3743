import type { VmState } from '@breakglass/shared';
import { type Screen, targetOf, titleOf } from '../state/screen.ts';
import { formatAge, formatClock } from '../text/format.ts';
import { justify, type Segment, segment } from '../text/justify.ts';
import { cut, type Line, type Style } from '../text/line.ts';
import { joinSafe, type SafeText, safe, sanitizeLine, sliceSafe } from '../text/sanitize.ts';

/** A state of the VM that is older than this is shown with its age. */
const STALE_MS = 90_000;

/** The VM and the link; the session, its turn and who else is there. Pure. */
export function headerLines(screen: Screen): [Line, Line] {
  const width = screen.columns;
  const target = targetOf(screen);
  const name =
    target === null
      ? safe`no VM known yet`
      : safe`${sanitizeLine(target.name)} (VM ${sanitizeLine(target.id)})`;
  const first = justify(
    [segment(name, 'bold', 9), vmSegment(screen), ...runningVerb(screen)],
    [segment(target?.simulated ? safe`SIMULATED` : null, 'warn', 7), linkSegment(screen)],
    width,
  );
  const second = justify([sessionSegment(screen), ...turnSegments(screen)], [othersSegment(screen)], width);
  return [first, second];
}

function vmSegment({ vm, now }: Screen): Segment {
  if (vm === null || vm.observed_at === null) {
    const why = vm?.problem ? safe` (${sanitizeLine(vm.problem)})` : safe``;
    return segment(safe`state unknown${cut(why, 40)}`, 'warn', 6);
  }
  const age = now - Date.parse(vm.observed_at);
  const stale = age > STALE_MS || vm.problem !== null;
  const seen = stale ? safe`, seen ${formatAge(age)}` : safe``;
  const doubt = vm.problem === null ? safe`` : safe` (no answer since)`;
  return segment(safe`${sanitizeLine(vm.state)}${seen}${doubt}`, stale ? 'warn' : vmStyle(vm), 6);
}

function vmStyle({ state }: VmState): Style {
  if (state === 'running') return 'good';
  return state === 'unknown' ? 'warn' : 'bad';
}

function runningVerb({ vm, now }: Screen): Segment[] {
  const running = vm?.running_verb;
  if (!running) return [];
  const since = formatClock(now - Date.parse(running.since));
  return [segment(safe`${running.verb as SafeText} by ${sanitizeLine(running.by)} ${since}`, 'warn', 8)];
}

function linkSegment({ link, now, failure }: Screen): Segment {
  switch (link.state) {
    case 'none':
      return failure === null
        ? segment(safe`○ looking for a session`, 'warn', 8)
        : segment(safe`○ no session`, 'bad', 8);
    case 'connecting':
      return segment(safe`○ connecting`, 'warn', 8);
    case 'replaying':
      return segment(safe`○ replaying`, 'warn', 8);
    case 'live':
      return segment(safe`● live`, 'good', 8);
    // Why it waits, or was refused, stands in the notice row: it can be long.
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((link.retryAt - now) / 1000));
      return segment(safe`○ reconnecting in ${seconds} s`, 'bad', 8);
    }
    case 'refused':
      return segment(safe`○ refused`, 'bad', 8);
  }
}

function sessionSegment(screen: Screen): Segment {
  const { session } = screen;
  if (session === null) return segment(safe`no session`, 'dim', 4);
  const id = sliceSafe(sanitizeLine(session.id), 0, 8);
  const title = titleOf(screen);
  const quoted = title === null ? safe`new session` : safe`"${title}"`;
  return segment(safe`${id} ${quoted}`, 'dim', 4, true);
}

function turnSegments({ transcript, sending, now, columns }: Screen): Segment[] {
  const { running, startedAt, tool } = transcript.turn;
  if (!running) return [segment(sending === null ? safe`idle` : safe`sending …`, 'dim', 3)];
  const screenful = Math.floor(columns / 2);
  const clock = startedAt === null ? safe`0:00` : formatClock(now - Date.parse(startedAt));
  return [
    segment(safe`turn ${clock}`, 'accent', 9),
    segment(tool === null ? null : cut(tool, screenful), 'code', 2, true),
  ];
}

/** Who is attached beside this client, which is one of them. */
function othersSegment({ presence }: Screen): Segment {
  const attached = presence?.attached ?? [];
  if (attached.length < 2) return segment(null);
  const names = [...new Set(attached.map(({ operator }) => sanitizeLine(operator)))];
  return segment(safe`${attached.length} attached: ${cut(joinSafe(names, safe`, `), 30)}`, 'accent', 5);
}
