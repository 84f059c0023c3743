import { z } from 'zod';

/** A session's id: a UUID, also the id that the agent resumes its conversation by. */
export const sessionId = z.uuid();

/** The largest prompt, in bytes of UTF-8. */
export const PROMPT_MAX_BYTES = 64 * 1024;

export const sessionCreated = z.object({ session_id: sessionId });

export const sessionSummary = z.object({
  session_id: sessionId,
  /** The beginning of the first prompt; null before there is one. */
  title: z.string().nullable(),
  created_at: z.iso.datetime(),
  last_event_at: z.iso.datetime().nullable(),
  /** -1 while the log is empty. The number of events is this plus one. */
  last_event_id: z.int().min(-1),
  turn: z.enum(['idle', 'running']),
  /** How many clients are attached. */
  attached: z.int().nonnegative(),
});
export type SessionSummary = z.infer<typeof sessionSummary>;

export const sessionList = z.object({ sessions: z.array(sessionSummary) });

export const promptRequest = z.object({
  prompt: z.string('must be a text').regex(/\S/, 'must not be empty'),
  model: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:[\]-]{0,127}$/, 'must be a model name, such as "sonnet"')
    .nullish(),
});
export type PromptRequest = z.infer<typeof promptRequest>;

export const promptStarted = z.object({ status: z.literal('started') });

export const cancelResult = z.object({ cancelled: z.boolean() });

/** `after` is the last id that the client has; `follow=false` ends the stream after the replay. */
export const streamQuery = z.object({
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the id of an event: 0, 1, 2 …')
    .transform(Number)
    .optional(),
  follow: z.enum(['true', 'false'], 'must be true or false').optional(),
});

/** Who is attached to a session, oldest first. Travels as the named event `presence`. */
export const presence = z.object({
  attached: z.array(z.object({ operator: z.string(), since: z.iso.datetime() })),
});
export type Presence = z.infer<typeof presence>;

/** The daemon is about to end the stream. Travels as the named event `going-away`. */
export const goingAway = z.object({ reason: z.string() });

/** The log is shorter than what the client had: everything is replayed. Named event `log-reset`. */
export const logReset = z.object({ reason: z.string() });
