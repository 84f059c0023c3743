import type { Problem } from '@breakglass/shared';

/**
 * Why a call failed, as far as the caller has to tell cases apart.
 *
 * - `unreachable`: nothing that speaks the protocol answered; nothing was done
 * - `denied`: who we are is not known or not allowed (401, 403)
 * - `sign-on`: a page for a browser answered in the daemon's place
 * - `not-found`: no such session, verb or address
 * - `busy`: a turn or a verb runs already
 * - `invalid`: the request can't be served as it stands
 * - `refused`: refused, and nothing was changed
 * - `failed`: it was tried and it failed
 * - `unknown`: it may have happened or not; the connection was lost before the answer
 * - `protocol`: an answer that this client does not understand
 */
export type ApiErrorKind =
  | 'unreachable'
  | 'denied'
  | 'sign-on'
  | 'not-found'
  | 'busy'
  | 'invalid'
  | 'refused'
  | 'failed'
  | 'unknown'
  | 'protocol';

export interface ApiErrorDetails {
  /** What to do next; empty where the message says it. */
  hint?: string;
  problem?: Problem | undefined;
  status?: number | undefined;
  /** Whether the same call may succeed a little later with nothing changed. */
  retryable?: boolean;
  cause?: unknown;
}

/** Every failure of a call to the daemon. `message` and `hint` may quote the peer: sanitise before drawing. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ApiErrorKind;
  readonly hint: string;
  readonly problem: Problem | undefined;
  readonly status: number | undefined;
  readonly retryable: boolean;

  constructor(kind: ApiErrorKind, message: string, details: ApiErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.hint = details.hint ?? '';
    this.problem = details.problem;
    this.status = details.status;
    this.retryable = details.retryable ?? false;
  }
}
