import { VERB_EFFECTS } from '@breakglass/shared';
import type { Confirmation } from '../state/confirmation.ts';
import { isCutOff, type Screen } from '../state/screen.ts';
import { formatAge } from '../text/format.ts';
import { cut, type Line, type Span, span, wrap } from '../text/line.ts';
import { joinSafe, type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';

/**
 * The question before a mutating verb: which VM, what happens to it, whom it hits, and how to answer. Where the rows
 * do not suffice, what stands between goes first: which VM it is and how to answer stay. Pure.
 */
export function confirmLines(
  screen: Screen,
  confirmation: Confirmation,
  width: number,
  height: number,
): Line[] {
  const { verb, target } = confirmation;
  const name = sanitizeLine(target.name);
  const simulated = target.simulated ? safe`  SIMULATED` : safe``;
  const title = wrap(
    [
      span(safe`${sanitizeLine(verb.toUpperCase())} ${name} (VM ${sanitizeLine(target.id)})?`, 'bad'),
      span(simulated, 'warn'),
    ],
    width,
  );
  const facts = [
    isCutOff(screen) ? [span(safe`The link is down: this will probably not arrive.`, 'bad')] : [],
    [span(safe`It ${sanitizeLine(VERB_EFFECTS[verb])}. Forensics are captured first.`)],
    agentNow(screen, width),
    vmNow(screen),
    others(screen),
  ]
    .filter((row) => row.length > 0)
    .flatMap((row) => wrap(row, width));
  const answer = wrap(question(confirmation, name), width);
  const airy = [...title, [], ...facts, [], ...answer];
  if (airy.length <= height) return airy;
  const room = height - title.length - answer.length;
  if (room >= 0) return [...title, ...facts.slice(0, room), ...answer];
  return wrap([...title.flat(), span(safe` `), ...answer.flat()], width).slice(0, Math.max(1, height));
}

function vmNow({ vm, now }: Screen): Span[] {
  if (!vm?.observed_at) return [span(safe`The state of the VM is not known.`, 'warn')];
  const age = formatAge(now - Date.parse(vm.observed_at));
  return [span(safe`The VM now: `, 'dim'), span(safe`${sanitizeLine(vm.state)}, seen ${age}`)];
}

function agentNow({ transcript }: Screen, width: number): Span[] {
  const { running, tool } = transcript.turn;
  if (!running) return [];
  const what = tool === null ? safe`a turn` : cut(tool, width);
  return [
    span(safe`The agent runs now: `, 'warn'),
    span(what, 'code'),
    span(safe`; it goes on, and loses the VM.`),
  ];
}

function others({ presence }: Screen): Span[] {
  const attached = presence?.attached ?? [];
  if (attached.length < 2) return [];
  const names: SafeText[] = attached.map(({ operator }) => sanitizeLine(operator));
  return [span(safe`Attached: `, 'dim'), span(joinSafe(names, safe`, `))];
}

function question({ byName, typed, verb }: Confirmation, name: SafeText): Span[] {
  if (!byName) {
    return [
      span(safe`y`, 'key'),
      span(safe` yes, ${sanitizeLine(verb)} it    `),
      span(safe`any other key: no`, 'dim'),
    ];
  }
  return [
    span(safe`Type `),
    span(name, 'key'),
    span(safe` and Enter to ${sanitizeLine(verb)} it (Esc: no): `),
    span(safe`${sanitizeLine(typed)}_`, 'bold'),
  ];
}
