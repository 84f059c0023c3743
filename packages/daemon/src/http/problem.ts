import { PROBLEM_JSON, ProblemError } from '@breakglass/shared';
import type { ErrorRequestHandler, Response } from 'express';
import { z } from 'zod';

/** Writes a problem as `application/problem+json` (RFC 9457). */
function sendProblem(response: Response, problem: ProblemError): void {
  if (problem.type === 'unauthenticated') response.set('WWW-Authenticate', 'Bearer');
  response.status(problem.status).type(PROBLEM_JSON).send(JSON.stringify(problem));
}

/** The one place where what was thrown becomes an answer. */
export function problemHandler(onInternal: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const problem = toProblem(error);
    if (problem.type === 'internal') onInternal(error);
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem);
  };
}

/** What the body parser says of a body that it refuses. */
const bodyError = z.object({ type: z.string(), status: z.number(), message: z.string() });

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof z.ZodError) return new ProblemError('invalid', `${sentence(error)}.`);
  if (error instanceof URIError) {
    return new ProblemError('invalid', 'The address is not valid: an escape in it can not be decoded.', {
      status: 400,
    });
  }
  const body = bodyError.safeParse(error);
  if (body.success && body.data.type === 'entity.too.large') {
    return new ProblemError(
      'too-large',
      'The request is too large. A prompt may have 64 KiB; put long text into a file on the VM.',
    );
  }
  if (body.success && body.data.status >= 400 && body.data.status < 500) {
    return new ProblemError(
      'invalid',
      `The body can't be read as JSON (${body.data.message}). Send {"prompt": "…"}.`,
      {
        status: 400,
      },
    );
  }
  return new ProblemError(
    'internal',
    'The daemon failed; its log has the reason. The power verbs may still work: breakglass pve status.',
  );
}

function sentence(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
    .join('; ');
}
