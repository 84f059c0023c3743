import { VERB_EFFECTS, type Verb } from '@breakglass/shared';
import type { Action } from '../state/action.ts';
import type { PowerJob } from '../state/power-job.ts';
import { type Screen, targetOf } from '../state/screen.ts';
import { formatAge, formatClock } from '../text/format.ts';
import { justify, segment } from '../text/justify.ts';
import { cutLine, hang, type Line, span, wrap } from '../text/line.ts';
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
  const name =
    target === null
      ? safe`VM not known yet`
      : safe`${sanitizeLine(target.name)} (VM ${sanitizeLine(target.id)})`;
  const age = vm?.observed_at ? safe`seen ${formatAge(now - Date.parse(vm.observed_at))}` : null;
  const row = justify(
    [
      segment(safe`Power: ${name}`, 'bold', 4),
      segment(vm === null ? safe`state unknown` : sanitizeLine(vm.state), 'plain', 3),
      segment(age, 'dim', 1),
    ],
    [segment(target?.simulated ? safe`SIMULATED` : null, 'warn', 2)],
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
    const spans = ENTRIES.flatMap(({ verb, action }) => [
      span(safe`${keyOf(action)} `, 'key'),
      span(safe`${sanitizeLine(verb)}  `, 'dim'),
    ]);
    return wrap(spans, width);
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
  const word = job.ending === null ? safe`running ${clock}` : safe`ended after ${clock}`;
  return [span(safe`── ${sanitizeLine(job.verb)}: ${word} ──`, job.ending === null ? 'accent' : 'bold')];
}

function outputLines(job: PowerJob, width: number, height: number, scroll: number): Line[] {
  const end = Math.max(0, job.lines.length - scroll);
  const rows = job.lines
    .slice(Math.max(0, end - height), end)
    .flatMap(({ stream, text }) => wrap([span(text, stream === 'stderr' ? 'warn' : 'plain')], width));
  if (job.lines.length === 0 && job.ending === null) return [[span(safe`no output yet`, 'dim')]];
  return rows.slice(Math.max(0, rows.length - height));
}

const ENDING_STYLE = { good: 'good', bad: 'bad', unknown: 'warn' } as const;
const ENDING_SIGN = { good: '✓', bad: '✗', unknown: '?' } as const;

function endingLines({ ending }: PowerJob, width: number): Line[] {
  if (ending === null) return [];
  const sign = sanitizeLine(ENDING_SIGN[ending.level]);
  const style = ENDING_STYLE[ending.level];
  const outcome = hang([span(safe`${sign} `, style)], [span(ending.outcome, style)], width);
  if (ending.next === '') return outcome;
  return [...outcome, ...hang([span(safe`  next: `, 'dim')], [span(ending.next, 'accent')], width)];
}
