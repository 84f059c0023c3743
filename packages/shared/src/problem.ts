import { z } from 'zod';

/** Every problem: its slug, the HTTP status it usually has, and its title. The slugs are the contract. */
export const PROBLEMS = {
  invalid: { status: 422, title: 'The request is not valid' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The request is not JSON' },
  unauthenticated: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'No such address' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'unknown-session': { status: 404, title: 'No such session' },
  'unknown-verb': { status: 400, title: 'No such verb' },
  'turn-running': { status: 409, title: 'A turn is running' },
  'too-many-turns': { status: 409, title: 'Too many turns are running' },
  'verb-running': { status: 409, title: 'A verb is running' },
  'log-unavailable': { status: 503, title: 'The event log does not answer' },
  'audit-unavailable': { status: 503, title: 'The audit trail can not be read' },
  'shutting-down': { status: 503, title: 'The daemon is shutting down' },
  internal: { status: 500, title: 'The daemon failed' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemType = keyof typeof PROBLEMS;

/** An error on the wire: `application/problem+json`, RFC 9457. `detail` says what to do next. */
export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
});
export type Problem = z.infer<typeof problem>;

/**
 * A failure that has a problem for its answer.
 * @param detail a sentence with the next step
 * @param extra extension members (RFC 9457, section 3.2)
 * @param status where it differs from the table's: `invalid` is 400 for what can't be parsed
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly type: ProblemType;
  readonly status: number;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    type: ProblemType,
    detail: string,
    { extra = {}, status }: { extra?: Record<string, unknown>; status?: number } = {},
  ) {
    super(detail);
    this.type = type;
    this.status = status ?? PROBLEMS[type].status;
    this.extra = extra;
  }

  toJSON(): Problem {
    const { type, status, message, extra } = this;
    return { ...extra, type, title: PROBLEMS[type].title, status, detail: message };
  }
}
