import type { EventOf } from '@breakglass/shared';
import { type SafeText, safe, sanitize, sanitizeLine } from '../text/sanitize.ts';
import type { ToolEntry } from './entry.ts';
import type { EntryList } from './entry-list.ts';
import { toolInput, toolSummary } from './tool-summary.ts';
import { append, closeProse, stamp, type Transcript } from './transcript-shape.ts';

export function foldTool(transcript: Transcript, event: EventOf<'tool'>): Transcript {
  const summary = toolSummary(event.input);
  const entry: ToolEntry = {
    type: 'tool',
    ...stamp(event),
    callId: event.call_id ?? null,
    name: sanitizeLine(event.name),
    summary,
    input: toolInput(event.input),
    output: null,
    isError: false,
    truncated: false,
    bytes: 0,
    running: event.call_id !== undefined,
    endedAt: null,
  };
  const closed = closeProse(transcript);
  const next = append({ ...closed, turn: { ...closed.turn, tool: entry.running ? summary : null } }, entry);
  if (event.call_id === undefined) return next;
  const bounded = closeOldest(next);
  const tools = new Map(bounded.open.tools).set(event.call_id, transcript.entries.length);
  return { ...bounded, open: { ...bounded.open, tools } };
}

/** So many calls wait for their answers at a time: each event copies the list of them. */
const OPEN_MAX = 64;

/** The oldest call gives its place up where all are taken; its answer, if it comes, then stands alone. */
function closeOldest(transcript: Transcript): Transcript {
  const { tools } = transcript.open;
  const [oldest] = tools;
  if (tools.size < OPEN_MAX || oldest === undefined) return transcript;
  const [callId, at] = oldest;
  const rest = new Map(tools);
  rest.delete(callId);
  const call = transcript.entries.at(at);
  const entries =
    call?.type === 'tool' ? transcript.entries.replace(at, { ...call, running: false }) : transcript.entries;
  return { ...transcript, entries, open: { ...transcript.open, tools: rest } };
}

/** Joins its call by `call_id`; one whose call is not there stands alone. */
export function foldToolResult(transcript: Transcript, event: EventOf<'tool_result'>): Transcript {
  const closed = closeProse(transcript);
  const at = closed.open.tools.get(event.call_id);
  const call = at === undefined ? undefined : closed.entries.at(at);
  const answer = {
    output: sanitize(event.output),
    isError: event.is_error,
    truncated: event.truncated,
    bytes: event.bytes,
    running: false,
    endedAt: event.ts,
  };
  if (at === undefined || call?.type !== 'tool') {
    const orphan = { name: safe`?`, summary: safe``, input: safe``, callId: event.call_id };
    return append(closed, { type: 'tool', ...stamp(event), ...orphan, ...answer });
  }
  const tools = new Map(closed.open.tools);
  tools.delete(event.call_id);
  return {
    ...closed,
    entries: closed.entries.replace(at, { ...call, ...answer }),
    open: { ...closed.open, tools },
    turn: { ...closed.turn, tool: newestTool(closed.entries, tools) },
  };
}

/** A turn that ended leaves no tool running, whatever became of its result. */
export function closeTools(transcript: Transcript): Transcript {
  if (transcript.open.tools.size === 0) return transcript;
  let { entries } = transcript;
  for (const at of transcript.open.tools.values()) {
    const call = entries.at(at);
    if (call?.type === 'tool') entries = entries.replace(at, { ...call, running: false });
  }
  return { ...transcript, entries, open: { ...transcript.open, tools: new Map() } };
}

function newestTool(entries: EntryList, tools: ReadonlyMap<string, number>): SafeText | null {
  const entry = entries.at(Math.max(...tools.values()));
  return tools.size > 0 && entry?.type === 'tool' ? entry.summary : null;
}
