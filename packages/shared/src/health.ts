import { z } from 'zod';

export const health = z.object({ status: z.literal('ok'), service: z.literal('claude-breakglass') });

const check = z.object({ ok: z.boolean(), detail: z.string() });

/** Each dependency, ok or why not. `unavailable` (HTTP 503) means that the power path can't work. */
export const readiness = z.object({
  status: z.enum(['ready', 'degraded', 'unavailable']),
  checks: z.object({ ssh: check, log: check, agent: check }),
});
export type Readiness = z.infer<typeof readiness>;
