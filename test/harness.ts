import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDaemon } from '@breakglass/daemon';
import { readConfig } from '@breakglass/daemon/config';
import type { Event } from '@breakglass/shared';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { pino } from 'pino';

export const TOKEN = 'token-for-the-tests';

/** A directory that is gone when its scope ends. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'breakglass-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export interface TestDaemon extends AsyncDisposable {
  url: string;
  dataDir: string;
  /** A request with the token, unless `headers` say otherwise. */
  request(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  get(path: string): Promise<{ status: number; body: unknown }>;
  newSession(): Promise<string>;
  attach(sessionId: string, options?: AttachOptions): Promise<Attached>;
  close(): Promise<void>;
}

interface AttachOptions {
  query?: string;
  headers?: Record<string, string>;
}

/** A real daemon in this process, on a port of its own, in a directory of its own. */
export async function startTestDaemon(env: Record<string, string> = {}): Promise<TestDaemon> {
  const directory = await temporaryDirectory();
  const dataDir = env['BREAKGLASS_DATA_DIR'] ?? join(directory.path, 'data');
  const config = readConfig({
    PATH: process.env['PATH'],
    HOME: directory.path,
    API_BEARER_TOKEN: TOKEN,
    BREAKGLASS_LISTEN: '127.0.0.1:0',
    BREAKGLASS_DATA_DIR: dataDir,
    BREAKGLASS_AGENT_KIND: 'runbook',
    BREAKGLASS_VM_POLL_SECONDS: '0',
    BREAKGLASS_SHUTDOWN_GRACE_SECONDS: '0.1',
    ...env,
  });
  const daemon = await startDaemon(config, pino({ level: 'silent' }));
  const client = httpClient(daemon.url);
  return {
    ...client,
    url: daemon.url,
    dataDir,
    close: () => daemon.close(),
    [Symbol.asyncDispose]: async () => {
      await daemon.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Speaks to a daemon as any HTTP client would. */
export function httpClient(url: string) {
  const request = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...init.headers } });
  const read = async (response: Response) => ({ status: response.status, body: await response.json() });
  const post = async (path: string, body?: unknown) =>
    read(
      await request(path, {
        method: 'POST',
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      }),
    );
  return {
    request,
    post,
    get: async (path: string) => read(await request(path)),
    newSession: async () => {
      const { body } = await post('/api/session');
      return (body as { session_id: string }).session_id;
    },
    attach: async (sessionId: string, { query = '', headers = {} }: AttachOptions = {}) => {
      const abort = new AbortController();
      const response = await request(`/api/session/${sessionId}/stream${query}`, {
        headers,
        signal: abort.signal,
      });
      return new Attached(response, abort);
    },
  };
}

/** A client that is attached: it keeps every frame it got. */
export class Attached implements AsyncDisposable {
  readonly response: Response;
  readonly frames: EventSourceMessage[] = [];
  readonly comments: string[] = [];
  /** Resolves when the stream has ended, however it did. */
  readonly ended: Promise<void>;
  readonly #abort: AbortController;

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.ended = this.#read().catch(() => undefined);
  }

  /** The events of the log, in the order in which they came. */
  get events(): Event[] {
    return this.frames.filter(({ event }) => event === undefined).map(({ data }) => JSON.parse(data));
  }

  /** The ids of the frames of the log. */
  get ids(): number[] {
    return this.frames.filter(({ event }) => event === undefined).map(({ id }) => Number(id));
  }

  named(name: string): unknown[] {
    return this.frames.filter(({ event }) => event === name).map(({ data }) => JSON.parse(data));
  }

  get text(): string {
    return this.events.map((event) => (event.kind === 'text' ? event.text : '')).join('');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.ended;
  }

  async #read(): Promise<void> {
    const parser = createParser({
      onEvent: (frame) => this.frames.push(frame),
      onComment: (comment) => this.comments.push(comment),
    });
    const decoder = new TextDecoder();
    for await (const chunk of this.response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  }
}
