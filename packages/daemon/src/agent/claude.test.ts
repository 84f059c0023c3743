import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessagesApi } from '@breakglass/lab/messages-api';
import { expect, test } from 'vitest';
import { AGENT_FILE, claudeHarness, collect, newTurn, ofKind, proseOf } from '../../test/claude-harness.ts';
import { hello, offline } from '../../test/claude-offline.ts';

/** What the model was shown as the newest prompt. */
function promptSeen(api: MessagesApi): string {
  const content = api.requests.at(-1)?.messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const parts = typeof content === 'string' ? [{ text: content }] : content;
  return String(parts.at(-1)?.['text']);
}

test('two turns: streamed prose, a tool and its output, a result, and a memory', async () => {
  await using machine = await offline('oom');
  const agent = machine.harness.agent();
  const first = newTurn('the devvm is slow');
  const events = await collect(agent.run(first));
  expect(events[0]).toEqual({ kind: 'session', session_id: first.sessionId });
  expect(ofKind(events, 'text').length).toBeGreaterThan(5);
  expect(proseOf(events)).toMatch(/^I begin .*Almost nothing is left.*\*\*Diagnosis:\*\*.*SSH answers\.$/s);
  expect(proseOf(events).match(/I begin/g)).toHaveLength(1);
  const [free, dmesg] = ofKind(events, 'tool');
  expect(free).toMatchObject({ name: 'Bash', input: { command: 'ssh devvm free -h' } });
  expect(dmesg?.input).toMatchObject({ command: "ssh devvm 'dmesg -T | tail'" });
  const [memory, kernel] = ofKind(events, 'tool_result');
  expect(memory).toMatchObject({ call_id: free?.call_id, is_error: false, truncated: false });
  expect(memory?.output).toContain('Mem:           7.8Gi');
  expect(kernel?.output).toContain('Out of memory');
  expect(events.at(-1)).toMatchObject({
    kind: 'result',
    is_error: false,
    turns: 3,
    cost_usd: expect.any(Number),
  });
  expect(ofKind(events, 'result')).toHaveLength(1);

  const second = newTurn('what did I ask?', { sessionId: first.sessionId, resume: true });
  expect(proseOf(await collect(agent.run(second)))).toContain('You asked first: "the devvm is slow"');
});

test('a prompt is data, whatever it begins with', async () => {
  await using machine = await offline(hello);
  const agent = machine.harness.agent();
  const prompts = [
    '-p',
    '--help',
    '/help',
    '/clear now',
    '!id',
    '#note',
    '@/etc/passwd',
    'see @/etc/passwd',
    'a\nb "$(id)"',
  ];
  for (const prompt of prompts) {
    const before = machine.api.requests.length;
    const events = await collect(agent.run(newTurn(prompt)));
    expect(proseOf(events), prompt).toBe('hello there');
    expect(promptSeen(machine.api).trimStart()).toBe(prompt);
    expect(JSON.stringify(machine.api.requests.slice(before)), prompt).not.toContain('root:x:');
  }
});

test('a briefing goes before the prompt and names its origin', async () => {
  await using machine = await offline(hello);
  await collect(machine.harness.agent().run(newTurn('/go on', { briefing: 'olga ran cycle: recovered' })));
  expect(promptSeen(machine.api)).toMatch(
    /^<daemon-briefing>\nFrom the breakglass daemon.*olga ran cycle.*\/go on$/s,
  );
});

test('the largest prompt arrives whole', async () => {
  await using machine = await offline(hello);
  const prompt = 'x'.repeat(64 * 1024);
  await collect(machine.harness.agent().run(newTurn(prompt)));
  expect(promptSeen(machine.api)).toBe(prompt);
});

test('a conversation that exists already is resumed, not refused', async () => {
  await using machine = await offline('oom');
  const agent = machine.harness.agent();
  const first = newTurn('remember the milk');
  await collect(agent.run(first));
  const events = await collect(agent.run(newTurn('what did I ask?', { sessionId: first.sessionId })));
  expect(proseOf(events)).toContain('You asked first: "remember the milk"');
  expect([...ofKind(events, 'error'), ...ofKind(events, 'notice')]).toEqual([]);
  expect(ofKind(events, 'result')).toMatchObject([{ is_error: false }]);
});

test('a conversation that is gone starts anew, and says so', async () => {
  await using machine = await offline(hello);
  const events = await collect(machine.harness.agent().run(newTurn('go on', { resume: true })));
  expect(ofKind(events, 'notice')).toMatchObject([{ code: 'agent-memory-lost' }]);
  expect(proseOf(events)).toBe('hello there');
  expect(ofKind(events, 'result')).toMatchObject([{ is_error: false }]);
});

test('an overloaded API is a notice, and then goes on', async () => {
  await using machine = await offline({
    name: 'overloaded',
    steps: [{ times: 1, fault: { status: 529 } }, { reply: [{ text: 'hello there' }] }],
  });
  const events = await collect(machine.harness.agent().run(newTurn('go')));
  const [notice] = ofKind(events, 'notice');
  expect(notice).toMatchObject({ level: 'warn', code: 'model-retry' });
  expect(notice?.text).toBe(
    "The model's API fails (529), try 1 of 1. The power path still works: breakglass pve status.",
  );
  expect(proseOf(events)).toBe('hello there');
});

test('an API that fails for good is an error result, once', async () => {
  for (const status of [401, 500]) {
    await using machine = await offline({ name: 'down', steps: [{ fault: { status } }] });
    const events = await collect(machine.harness.agent().run(newTurn('go')));
    expect(ofKind(events, 'result')).toMatchObject([
      { is_error: true, result: expect.stringContaining(String(status)) },
    ]);
    expect(proseOf(events)).toBe('');
  }
});

test('a stream that breaks off keeps its partial text and is an error', async () => {
  for (const fault of [{ drop: true }, { malformed: true }] as const) {
    await using machine = await offline({
      name: 'broken',
      steps: [{ reply: [{ text: 'half a sen' }], fault }],
    });
    const events = await collect(machine.harness.agent().run(newTurn('go')));
    expect(proseOf(events)).toBe('half a sen');
    expect(ofKind(events, 'result')).toMatchObject([{ is_error: true }]);
  }
});

test('without credentials it says where to put them', async () => {
  await using machine = await offline(hello, { ANTHROPIC_API_KEY: '' });
  const events = await collect(machine.harness.agent().run(newTurn('go')));
  const [notice] = ofKind(events, 'notice');
  expect(notice?.code).toBe('agent-not-logged-in');
  expect(notice?.text).toContain('ANTHROPIC_API_KEY');
});

test('tools that the CLI does not have are named', async () => {
  await using machine = await offline(hello);
  const agentFile = join(machine.harness.dir, 'other.md');
  await writeFile(agentFile, AGENT_FILE.replace('Glob', 'Glob, Teleport'));
  const events = await collect(machine.harness.agent({ agentFile }).run(newTurn('go')));
  expect(ofKind(events, 'notice')).toMatchObject([
    { code: 'agent-tools-missing', text: expect.stringMatching(/: Teleport\.$/) },
  ]);
});

test('the check answers with version and credentials', async () => {
  await using harness = await claudeHarness({ ANTHROPIC_API_KEY: 'sk-stand-in' });
  const check = await harness.agent().check();
  expect(check.ok).toBe(true);
  expect(check.detail).toMatch(/^claude 2\.\d+\.\d+.*; credentials from ANTHROPIC_API_KEY$/);
  await using bare = await claudeHarness();
  expect((await bare.agent().check()).detail).toContain('no credentials found');
});
