import type { EventBody } from '@breakglass/shared';
import { expect, test } from 'vitest';
import { parseClaudeLine } from './claude-lines.ts';
import { freshTranslation, type Translation, translate } from './translate.ts';

function translateAll(lines: readonly object[], tools: readonly string[] = []) {
  let state: Translation = freshTranslation;
  const events: EventBody[] = [];
  for (const line of lines) {
    const step = translate(state, parseClaudeLine(JSON.stringify(line)), tools);
    state = step.state;
    events.push(...step.events);
  }
  return { state, events };
}

const stream = (event: object) => ({ type: 'stream_event', event });
const start = (id: string) => stream({ type: 'message_start', message: { id } });
const blockStart = stream({
  type: 'content_block_start',
  index: 0,
  content_block: { type: 'text', text: '' },
});
const delta = (text: string) =>
  stream({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
const whole = (id: string, ...content: object[]) => ({ type: 'assistant', message: { id, content } });
const text = (value: string) => ({ type: 'text', text: value });
const call = (id: string, command: string) => ({ type: 'tool_use', id, name: 'Bash', input: { command } });
const answer = (id: string, content: unknown, extra = {}) => ({
  type: 'user',
  message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content, ...extra }] },
});
const texts = (events: readonly EventBody[]) =>
  events.map((event) => (event.kind === 'text' ? event.text : event.kind));

test('streamed text is not doubled by the whole message', () => {
  const { events } = translateAll([
    start('a'),
    blockStart,
    delta('Hel'),
    delta('lo'),
    whole('a', text('Hello')),
  ]);
  expect(texts(events)).toEqual(['Hel', 'lo']);
});

test('what the deltas left out is added, and text that was never streamed is shown whole', () => {
  expect(
    texts(translateAll([start('a'), blockStart, delta('Hel'), whole('a', text('Hello'))]).events),
  ).toEqual(['Hel', 'lo']);
  expect(texts(translateAll([whole('b', text('Hello'))]).events)).toEqual(['Hello']);
  expect(
    texts(translateAll([start('a'), blockStart, delta('same'), whole('b', text('same'))]).events),
  ).toEqual(['same', '\n\nsame']);
});

test('two blocks of prose in a row get a gap; a tool between them is gap enough', () => {
  const one = [start('a'), blockStart, delta('one'), whole('a', text('one'))];
  const two = [start('b'), blockStart, delta('two'), whole('b', text('two'))];
  expect(texts(translateAll([...one, ...two]).events)).toEqual(['one', '\n\ntwo']);
  expect(texts(translateAll([...one, whole('a', call('t', 'x')), answer('t', 'y'), ...two]).events)).toEqual([
    'one',
    'tool',
    'tool_result',
    'two',
  ]);
});

test('thinking and partial tool input are not prose', () => {
  const { events } = translateAll([
    start('a'),
    stream({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } }),
    stream({ type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{' } }),
    whole('a', { type: 'thinking', thinking: 'hm' }),
    stream({ type: 'message_stop' }),
  ]);
  expect(events).toEqual([]);
});

test('calls are open until their results come, also parallel ones', () => {
  const calls = [whole('a', call('t1', 'ssh devvm a')), whole('a', call('t2', 'ssh devvm b'))];
  expect([...translateAll(calls).state.openCalls]).toEqual([
    ['t1', 'ssh devvm a'],
    ['t2', 'ssh devvm b'],
  ]);
  const { state, events } = translateAll([
    ...calls,
    answer('t2', 'B', { is_error: true }),
    answer('t1', 'A'),
  ]);
  expect(state.openCalls.size).toBe(0);
  expect(events.slice(2)).toEqual([
    { kind: 'tool_result', call_id: 't2', output: 'B', is_error: true, bytes: 1, truncated: false },
    { kind: 'tool_result', call_id: 't1', output: 'A', is_error: false, bytes: 1, truncated: false },
  ]);
});

test('a result in parts is joined; what is no text is named; none at all is empty', () => {
  const { events } = translateAll([
    answer('t', [text('a'), { type: 'image', source: {} }, text('b')]),
    answer('u', undefined),
  ]);
  expect(events).toMatchObject([{ output: 'a\n[image]\nb' }, { output: '' }]);
});

test('a failed API call is told once: by the result', () => {
  const failed = { ...whole('s', text('API Error: 500')), error: 'server_error' };
  const result = {
    type: 'result',
    subtype: 'success',
    is_error: true,
    result: 'API Error: 500',
    duration_ms: 5,
  };
  expect(translateAll([failed, result]).events).toEqual([
    { kind: 'result', is_error: true, result: 'API Error: 500', duration_ms: 5 },
  ]);
});

test('a result carries its cost, its round trips and the model; without words it has its subtype', () => {
  const init = { type: 'system', subtype: 'init', session_id: 's', model: 'claude-x', tools: ['Bash'] };
  const result = {
    type: 'result',
    subtype: 'error_max_turns',
    is_error: true,
    num_turns: 3,
    total_cost_usd: 0.5,
  };
  expect(translateAll([init, result], ['Bash']).events).toEqual([
    { kind: 'session', session_id: 's' },
    {
      kind: 'result',
      is_error: true,
      result: 'error_max_turns',
      duration_ms: null,
      cost_usd: 0.5,
      turns: 3,
      model: 'claude-x',
    },
  ]);
});

test('a silent API is named as such', () => {
  const retry = { type: 'system', subtype: 'api_retry', attempt: 2, max_retries: 6, error_status: null };
  expect(translateAll([retry]).events).toMatchObject([
    { text: expect.stringContaining('does not answer, try 2 of 6') },
  ]);
});

test('lines of other kinds say nothing; broken ones are garbage', () => {
  expect(parseClaudeLine('{"type":"system","subtype":"task_started"}').type).toBe('other');
  expect(parseClaudeLine('{"type":"brand_new"}').type).toBe('other');
  for (const garbage of ['', 'x', '[]', 'null', '{"type":"result"}', '{"type":"assistant","message":{}}']) {
    expect(parseClaudeLine(garbage).type, garbage).toBe('garbage');
  }
});
