import { PROMPT_MAX_BYTES, ProblemError, routes } from '@breakglass/shared';
import type { Router } from 'express';
import type { Sessions } from '../session/sessions.ts';
import { operatorOf } from './operator.ts';
import { mount } from './route.ts';

/** New, list, prompt, cancel. */
export function mountSessions(router: Router, sessions: Sessions): void {
  mount(router, routes.createSession, async () => ({ session_id: await sessions.create() }));

  mount(router, routes.listSessions, async () => ({ sessions: await sessions.list() }));

  mount(router, routes.prompt, async ({ params, body, request }) => {
    refuseLargePrompt(body.prompt);
    await sessions.prompt(params.id, {
      prompt: body.prompt,
      model: body.model ?? null,
      operator: operatorOf(request).name,
    });
    return { status: 'started' as const };
  });

  mount(router, routes.cancel, async ({ params, request }) => ({
    cancelled: await sessions.cancel(params.id, operatorOf(request).name),
  }));
}

function refuseLargePrompt(prompt: string): void {
  const bytes = Buffer.byteLength(prompt);
  if (bytes <= PROMPT_MAX_BYTES) return;
  throw new ProblemError(
    'too-large',
    `The prompt has ${bytes} bytes; ${PROMPT_MAX_BYTES} are the most. Put long text into a file on the VM.`,
  );
}
