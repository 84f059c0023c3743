import { VERB_EFFECTS, type Verb } from '@breakglass/shared';
import type { Action } from '../state/action.ts';
import type { PowerJob } from '../state/power-job.ts';
import { type Screen, targetOf } from '../state/screen.ts';
import { formatAge, formatClock } from '../text/format.ts';
import { justify, segment } from '../text/justify.ts';
import { cutLine, flow, hang, type Line, span, wrap } from '../text/line.ts';
import { safe, sanitize, sanitizeLine } from '../text/sanitize.ts';
import { BINDINGS } from './keys.ts';

/** The power panel as rows: why it is open, the VM, the verbs, the job. The newest output gets what is left. Pure. */
export function panelLines(screen: Screen, width: number, height: number): Line[] {
  const above = [...title(screen, width), ...reason(screen, width)];
  const top = [...above, ...verbs(screen, width, height - above.length)];
  const { job } = screen;
  if (job === null) return top.slice(0, height);
  const ending = endingLines(job, width);
  const head = [jobLine(job, screen.now)];
  const room = height - top.length - head.length - ending.length;
  const scroll = screen.dialog?.type === 'panel' ? screen.dialog.scroll : 0;
  return [...top, ...head, ...outputLines(job, width, Math.max(0, room), scroll), ...ending].slice(0, height);
}

function title(screen: Screen, width: number): Line[] {
  const target = targetOf(screen);
  const { vm, now } = screen;
  const short = target === null ? safe`VM not known yet` : sanitizeLine(target.name);
  const name = target === null ? short : safe`${short} (VM ${sanitizeLine(target.id)})`;
  const age = vm?.observed_at ? safe`seen ${formatAge(now - Date.parse(vm.observed_at))}` : null;
  const row = justify(
    [
      segment(safe`Power: ${name}`, 'bold', 4, { short: safe`Power: ${short}` }),
      segment(vm === null ? safe`state unknown` : sanitizeLine(vm.state), 'plain', 3),
      segment(age, 'dim', 1),
    ],
    [segment(target?.simulated ? safe`SIMULATED` : null, 'warn', 2, { short: safe`SIM` })],
    width,
  );
  const problem = vm?.problem ? wrap([span(sanitizeLine(vm.problem), 'warn')], width).slice(0, 2) : [];
  return [row, ...problem];
}

/** Without a session the panel opened by itself: the reason stands on top. */
function reason({ failure, now }: Screen, width: number): Line[] {
  if (failure === null) return [];
  const again =
    failure.retryAt === null
      ? safe`Enter: try again.`
      : safe`Next try in ${Math.max(0, Math.ceil((failure.retryAt - now) / 1000))} s; Enter: now.`;
  const hint = failure.hint === '' ? safe`.` : safe`; ${failure.hint}`;
  return wrap(
    [span(safe`No session: ${failure.why}`, 'bad'), span(hint), span(safe` ${again}`, 'accent')],
    width,
  ).slice(0, 5);
}

const ENTRIES: readonly { verb: Verb; action: Action }[] = [
  { verb: 'cycle', action: 'confirm-cycle' },
  { verb: 'reset', action: 'confirm-reset' },
  { verb: 'start', action: 'confirm-start' },
  { verb: 'stop', action: 'confirm-stop' },
  { verb: 'status', action: 'run-status' },
  { verb: 'forensics', action: 'run-forensics' },
];

/** Each verb with what it does, shortened to a row each where that is needed; all in one row beside a job. */
function verbs(screen: Screen, width: number, height: number): Line[] {
  if (screen.job !== null) {
    return flow(
      ENTRIES.map(({ verb, action }) => [
        span(safe`${keyOf(action)} `, 'key'),
        span(sanitizeLine(verb), 'dim'),
      ]),
      width,
    );
  }
  const rows = ENTRIES.map(({ verb, action }) => {
    const best = verb === 'cycle';
    const head = [
      span(safe` ${keyOf(action)}  `, 'key'),
      span(sanitize(verb.padEnd(11)), best ? 'bold' : 'plain'),
    ];
    const advice = best ? [span(safe`the recovery: `, 'good')] : [];
    return { head, body: [...advice, span(sanitizeLine(VERB_EFFECTS[verb]), 'dim')] };
  });
  const full = rows.flatMap(({ head, body }) => hang(head, body, width));
  return full.length < height
    ? [[], ...full]
    : rows.map(({ head, body }) => cutLine([...head, ...body], width));
}

function keyOf(action: Action) {
  return sanitizeLine(
    BINDINGS.find((binding) => binding.where === 'panel' && binding.action === action)?.keys[0] ?? '',
  );
}

function jobLine(job: PowerJob, now: number): Line {
  const clock = formatClock((job.endedAt ?? now) - job.startedAt);
  const ended = job.ending?.level === 'not-begun' ? safe`not begun` : safe`ended after ${clock}`;
  const word = job.ending === null ? safe`running ${clock}` : ended;
  return [span(safe`── ${sanitizeLine(job.verb)}: ${word} ──`, job.ending === null ? 'accent' : 'bold')];
}

/** The newest lines that fit, and a sign where there are more above. The outcome says what the RESULT line says. */
function outputLines(job: PowerJob, width: number, height: number, scroll: number): Line[] {
  const lines = job.lines.filter(({ text }) => !text.startsWith('RESULT '));
  if (lines.length === 0 && job.ending === null) return [[span(safe`no output yet`, 'dim')]];
  const end = Math.max(Math.min(lines.length, height), lines.length - scroll);
  const rows = lines
    .slice(Math.max(0, end - height), end)
    .map(({ stream, text }) => wrap([span(text, stream === 'stderr' ? 'warn' : 'plain')], width));
  const all = rows.flat();
  if (end <= height && all.length <= height) return all;
  const shown = all.slice(Math.max(0, all.length - Math.max(0, height - 1)));
  const above = end - wholeFromEnd(rows, shown.length);
  const sign = span(safe`↑ ${above} ${above === 1 ? safe`line` : safe`lines`} above (PgUp)`, 'dim');
  return height < 1 ? [] : [[sign], ...shown];
}

/** How many of the lines, each given as its rows, the last `room` rows hold to their beginning. */
function wholeFromEnd(rows: readonly (readonly Line[])[], room: number): number {
  let left = room;
  const cutAt = rows.findLastIndex((row) => {
    left -= row.length;
    return left < 0;
  });
  return rows.length - cutAt - 1;
}

const ENDING_STYLE = { good: 'good', warn: 'warn', bad: 'bad', unknown: 'warn', 'not-begun': 'bad' } as const;
const ENDING_SIGN = { good: '✓', warn: '!', bad: '✗', unknown: '?', 'not-begun': '✗' } as const;

function endingLines({ ending }: PowerJob, width: number): Line[] {
  if (ending === null) return [];
  const sign = sanitizeLine(ENDING_SIGN[ending.level]);
  const style = ENDING_STYLE[ending.level];
  const outcome = hang([span(safe`${sign} `, style)], [span(ending.outcome, style)], width);
  if (ending.next === '') return outcome;
  return [...outcome, ...hang([span(safe`  next: `, 'dim')], [span(ending.next, 'accent')], width)];
}
