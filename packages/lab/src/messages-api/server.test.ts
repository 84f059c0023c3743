import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type MessagesApi, readScenario, type ScenarioInput, startMessagesApi } from './server.ts';

const scenario: ScenarioInput = {
  name: 'test',
  steps: [
    { times: 1, when: { prompt: 'flaky' }, fault: { status: 529 } },
    { when: { prompt: 'drop' }, reply: [{ text: 'half' }], fault: { drop: true } },
    { when: { prompt: 'malformed' }, reply: [{ text: 'half' }], fault: { malformed: true } },
    { when: { tool_result: { regex: '^up \\d+' } }, reply: [{ text: 'it is {{tool_result}}' }] },
    {
      when: { prompt: 'look' },
      reply: [
        { text: 'I 😀 look', chunk: 3 },
        { tool: 'Bash', input: { command: 'uptime' } },
      ],
    },
    { when: { prompt: 'again' }, reply: [{ text: '{{prompts}}: {{first_prompt}} {{unknown}}' }] },
    { when: { prompt: 'flaky' }, reply: [{ text: 'fine' }] },
  ],
};

const tools = [{ name: 'Bash' }];

function post(api: MessagesApi, messages: object[], extra: object = {}, path = '/v1/messages?beta=true') {
  const body = JSON.stringify({ model: 'm', stream: true, messages, tools, ...extra });
  return fetch(`${api.url}${path}`, { method: 'POST', body });
}

const user = (content: unknown) => ({ role: 'user', content });

type Frame = { type: string } & Record<string, unknown>;

async function framesOf(response: Response): Promise<Frame[]> {
  const frames = (await response.text()).split('\n\n').filter((frame) => frame !== '');
  return frames.map((frame) => {
    const [event, data] = frame.split('\n');
    const parsed = JSON.parse(data?.replace('data: ', '') ?? '') as Frame;
    expect(event).toBe(`event: ${parsed.type}`);
    return parsed;
  });
}

const textOf = (frames: readonly Frame[]) =>
  frames.map(({ delta }) => (delta as { text?: string } | undefined)?.text ?? '').join('');

test('a streamed answer has the events of the real API, in their order', async () => {
  await using api = await startMessagesApi({ scenario });
  const response = await post(api, [user('look')]);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const frames = await framesOf(response);
  expect([...new Set(frames.map(({ type }) => type))]).toEqual([
    'message_start',
    'ping',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  expect(textOf(frames)).toBe('I 😀 look');
  const json = frames
    .map(({ delta }) => (delta as { partial_json?: string } | undefined)?.partial_json ?? '')
    .join('');
  expect(JSON.parse(json)).toEqual({ command: 'uptime' });
  expect(frames.at(-2)).toMatchObject({
    delta: { stop_reason: 'tool_use' },
    usage: { output_tokens: expect.any(Number) },
  });
});

test('steps are chosen by the newest message, and answers may remember', async () => {
  await using api = await startMessagesApi({ scenario });
  const toolResult = user([
    { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'up 3 days' }] },
  ]);
  expect(textOf(await framesOf(await post(api, [user('look'), toolResult])))).toBe('it is up 3 days');
  const second = user([
    { type: 'text', text: '<system-reminder>look</system-reminder>' },
    { type: 'text', text: 'again' },
  ]);
  expect(textOf(await framesOf(await post(api, [user('look'), second])))).toBe('2: look {{unknown}}');
  expect(api.requests).toHaveLength(2);
});

test('a step with `times` is used up; setScenario starts anew', async () => {
  await using api = await startMessagesApi({ scenario });
  const overloaded = await post(api, [user('flaky')]);
  expect(overloaded.status).toBe(529);
  expect(await overloaded.json()).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
  expect(textOf(await framesOf(await post(api, [user('flaky')])))).toBe('fine');
  api.setScenario(scenario);
  expect((await post(api, [user('flaky')])).status).toBe(529);
});

test('a dropped and a malformed stream begin well', async () => {
  await using api = await startMessagesApi({ scenario });
  const dropped = await post(api, [user('drop')]);
  expect(dropped.status).toBe(200);
  await expect(dropped.text()).rejects.toThrow();
  expect(await (await post(api, [user('malformed')])).text()).toMatch(
    /half.*data: \{"type":"content_bl\n\n$/s,
  );
});

test('requests on the side use up no step and are not recorded', async () => {
  await using api = await startMessagesApi({ scenario });
  const title = await post(api, [user('flaky')], { tools: [], stream: false });
  expect(await title.json()).toMatchObject({ type: 'message', content: [{ type: 'text', text: 'ok' }] });
  expect(await (await post(api, [], {}, '/v1/messages/count_tokens')).json()).toEqual({ input_tokens: 100 });
  expect((await fetch(api.url, { method: 'HEAD' })).status).toBe(200);
  expect(api.requests).toEqual([]);
  expect((await post(api, [user('flaky')])).status).toBe(529);
});

test('what does not fit is refused with words', async () => {
  await using api = await startMessagesApi({ scenario });
  const nothing = await post(api, [user('sing')]);
  expect([nothing.status, JSON.stringify(await nothing.json())]).toEqual([
    400,
    expect.stringContaining('no step of'),
  ]);
  expect((await fetch(`${api.url}/v1/other`)).status).toBe(404);
  expect((await fetch(`${api.url}/v1/messages`, { method: 'POST', body: '{}' })).status).toBe(400);
});

test('it ends although a client waits for a stalled answer', async () => {
  const api = await startMessagesApi({
    scenario: { name: 'stall', steps: [{ reply: [{ text: 'a' }], fault: { stall: true } }] },
  });
  const response = await post(api, [user('x')]);
  await api[Symbol.asyncDispose]();
  await expect(response.text()).rejects.toThrow();
});

test('every scenario file is valid', async () => {
  const files = await readdir(new URL('../../scenarios', import.meta.url));
  for (const file of files) {
    const name = file.replace(/\.json$/, '');
    expect((await readScenario(name)).name).toBe(name);
  }
  expect(files).toContain('oom.json');
  await expect(readScenario('nowhere')).rejects.toThrow('ENOENT');
});
