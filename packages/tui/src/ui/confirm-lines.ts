import { VERB_EFFECTS } from '@breakglass/shared';
import type { Confirmation } from '../state/confirmation.ts';
import type { Screen } from '../state/screen.ts';
import { formatAge } from '../text/format.ts';
import { type Line, type Span, span, wrap } from '../text/line.ts';
import { joinSafe, type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';

/** The question before a mutating verb: which VM, what happens to it, whom it hits, and how to answer. Pure. */
export function confirmLines(screen: Screen, confirmation: Confirmation, width: number): Line[] {
  const { verb, target } = confirmation;
  const name = sanitizeLine(target.name);
  const simulated = target.simulated ? safe`  SIMULATED` : safe``;
  const rows: readonly (readonly Span[])[] = [
    [
      span(safe`${sanitizeLine(verb.toUpperCase())} ${name} (VM ${sanitizeLine(target.id)})?`, 'bad'),
      span(simulated, 'warn'),
    ],
    [],
    [span(safe`It ${sanitizeLine(VERB_EFFECTS[verb])}. Forensics are captured first.`)],
    vmNow(screen),
    agentNow(screen),
    others(screen),
    [],
    question(confirmation, name),
  ];
  return rows
    .filter((row, index) => row.length > 0 || index === 1 || index === 6)
    .flatMap((row) => wrap(row, width));
}

function vmNow({ vm, now }: Screen): Span[] {
  if (!vm?.observed_at) return [span(safe`The state of the VM is not known.`, 'warn')];
  const age = formatAge(now - Date.parse(vm.observed_at));
  return [span(safe`The VM now: `, 'dim'), span(safe`${sanitizeLine(vm.state)}, seen ${age}`)];
}

function agentNow({ transcript }: Screen): Span[] {
  const { running, tool } = transcript.turn;
  if (!running) return [];
  const what = tool === null ? safe`a turn` : tool;
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
