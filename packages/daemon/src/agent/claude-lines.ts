import { z } from 'zod';

/**
 * The lines of `claude --output-format stream-json` that are read, and of those only the fields that are
 * used: the format is foreign and grows. Measured with claude 2.1.197.
 */

const init = z.looseObject({
  type: z.literal('system'),
  subtype: z.literal('init'),
  session_id: z.string(),
  model: z.string(),
  tools: z.array(z.string()),
});

const apiRetry = z.looseObject({
  type: z.literal('system'),
  subtype: z.literal('api_retry'),
  attempt: z.number(),
  max_retries: z.number(),
  /** The HTTP status, or null where there was no answer at all. */
  error_status: z.number().nullish(),
});

/** One event of the Messages API's own stream, passed through. */
const streamEvent = z.looseObject({
  type: z.literal('stream_event'),
  event: z.looseObject({
    type: z.string(),
    message: z.looseObject({ id: z.string() }).optional(),
    content_block: z.looseObject({ type: z.string() }).optional(),
    delta: z.looseObject({ text: z.string().optional() }).optional(),
  }),
});

const textBlock = z.looseObject({ type: z.literal('text'), text: z.string() });
const toolUse = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
});
const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
  is_error: z.boolean().nullish(),
});
const otherBlock = z
  .looseObject({ type: z.string() })
  .refine(({ type }) => !['text', 'tool_use', 'tool_result'].includes(type));
export type ToolResultBlock = z.infer<typeof toolResult>;

/** One content block, whole, also where its text was streamed before. */
const assistant = z.looseObject({
  type: z.literal('assistant'),
  message: z.looseObject({
    id: z.string(),
    content: z.array(z.union([textBlock, toolUse, otherBlock])),
  }),
  /** Set where the CLI speaks for a failed API; `result` says the same again. */
  error: z.string().optional(),
});

const user = z.looseObject({
  type: z.literal('user'),
  message: z.looseObject({
    content: z.union([z.string(), z.array(z.union([toolResult, otherBlock, textBlock]))]),
  }),
});

const result = z.looseObject({
  type: z.literal('result'),
  subtype: z.string(),
  /** May be true where `subtype` is "success". */
  is_error: z.boolean(),
  result: z.string().optional(),
  errors: z.array(z.string()).optional(),
  duration_ms: z.number().optional(),
  num_turns: z.number().optional(),
  total_cost_usd: z.number().optional(),
});

const known = z.union([init, apiRetry, streamEvent, assistant, user, result]);
const anyLine = z.looseObject({ type: z.string() });
const readTypes = new Set(['stream_event', 'assistant', 'user', 'result']);

export type ClaudeLine = z.infer<typeof known> | { type: 'other' } | { type: 'garbage' };

/** Never throws. `other` is a line that we have no use for, `garbage` one that the CLI should not have sent. */
export function parseClaudeLine(text: string): ClaudeLine {
  const parsed = known.safeParse(tryJson(text));
  if (parsed.success) return parsed.data;
  const line = anyLine.safeParse(tryJson(text));
  return line.success && !readTypes.has(line.data.type) ? { type: 'other' } : { type: 'garbage' };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
