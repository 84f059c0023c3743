import { ProblemError, type Readiness } from '@breakglass/shared';
import express, { type Express, type RequestHandler, Router } from 'express';
import type { Config } from '../config.ts';
import { type AttachOptions, mountAttach } from './attach.ts';
import { mountMeta } from './meta.ts';
import { authenticate } from './operator.ts';
import { mountPower, type PowerRoutesOptions } from './power.ts';
import { problemHandler } from './problem.ts';
import { mountSessions } from './sessions.ts';

export interface AppOptions extends AttachOptions, PowerRoutesOptions {
  auth: Config['auth'];
  staticDir: string | null;
  version: string;
  ready(): Promise<Readiness>;
  onError(error: unknown, what: string): void;
}

/** The HTTP interface: what is tried in which order. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);

  const open = Router();
  mountMeta(open, options);
  app.use(open);

  const api = Router();
  mountSessions(api, options.sessions);
  mountAttach(api, options);
  mountPower(api, options);
  app.use('/api', authenticate(options.auth));
  app.use(api);

  if (options.staticDir !== null) app.use(express.static(options.staticDir));
  app.use(notFound);
  app.use(problemHandler((error) => options.onError(error, 'an HTTP request')));
  return app;
}

const notFound: RequestHandler = (request) => {
  throw new ProblemError(
    'not-found',
    `There is nothing at ${request.method} ${request.path.slice(0, 200)}. The addresses are in /openapi.json.`,
  );
};
