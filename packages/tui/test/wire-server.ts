import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Event, EventBody } from '@breakglass/shared';

export interface WireServer extends AsyncDisposable {
  url: string;
  /** "METHOD path" of each request so far. */
  requests: string[];
  dropConnections(): void;
}

/** A real HTTP server on a free port that answers as the test says. */
export async function serve(listener: RequestListener): Promise<WireServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    dropConnections: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  type = 'application/json',
): void {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}

export function sendProblem(response: ServerResponse, status: number, type: string, detail: string): void {
  sendJson(response, status, { type, title: type, status, detail }, 'application/problem+json');
}

export function openStream(response: ServerResponse): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  return response;
}

export async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

export function event(id: number, body: EventBody, stamp: { ts?: string; operator?: string } = {}): Event {
  return { id, ts: '2026-03-01T02:03:04.000Z', ...stamp, ...body };
}

export function frame(logged: Event): string {
  return `id: ${logged.id}\ndata: ${JSON.stringify(logged)}\n\n`;
}

export function textFrame(id: number): string {
  return frame(event(id, { kind: 'text', text: `t${id}` }));
}

export const CAUGHT_UP = 'event: caught-up\ndata: {}\n\n';
