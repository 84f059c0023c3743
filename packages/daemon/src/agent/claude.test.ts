import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MessagesApi, type ScenarioInput, startMessagesApi } from '@breakglass/lab/messages-api';
import { expect, test } from 'vitest';
import { findMarked } from '../process/tree.ts';
import {
  AGENT_FILE,
  type ClaudeHarness,
  claudeHarness,
  collect,
  markerOf,
  newTurn,
  ofKind,
  proseOf,
} from './claude-harness.ts';

/** The real CLI, offline: its API is the lab's stand-in. */
async function offline(scenario: ScenarioInput | string, env: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack();
  const api = stack.use(await startMessagesApi({ scenario }));
  const credentials = { ANTHROPIC_BASE_URL: api.url, ANTHROPIC_API_KEY: 'sk-stand-in' };
  const harness = stack.use(await claudeHarness({ ...credentials, ...env }));
  return { api, harness, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const hello: ScenarioInput = { name: 'hello', steps: [{ reply: [{ text: 'hello there' }] }] };

/** One answer with these Bash calls in it, then one that ends the turn. */
const bash = (...commands: string[]): ScenarioInput => ({
  name: 'bash',
  steps: [
    { when: { tool_result: '' }, reply: [{ text: 'done' }] },
    { reply: [{ text: 'I look.' }, ...commands.map((command) => ({ tool: 'Bash', input: { command } }))] },
  ],
});

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

test('nothing of the machine leaks in: settings, hooks, memory, MCP servers, an agent of the same name', async () => {
  await using machine = await offline(hello);
  const { home, dir } = machine.harness;
  const ran = join(dir, 'hook-ran');
  const hook = [{ hooks: [{ type: 'command', command: `touch ${ran}` }] }];
  const settings = {
    permissions: { allow: ['Bash(*)'] },
    hooks: { UserPromptSubmit: hook, SessionStart: hook },
  };
  await mkdir(join(home, '.claude/agents'), { recursive: true });
  await writeFile(join(home, '.claude/settings.json'), JSON.stringify(settings));
  await writeFile(join(home, '.claude/CLAUDE.md'), 'LEAK-MEMORY');
  await writeFile(
    join(home, '.claude/agents/x.md'),
    '---\nname: breakglass\ndescription: LEAK\n---\nLEAK-AGENT',
  );
  await writeFile(
    join(home, '.claude.json'),
    JSON.stringify({ mcpServers: { leak: { command: 'touch', args: [ran] } } }),
  );
  await collect(machine.harness.agent().run(newTurn('go')));
  const [request] = machine.api.requests;
  expect(JSON.stringify(request)).not.toContain('LEAK');
  expect(JSON.stringify(request)).toContain("You are the test's agent.");
  expect(request?.tools.map(({ name }) => name)).toEqual(['Bash', 'Read', 'Grep', 'Glob']);
  expect(existsSync(ran)).toBe(false);
});

test('the allow-list lets through ssh to the two hosts, and nothing that changes this machine', async () => {
  await using machine = await offline(hello);
  const pwned = join(machine.harness.dir, 'pwned');
  const allowed = [
    'ssh devvm uptime',
    "ssh devvm 'dmesg | tail'",
    'ssh pve status',
    'ssh devvm uptime && ssh pve status',
  ];
  const refused = [
    `touch ${pwned}`,
    `rm -rf ${machine.harness.home}`,
    `ssh devvm uptime; touch ${pwned}`,
    `ssh devvm uptime\ntouch ${pwned}`,
    `ssh devvm "$(touch ${pwned})"`,
    `ssh devvm \`touch ${pwned}\``,
    `ssh devvm uptime > ${pwned}`,
    `ssh devvm uptime | sh`,
    `ssh devvm uptime & touch ${pwned}`,
    `ssh devvm cat <(touch ${pwned})`,
    `PATH=/tmp ssh devvm uptime`,
    'ssh other uptime',
    `ssh -oProxyCommand=touch devvm`,
    'cat /proc/self/environ',
    'echo $ANTHROPIC_API_KEY',
  ];
  machine.api.setScenario(bash(...allowed, ...refused));
  const events = await collect(machine.harness.agent().run(newTurn('go')));
  const commands = new Map(ofKind(events, 'tool').map(({ call_id, input }) => [call_id, commandIn(input)]));
  const outcomes = ofKind(events, 'tool_result').map(
    ({ call_id, is_error }) => [commands.get(call_id), is_error ? 'refused' : 'ran'] as const,
  );
  expect(Object.fromEntries(outcomes)).toEqual({
    ...Object.fromEntries(allowed.map((command) => [command, 'ran'])),
    ...Object.fromEntries(refused.map((command) => [command, 'refused'])),
  });
  expect(existsSync(pwned)).toBe(false);
});

const commandIn = (input: unknown): string => String((input as { command?: unknown }).command);

test('the allow-list lets it read, but no secrets', async () => {
  await using machine = await offline(hello);
  const { harness, api } = machine;
  const [secret, open] = [join(harness.dir, 'token'), join(harness.dir, 'notes')];
  await Promise.all([writeFile(secret, 'TOP-SECRET'), writeFile(open, 'open notes')]);
  const read = (file_path: string) => ({ tool: 'Read', input: { file_path } });
  const grep = { tool: 'Grep', input: { pattern: 'SECRET', path: secret, output_mode: 'content' } };
  const looks = [read(open), read(secret), read('/proc/self/environ'), grep];
  api.setScenario({
    name: 'read',
    steps: [{ when: { tool_result: '' }, reply: [{ text: 'done' }] }, { reply: looks }],
  });
  const events = await collect(harness.agent({ secretPaths: [secret] }).run(newTurn('go')));
  const outputs = ofKind(events, 'tool_result')
    .map(({ output }) => output)
    .join('\n');
  expect(outputs).toContain('open notes');
  expect(outputs).not.toMatch(/TOP-SECRET|sk-stand-in/);
});

test('the sandbox mode allows everything', async () => {
  await using machine = await offline(hello);
  const made = join(machine.harness.dir, 'made');
  machine.api.setScenario(bash(`touch ${made}`));
  await collect(machine.harness.agent({ permissions: 'sandbox' }).run(newTurn('go')));
  expect(existsSync(made)).toBe(true);
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

test('a cancel during a tool call ends every process of the turn, and warns of the remote one', async () => {
  await using machine = await offline(bash('ssh devvm slow'));
  const cancel = new AbortController();
  const turn = newTurn('go', { signal: cancel.signal });
  const events = [];
  for await (const event of machine.harness.agent().run(turn)) {
    events.push(event);
    if (event.kind === 'tool') void abortOnceSlowRuns(turn, cancel);
  }
  expect(ofKind(events, 'notice')).toMatchObject([{ code: 'remote-may-continue' }]);
  expect(ofKind(events, 'notice')[0]?.text).toContain('"ssh devvm slow"');
  expect(ofKind(events, 'result')).toEqual([]);
  expect(await findMarked(markerOf(turn))).toEqual([]);
});

/** The CLI, the shell of its tool, the fake ssh and its sleep. */
async function abortOnceSlowRuns(turn: ReturnType<typeof newTurn>, cancel: AbortController): Promise<void> {
  await expect
    .poll(async () => (await findMarked(markerOf(turn))).length, { timeout: 10_000 })
    .toBeGreaterThan(3);
  cancel.abort();
}

test('a cancel in mid-text ends the turn without a word more', async () => {
  await using machine = await offline({
    name: 'long',
    steps: [{ reply: [{ text: 'word '.repeat(2000), chunk: 5, delay_ms: 10 }] }],
  });
  const cancel = new AbortController();
  const turn = newTurn('go', { signal: cancel.signal });
  const events = [];
  for await (const event of machine.harness.agent().run(turn)) {
    events.push(event);
    if (event.kind === 'text') cancel.abort();
  }
  expect([...ofKind(events, 'error'), ...ofKind(events, 'notice'), ...ofKind(events, 'result')]).toEqual([]);
  expect(await findMarked(markerOf(turn))).toEqual([]);
});

test('a reader that leaves early ends the turn too', async () => {
  await using machine = await offline(bash('ssh devvm slow'));
  const turn = newTurn('go');
  for await (const event of machine.harness.agent().run(turn)) if (event.kind === 'tool') break;
  expect(await findMarked(markerOf(turn))).toEqual([]);
});

test('a turn over its time is ended and says what to do', async () => {
  await using machine = await offline(bash('ssh devvm slow'));
  const events = await collect(machine.harness.agent({ turnTimeoutMs: 3000 }).run(newTurn('go')));
  expect(ofKind(events, 'error')[0]?.error).toMatch(/took too long.*BREAKGLASS_TURN_TIMEOUT_SECONDS/);
});

test('the check answers with version and credentials', async () => {
  await using harness: ClaudeHarness = await claudeHarness({ ANTHROPIC_API_KEY: 'sk-stand-in' });
  const check = await harness.agent().check();
  expect(check.ok).toBe(true);
  expect(check.detail).toMatch(/^claude 2\.\d+\.\d+.*; credentials from ANTHROPIC_API_KEY$/);
  await using bare = await claudeHarness();
  expect((await bare.agent().check()).detail).toContain('no credentials found');
});
