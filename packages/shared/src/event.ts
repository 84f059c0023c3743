import { z } from 'zod';

/**
 * The events of a session's log. `id` counts 0, 1, 2 … within its session without holes; every event has
 * `ts` and, where a person caused it, `operator`. Kinds may be added: clients ignore those they don't know.
 */

/** What every event carries besides its kind. */
const stamp = {
  id: z.int().nonnegative(),
  ts: z.iso.datetime(),
  operator: z.string().optional(),
};

const user = z.object({ kind: z.literal('user'), text: z.string() });

/** The agent opened (or resumed) its own conversation under this id. */
const session = z.object({ kind: z.literal('session'), session_id: z.string() });

/** Prose. Consecutive ones concatenate: a streamed delta is a `text` event too. */
const text = z.object({ kind: z.literal('text'), text: z.string() });

/** A tool call. `call_id` pairs it with its `tool_result`. */
const tool = z.object({
  kind: z.literal('tool'),
  call_id: z.string().optional(),
  name: z.string(),
  input: z.unknown(),
});

/** What a tool call answered. `bytes` is the full UTF-8 size, also where `output` was cut. */
const toolResult = z.object({
  kind: z.literal('tool_result'),
  call_id: z.string(),
  output: z.string(),
  is_error: z.boolean(),
  bytes: z.int().nonnegative(),
  truncated: z.boolean(),
});

/** The agent's own summary of its turn. `turns` counts its round trips to the model. */
const result = z.object({
  kind: z.literal('result'),
  is_error: z.boolean(),
  result: z.string(),
  duration_ms: z.number().nullable(),
  cost_usd: z.number().optional(),
  turns: z.int().optional(),
  model: z.string().optional(),
});

const error = z.object({ kind: z.literal('error'), error: z.string() });

const cancelled = z.object({ kind: z.literal('cancelled') });

const turnEnd = z.object({ kind: z.literal('turn_end') });

/** Something the operator should know and the agent did not say. `code` is stable, `text` is a sentence. */
const notice = z.object({
  kind: z.literal('notice'),
  level: z.enum(['info', 'warn', 'error']),
  code: z.string(),
  text: z.string(),
});

/** A power verb, whoever ran it, as seen from a session. One `job` has one event for each state it reaches. */
const power = z.object({
  kind: z.literal('power'),
  job: z.string(),
  verb: z.string(),
  target: z.string(),
  by: z.string(),
  state: z.enum(['asked', 'running', 'done', 'refused']),
  exit_code: z.int().nullable(),
  outcome: z.string().nullable(),
  text: z.string(),
});

const bodies = [
  user,
  session,
  text,
  tool,
  toolResult,
  result,
  error,
  cancelled,
  turnEnd,
  notice,
  power,
] as const;

/** An event before the log gave it its id and time. */
export const eventBody = z.discriminatedUnion('kind', bodies);
export type EventBody = z.infer<typeof eventBody>;
export type EventKind = EventBody['kind'];

/** An event as it stands in the log and travels to clients. */
export const event = z.discriminatedUnion('kind', [
  user.extend(stamp),
  session.extend(stamp),
  text.extend(stamp),
  tool.extend(stamp),
  toolResult.extend(stamp),
  result.extend(stamp),
  error.extend(stamp),
  cancelled.extend(stamp),
  turnEnd.extend(stamp),
  notice.extend(stamp),
  power.extend(stamp),
]);
export type Event = z.infer<typeof event>;
export type EventOf<K extends EventKind> = Extract<Event, { kind: K }>;

/** Every kind this version knows. */
export const eventKinds: readonly EventKind[] = bodies.map((body) => body.shape.kind.value);

/** An event of a kind that this version does not know: skipped when drawn, but its id counts. */
export interface UnknownEvent {
  kind: 'unknown';
  id: number;
  ts: string;
  original_kind: string;
}

/** A frame that claims a known kind and does not have its shape, or has no usable stamp at all. */
export interface MalformedEvent {
  kind: 'malformed';
  /** Null where not even the id could be read. */
  id: number | null;
  why: string;
}

const bareEvent = z.object({ id: stamp.id, ts: z.string(), kind: z.string() });

/**
 * Reads one event as it came over the wire. Never throws: what is not understood is a value, so that
 * a cursor can advance past it.
 */
export function parseEvent(data: unknown): Event | UnknownEvent | MalformedEvent {
  const known = event.safeParse(data);
  if (known.success) return known.data;
  const bare = bareEvent.safeParse(data);
  if (!bare.success) return { kind: 'malformed', id: null, why: z.prettifyError(bare.error) };
  const { id, ts, kind } = bare.data;
  if ((eventKinds as readonly string[]).includes(kind)) {
    return { kind: 'malformed', id, why: z.prettifyError(known.error) };
  }
  return { kind: 'unknown', id, ts, original_kind: kind };
}
