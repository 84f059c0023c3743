import { type Event, type EventOf, titleOf, type UnknownEvent } from '@breakglass/shared';
import { safe, sanitize, sanitizeLine } from '../text/sanitize.ts';
import { sanitizePiece } from '../text/sanitize-stream.ts';
import type { PowerEntry, ProseEntry, ResultEntry } from './entry.ts';
import { closeTools, foldTool, foldToolResult } from './fold-tool.ts';
import { append, closeProse, idle, operatorOf, stamp, type Transcript } from './transcript-shape.ts';

export { emptyTranscript, type Transcript } from './transcript-shape.ts';

/** The transcript after one more event. Pure; the cost does not grow with the length of the session. */
export function fold(transcript: Transcript, event: Event | UnknownEvent): Transcript {
  return apply({ ...transcript, lastId: event.id }, event);
}

/** An event that could not be read: a notice in its place, and the cursor goes on. */
export function foldMalformed(
  transcript: Transcript,
  { id, why }: { id: number | null; why: string },
): Transcript {
  const at = id ?? (transcript.lastId ?? -1) + 0.5;
  const text = safe`an event of the log can't be shown: ${sanitizeLine(why)}`;
  const ts = transcript.entries.at(-1)?.ts ?? '';
  const next = append(transcript, {
    type: 'notice',
    id: at,
    ts,
    level: 'warn',
    code: safe`malformed-event`,
    text,
  });
  return { ...next, lastId: id ?? transcript.lastId };
}

function apply(transcript: Transcript, event: Event | UnknownEvent): Transcript {
  switch (event.kind) {
    case 'user':
      return foldPrompt(transcript, event);
    case 'text':
      return foldText(transcript, event);
    case 'tool':
      return foldTool(transcript, event);
    case 'tool_result':
      return foldToolResult(transcript, event);
    case 'result':
      return append(closeProse(transcript), resultEntry(transcript, event));
    case 'error':
      return append(closeProse(transcript), { type: 'error', ...stamp(event), text: sanitize(event.error) });
    case 'notice':
      return append(transcript, {
        type: 'notice',
        ...stamp(event),
        level: event.level,
        code: sanitizeLine(event.code),
        text: sanitize(event.text),
      });
    case 'cancelled':
      return append(closeProse(transcript), {
        type: 'cancelled',
        ...stamp(event),
        operator: operatorOf(event),
      });
    case 'turn_end':
      return append(
        { ...closeTools(closeProse(transcript)), turn: idle },
        { type: 'turn-end', ...stamp(event) },
      );
    case 'power':
      return foldPower(transcript, event);
    case 'session':
    case 'unknown':
      return transcript;
  }
}

function foldPrompt(transcript: Transcript, event: EventOf<'user'>): Transcript {
  const text = sanitize(event.text);
  const begun: Transcript = {
    ...closeTools(closeProse(transcript)),
    title: transcript.title ?? sanitizeLine(titleOf(event.text) ?? ''),
    turn: { running: true, startedAt: event.ts, tool: null },
  };
  const open = { ...begun.open, lastProse: null };
  return append({ ...begun, open }, { type: 'prompt', ...stamp(event), operator: operatorOf(event), text });
}

/** Deltas join the open prose, also past a notice or a power event that came between. */
function foldText(transcript: Transcript, event: EventOf<'text'>): Transcript {
  const { prose } = transcript.open;
  const { text, held } = sanitizePiece(prose?.held ?? '', event.text);
  const current = prose === null ? undefined : transcript.entries.at(prose.at);
  if (prose === null || current?.type !== 'prose') {
    const at = transcript.entries.length;
    const begun = append(transcript, { type: 'prose', ...stamp(event), text });
    return { ...begun, open: { ...begun.open, prose: { at, held }, lastProse: at } };
  }
  const longer: ProseEntry = { ...current, text: safe`${current.text}${text}` };
  return {
    ...transcript,
    entries: transcript.entries.replace(prose.at, longer),
    open: { ...transcript.open, prose: { at: prose.at, held } },
  };
}

/** The agent's last message comes again as its result: then the text is not shown twice. */
function resultEntry(transcript: Transcript, event: EventOf<'result'>): ResultEntry {
  const text = sanitize(event.result);
  const { lastProse } = transcript.open;
  const said = lastProse === null ? undefined : transcript.entries.at(lastProse);
  const repeats = said?.type === 'prose' && said.text.trim().endsWith(text.trim());
  return {
    type: 'result',
    ...stamp(event),
    isError: event.is_error,
    text: repeats || text.trim() === '' ? null : text,
    durationMs: event.duration_ms,
    costUsd: event.cost_usd ?? null,
    turns: event.turns ?? null,
    model: event.model === undefined ? null : sanitizeLine(event.model),
  };
}

/** One entry for each job: its states replace each other. */
function foldPower(transcript: Transcript, event: EventOf<'power'>): Transcript {
  const at = transcript.open.jobs.get(event.job);
  const before = at === undefined ? undefined : transcript.entries.at(at);
  const entry: PowerEntry = {
    type: 'power',
    ...(before === undefined ? stamp(event) : stamp(before)),
    job: event.job,
    verb: sanitizeLine(event.verb),
    target: sanitizeLine(event.target),
    by: sanitizeLine(event.by),
    state: event.state,
    exitCode: event.exit_code,
    outcome: event.outcome === null ? null : sanitizeLine(event.outcome),
    text: sanitize(event.text),
  };
  const jobs = new Map(transcript.open.jobs);
  if (event.state === 'done' || event.state === 'refused') jobs.delete(event.job);
  else jobs.set(event.job, at ?? transcript.entries.length);
  const open = { ...transcript.open, jobs };
  if (at !== undefined) return { ...transcript, entries: transcript.entries.replace(at, entry), open };
  return { ...append(transcript, entry), open };
}
