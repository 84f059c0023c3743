import { type Readiness, routes } from '@breakglass/shared';
import type { Router } from 'express';
import { openApi } from './openapi.ts';
import { mount } from './route.ts';

/** Liveness, readiness, the description of the interface. No credentials, no secrets. */
export function mountMeta(
  router: Router,
  { ready, version }: { ready(): Promise<Readiness>; version: string },
): void {
  mount(router, routes.health, () => ({ status: 'ok' as const, service: 'claude-breakglass' as const }));

  mount(router, routes.ready, async ({ response }) => {
    const readiness = await ready();
    response.status(readiness.status === 'unavailable' ? 503 : 200);
    return readiness;
  });

  const description = openApi(routes, version);
  router.get('/openapi.json', (_request, response) => {
    response.json(description);
  });
}
