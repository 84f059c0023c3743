import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseStep, fill } from './choose.ts';
import { endFrames, type Frame, framesOf, wholeMessage } from './frames.ts';
import { conversationOf, type MessagesRequest, messagesRequest } from './request.ts';
import {
  type Block,
  type Fault,
  readScenario,
  type ScenarioInput,
  scenario as scenarioSchema,
} from './scenario.ts';

export { readScenario, type Scenario, type ScenarioInput } from './scenario.ts';

/** A running stand-in of the Messages API. */
export interface MessagesApi extends AsyncDisposable {
  /** For `ANTHROPIC_BASE_URL`. */
  readonly url: string;
  /** The bodies of the agent's requests so far, oldest first; those the CLI makes on the side are left out. */
  readonly requests: readonly MessagesRequest[];
  setScenario(scenario: ScenarioInput): void;
}

/**
 * Starts a local stand-in of the Messages API on loopback, so that the real CLI runs offline. What it answers
 * is a scenario: an object, or the name of a file in `packages/lab/scenarios`. No step that fits is a 400 that
 * says so, which the CLI does not retry.
 */
export async function startMessagesApi(options: { scenario: ScenarioInput | string }): Promise<MessagesApi> {
  const { scenario } = options;
  const state: State = {
    scenario: typeof scenario === 'string' ? await readScenario(scenario) : scenarioSchema.parse(scenario),
    used: [],
    requests: [],
  };
  const server = createServer((request, response) => {
    handle(state, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: state.requests,
    setScenario(next) {
      state.scenario = scenarioSchema.parse(next);
      state.used = [];
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface State {
  scenario: ReturnType<typeof scenarioSchema.parse>;
  used: number[];
  requests: MessagesRequest[];
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://stand-in');
  if (request.method === 'HEAD') return void response.writeHead(200).end();
  if (request.method !== 'POST' || !pathname.startsWith('/v1/messages')) {
    return sendError(response, 404, `the stand-in has no ${request.method} ${pathname}`);
  }
  const parsed = messagesRequest.safeParse(await json(request));
  if (!parsed.success) return sendError(response, 400, parsed.error.message);
  if (pathname === '/v1/messages/count_tokens') return sendJson(response, 200, { input_tokens: 100 });
  // Titles, quota checks and the like have no tools. They must not use up a step.
  if (parsed.data.tools.length === 0) return sendReply(response, parsed.data, [side]);
  await answer(state, parsed.data, response);
}

/** A client that reads the reset before the data would count it as a failed connection. */
const BEFORE_DROP_MS = 100;

const side: Block = { text: 'ok', chunk: 16, delay_ms: 0 };

async function answer(state: State, request: MessagesRequest, response: ServerResponse): Promise<void> {
  state.requests.push(request);
  const conversation = conversationOf(request);
  const chosen = chooseStep(state.scenario, conversation, state.used);
  if (chosen === null) {
    const newest = conversation.toolResults.at(-1) ?? conversation.prompts.at(-1) ?? '';
    return sendError(response, 400, `no step of "${state.scenario.name}" fits: ${newest.slice(0, 200)}`);
  }
  const { step, index } = chosen;
  state.used[index] = (state.used[index] ?? 0) + 1;
  const { fault } = step;
  if (fault !== undefined && 'silent' in fault) return;
  if (fault !== undefined && 'status' in fault) return sendError(response, fault.status, fault.message);
  await sendReply(
    response,
    request,
    step.reply.map((block) => fill(block, conversation)),
    fault,
  );
}

async function sendReply(
  response: ServerResponse,
  { model, stream }: MessagesRequest,
  blocks: readonly Block[],
  fault?: Fault,
): Promise<void> {
  if (!stream) return sendJson(response, 200, wholeMessage(model, blocks));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const frames = framesOf(model, blocks);
  for (let next = frames.next(); !response.destroyed; next = frames.next()) {
    if (!next.done) {
      await writeFrame(response, next.value);
      continue;
    }
    if (fault !== undefined) return await breakOff(response, fault);
    for (const frame of endFrames(next.value)) await writeFrame(response, frame);
    return void response.end();
  }
}

/** A stall just returns: the connection stays open until the client or the server ends it. */
async function breakOff(response: ServerResponse, fault: Fault): Promise<void> {
  if ('malformed' in fault) response.end('event: content_block_delta\ndata: {"type":"content_bl\n\n');
  if ('drop' in fault) {
    await sleep(BEFORE_DROP_MS);
    response.destroy();
  }
}

async function writeFrame(response: ServerResponse, { data, delayMs }: Frame): Promise<void> {
  if (delayMs > 0) await sleep(delayMs);
  if (response.destroyed) return;
  const free = response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  if (!free) await Promise.race([once(response, 'drain'), once(response, 'close')]);
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

function sendError(response: ServerResponse, status: number, message: string): void {
  const type = ERROR_TYPES[status] ?? 'api_error';
  sendJson(response, status, { type: 'error', error: { type, message } });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
