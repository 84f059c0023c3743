import type { VmState } from '@breakglass/shared';
import { type Screen, targetOf, titleOf } from '../state/screen.ts';
import { formatAge, formatClock, formatTime } from '../text/format.ts';
import { justify, type Segment, segment } from '../text/justify.ts';
import { cut, type Line, type Style } from '../text/line.ts';
import { joinSafe, safe, sanitizeLine, sliceSafe } from '../text/sanitize.ts';

/** A state of the VM that is older than this is shown with its age. */
const STALE_MS = 90_000;

/** The VM and the link; the session, its turn and who else is there. Pure. */
export function headerLines(screen: Screen): [Line, Line] {
  const width = screen.columns;
  const target = targetOf(screen);
  const short = target === null ? safe`no VM known yet` : sanitizeLine(target.name);
  const name = target === null ? short : safe`${short} (VM ${sanitizeLine(target.id)})`;
  const simulated = target?.simulated ? safe`SIMULATED` : null;
  const first = justify(
    [segment(name, 'bold', 10, { short }), vmSegment(screen), ...runningVerb(screen)],
    [segment(simulated, 'warn', 7, { short: safe`SIM` }), linkSegment(screen)],
    width,
  );
  const second = justify([sessionSegment(screen), ...turnSegments(screen)], [othersSegment(screen)], width);
  return [first, second];
}

/** A verb that runs outranks the state that it is about to change. */
const STATE_WEIGHT = 8;
const VERB_WEIGHT = 9;
const LINK_WEIGHT = 6;

function vmSegment({ vm, now, lostAt }: Screen): Segment {
  if (vm === null || vm.observed_at === null) {
    const why = vm?.problem ? safe` (${sanitizeLine(vm.problem)})` : safe``;
    const short = safe`state unknown`;
    return segment(safe`${short}${cut(why, 40)}`, 'warn', STATE_WEIGHT, { short });
  }
  const age = now - Date.parse(vm.observed_at);
  const stale = age > STALE_MS || vm.problem !== null || lostAt !== null;
  const seen = stale ? safe`, seen ${formatAge(age)}` : safe``;
  const doubt = vm.problem === null ? safe`` : safe` (no answer since)`;
  const state = sanitizeLine(vm.state);
  const short = stale ? safe`${state}?` : state;
  return segment(safe`${state}${seen}${doubt}`, stale ? 'warn' : vmStyle(vm), STATE_WEIGHT, { short });
}

function vmStyle({ state }: VmState): Style {
  if (state === 'running') return 'good';
  return state === 'unknown' ? 'warn' : 'bad';
}

function runningVerb({ vm, now }: Screen): Segment[] {
  const running = vm?.running_verb;
  if (!running) return [];
  const since = formatClock(now - Date.parse(running.since));
  const verb = sanitizeLine(running.verb);
  const short = safe`${verb} ${since}`;
  return [segment(safe`${verb} by ${sanitizeLine(running.by)} ${since}`, 'warn', VERB_WEIGHT, { short })];
}

/** One keep-alive of the daemon's default has not come. */
const QUIET_MS = 20_000;

function linkSegment({ link, now, failure, heardAt }: Screen): Segment {
  switch (link.state) {
    case 'none':
      return failure === null
        ? segment(safe`○ looking for a session`, 'warn', LINK_WEIGHT, { short: safe`○ looking` })
        : segment(safe`○ no session`, 'bad', LINK_WEIGHT);
    case 'connecting':
      return segment(safe`○ connecting`, 'warn', LINK_WEIGHT);
    case 'replaying':
      return segment(safe`○ replaying`, 'warn', LINK_WEIGHT);
    case 'live': {
      const silence = heardAt === null ? 0 : now - heardAt;
      if (silence <= QUIET_MS) return segment(safe`● live`, 'good', LINK_WEIGHT);
      const seconds = safe`${Math.floor(silence / 1000)} s`;
      return segment(safe`○ no word for ${seconds}`, 'warn', LINK_WEIGHT, {
        short: safe`○ quiet ${seconds}`,
      });
    }
    // Why it waits, or was refused, stands in the notice row: it can be long.
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((link.retryAt - now) / 1000));
      const short = safe`○ retry ${seconds} s`;
      return segment(safe`○ reconnecting in ${seconds} s`, 'bad', LINK_WEIGHT, { short });
    }
    case 'refused':
      return segment(safe`○ refused`, 'bad', LINK_WEIGHT);
  }
}

function sessionSegment(screen: Screen): Segment {
  const { session } = screen;
  if (session === null) return segment(safe`no session`, 'dim', 4);
  const id = sliceSafe(sanitizeLine(session.id), 0, 8);
  const title = titleOf(screen);
  const quoted = title === null ? safe`new session` : safe`"${title}"`;
  return segment(safe`${id} ${quoted}`, 'dim', 4, { flexible: true });
}

function turnSegments({ transcript, sending, now, columns, lostAt }: Screen): Segment[] {
  const { running, startedAt, tool } = transcript.turn;
  if (lostAt !== null) {
    // Nobody here knows what became of it since: a clock that runs on would pretend to.
    const seen = sliceSafe(formatTime(new Date(lostAt).toISOString()), 0, 5);
    return [segment(safe`${running ? safe`turn` : safe`idle`} ? seen ${seen}`, 'warn', 9)];
  }
  if (!running) return [segment(sending === null ? safe`idle` : safe`sending …`, 'dim', 3)];
  const screenful = Math.floor(columns / 2);
  const clock = startedAt === null ? safe`0:00` : formatClock(now - Date.parse(startedAt));
  return [
    segment(safe`turn ${clock}`, 'accent', 9),
    segment(tool === null ? null : cut(tool, screenful), 'code', 2, { flexible: true }),
  ];
}

/** Who is attached beside this client, which is one of them. */
function othersSegment({ presence }: Screen): Segment {
  const attached = presence?.attached ?? [];
  if (attached.length < 2) return segment(null);
  const names = [...new Set(attached.map(({ operator }) => sanitizeLine(operator)))];
  const short = safe`${attached.length} attached`;
  return segment(safe`${short}: ${cut(joinSafe(names, safe`, `), 30)}`, 'accent', 5, { short });
}
