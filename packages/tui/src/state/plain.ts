import type { Event, UnknownEvent } from '@breakglass/shared';
import { formatBytes, formatCost, formatDuration, formatSteps, formatTime } from '../text/format.ts';
import { powerOutcome } from '../text/power-outcome.ts';
import { joinSafe, type SafeText, safe, sanitize, sliceSafe } from '../text/sanitize.ts';
import type { Entry, PowerEntry, PromptEntry, ResultEntry, ToolEntry } from './entry.ts';
import { emptyTranscript, fold, type Transcript } from './transcript.ts';

/** A session as lines for a pipe, a file or a dumb terminal: printed as it happens, never redrawn. */
export interface Plain {
  transcript: Transcript;
  /** Whether the last line printed is prose that may go on. */
  midLine: boolean;
}

export const emptyPlain: Plain = { transcript: emptyTranscript, midLine: false };

/** What one more event prints. Whole lines, except prose, which comes in the pieces it arrives in. */
export function plain(
  { transcript, midLine }: Plain,
  event: Event | UnknownEvent,
): { plain: Plain; text: SafeText } {
  const next = fold(transcript, event);
  // A turn that is over leaves nothing that a later event could change: a long log must not fill the memory.
  const kept = event.kind === 'turn_end' ? emptyTranscript : next;
  const entry = changedEntry(transcript, next, event);
  if (entry?.type === 'prose') {
    const before =
      transcript.open.prose === null ? undefined : transcript.entries.at(transcript.open.prose.at);
    const text = sliceSafe(entry.text, before?.type === 'prose' ? before.text.length : 0);
    const nowMidLine = text === '' ? midLine : !text.endsWith('\n');
    return { plain: { transcript: kept, midLine: nowMidLine }, text };
  }
  const lines = entry === undefined ? [] : entryLines(entry, entry === next.entries.at(-1));
  if (lines.length === 0) {
    const open = midLine && event.kind !== 'turn_end';
    return { plain: { transcript: kept, midLine: open }, text: midLine && !open ? safe`\n` : safe`` };
  }
  const text = safe`${midLine ? safe`\n` : safe``}${joinSafe(lines, safe`\n`)}\n`;
  return { plain: { transcript: kept, midLine: false }, text };
}

/** The entry that an event added or changed. */
function changedEntry(before: Transcript, after: Transcript, event: Event | UnknownEvent): Entry | undefined {
  if (after.entries.length > before.entries.length) return after.entries.at(-1);
  const { prose, tools, jobs } = before.open;
  const at =
    event.kind === 'text'
      ? prose?.at
      : event.kind === 'tool_result'
        ? tools.get(event.call_id)
        : event.kind === 'power'
          ? jobs.get(event.job)
          : undefined;
  return at === undefined ? undefined : after.entries.at(at);
}

/** @param newest whether it stands right below what was printed last */
function entryLines(entry: Entry, newest: boolean): readonly SafeText[] {
  switch (entry.type) {
    case 'prompt':
      return [promptLine(entry)];
    case 'tool':
      return toolLines(entry, newest);
    case 'result':
      return [...(entry.text === null ? [] : [entry.text]), resultLine(entry)];
    case 'error':
      return [safe`! ${entry.text}`];
    case 'notice':
      return [entry.level === 'info' ? safe`- ${entry.text}` : safe`! ${entry.text}`];
    case 'cancelled':
      return [entry.operator === null ? safe`- cancelled` : safe`- cancelled by ${entry.operator}`];
    case 'power':
      return [powerLine(entry)];
    case 'prose':
    case 'turn-end':
      return [];
  }
}

function promptLine({ ts, operator, text }: PromptEntry): SafeText {
  return safe`> ${formatTime(ts)} ${operator ?? safe`somebody`}: ${text}`;
}

/** The call when it begins, its output when it ends; the call again where others came between. */
function toolLines(entry: ToolEntry, newest: boolean): readonly SafeText[] {
  const call = entry.name === 'Bash' ? safe`$ ${entry.summary}` : safe`$ ${entry.name}: ${entry.summary}`;
  if (entry.output === null) return [call];
  const output = entry.output.trimEnd();
  const body = output === '' ? [] : output.split('\n').map((line) => safe`  ${sanitize(line)}`);
  return [
    ...(newest ? [] : [call]),
    ...body,
    ...(entry.truncated ? [safe`  … cut: the whole output has ${formatBytes(entry.bytes)}`] : []),
    ...(entry.isError ? [safe`  (failed)`] : []),
  ];
}

/** How a turn went, on one line: `= done in 12 s, 3 steps, $0.0123`. */
function resultLine({ isError, durationMs, turns, costUsd, model }: ResultEntry): SafeText {
  const facts = [
    ...(durationMs === null ? [] : [safe`in ${formatDuration(durationMs)}`]),
    ...(turns === null || turns === 0 ? [] : [formatSteps(turns)]),
    ...(costUsd === null ? [] : [formatCost(costUsd)]),
    ...(model === null ? [] : [model]),
  ];
  return safe`= ${isError ? safe`failed` : safe`done`} ${joinSafe(facts, safe`, `)}`.trimEnd() as SafeText;
}

/** A power job in the state it is in: `# 15:04:05 cycle of devvm by eve: running`. */
function powerLine(entry: PowerEntry): SafeText {
  const { ts, verb, target, by } = entry;
  return safe`# ${formatTime(ts)} ${verb} of ${target} by ${by}: ${powerOutcome(entry)}`;
}
