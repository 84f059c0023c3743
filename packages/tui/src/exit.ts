import { ApiError, type ApiErrorKind } from './client/api-error.ts';
import { sanitizeLine } from './text/sanitize.ts';

/** The exit codes of every command. The README documents this table. */
export const EXIT = {
  ok: 0,
  /** It was tried and it failed; for `ask`, the turn did. */
  failed: 1,
  /** The command line or the configuration. */
  usage: 2,
  /** A wrong token, or a sign-on page in the way. */
  denied: 3,
  /** Refused, by the host or by your own "no"; nothing was changed. */
  refused: 4,
  /** A turn or a verb runs already. */
  busy: 5,
  /** It may have happened or not: look before you repeat it. */
  unknown: 6,
  /** Nothing that is a daemon answers, or the host can't be reached: nothing was run. */
  unreachable: 7,
  /** Ctrl-C. What runs in the daemon or on the host goes on. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that can't do what it was asked. The message says what and why, the hint what to do next. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly hint: string;

  constructor(exitCode: ExitCode, message: string, hint = '') {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

const CODES: Record<ApiErrorKind, ExitCode> = {
  unreachable: EXIT.unreachable,
  denied: EXIT.denied,
  'sign-on': EXIT.denied,
  'not-found': EXIT.failed,
  busy: EXIT.busy,
  invalid: EXIT.usage,
  refused: EXIT.refused,
  failed: EXIT.failed,
  unknown: EXIT.unknown,
  protocol: EXIT.failed,
};

/** Says on stderr why a command ends, and gives its exit code. What is no expected failure is thrown on. */
export function fail(error: unknown): ExitCode {
  if (error instanceof ApiError) return say(CODES[error.kind], error);
  if (error instanceof CommandError) return say(error.exitCode, error);
  throw error;
}

function say(code: ExitCode, { message, hint }: { message: string; hint: string }): ExitCode {
  const hints = hint.split('\n').filter((line) => line !== '');
  const lines = [`error: ${sanitizeLine(message)}`, ...hints.map((line) => `hint: ${sanitizeLine(line)}`)];
  process.stderr.write(`${lines.join('\n')}\n`);
  return code;
}
