import { z } from 'zod';

/** One line of the audit trail: who did what to which VM. Two lines for each verb: `asked` before, `ended` after. */
export const auditRecord = z.object({
  ts: z.iso.datetime(),
  /** Joins the two lines of one verb. */
  job: z.string(),
  state: z.enum(['asked', 'ended']),
  verb: z.string(),
  target: z.string(),
  operator: z.string(),
  /** The address that the request came from. */
  from: z.string(),
  /** Why, in the operator's words. */
  reason: z.string().optional(),
  /** Of `ended` only; null where the outcome is unknown. */
  exit_code: z.int().nullable().optional(),
  outcome: z.string().optional(),
  duration_ms: z.int().optional(),
});
export type AuditRecord = z.infer<typeof auditRecord>;

export const auditQuery = z.object({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a whole number from 1 to 9999')
    .transform(Number)
    .optional(),
});

/** The newest records, the oldest of them first. */
export const auditList = z.object({ records: z.array(auditRecord) });
