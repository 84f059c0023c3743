import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Lab, startLab } from '@breakglass/lab';
import { startMessagesApi } from '@breakglass/lab/messages-api';
import type { Event } from '@breakglass/shared';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDaemon, temporaryDirectory } from './harness.ts';

/**
 * The whole line on real parts: the daemon, the claude CLI, ssh, an SSH server with a sick machine behind it.
 * Only the model is a stand-in; it speaks the Messages API.
 */

const CLAUDE = fileURLToPath(new URL('../node_modules/.bin/claude', import.meta.url));

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let lab: Lab;

beforeAll(async () => {
  directory = await temporaryDirectory();
  lab = await startLab({ dir: join(directory.path, 'lab'), story: 'oom', speed: 20 });
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
});

it('holds a conversation of two turns: streamed, with tools on the devvm, and with a memory', async () => {
  await using api = await startMessagesApi({ scenario: 'oom' });
  await using daemon = await startTestDaemon({
    BREAKGLASS_AGENT_KIND: 'claude',
    BREAKGLASS_CLAUDE_BIN: CLAUDE,
    BREAKGLASS_SSH_CONFIG: lab.sshConfigFile,
    ANTHROPIC_BASE_URL: api.url,
    ANTHROPIC_API_KEY: 'a-key-for-the-stand-in',
  });
  const id = await daemon.newSession();
  await using operator = await daemon.attach(id);
  const ends = () => operator.events.filter(({ kind }) => kind === 'turn_end').length;

  await daemon.post(`/api/session/${id}/prompt`, { prompt: 'the devvm is slow, look at its memory' });
  await expect.poll(ends, { timeout: 25_000 }).toBe(1);
  const first = operator.events;
  expect(kindsOf(first)).toEqual(
    expect.arrayContaining(['user', 'session', 'text', 'tool', 'tool_result', 'result', 'turn_end']),
  );
  expect(first.filter(({ kind }) => kind === 'error' || kind === 'notice')).toEqual([]);

  // Streamed: the prose came in several events, and stands there once.
  const texts = first.filter((event) => event.kind === 'text');
  expect(texts.length).toBeGreaterThan(3);
  expect(operator.text.match(/OOM killer ended a process/g)).toHaveLength(1);

  // The tools ran over ssh on the simulated machine, and their output is shown with its call.
  const tools = first.filter((event) => event.kind === 'tool');
  expect(tools.map(({ input }) => input)).toMatchObject([
    { command: 'ssh devvm free -h' },
    { command: "ssh devvm 'dmesg -T | tail'" },
  ]);
  const results = first.filter((event) => event.kind === 'tool_result');
  expect(results.map(({ call_id, is_error }) => [call_id, is_error])).toEqual(
    tools.map(({ call_id }) => [call_id, false]),
  );
  expect(results[0]?.output).toMatch(/^\s+total\s+used\s+free/);
  expect(results[1]?.output).toMatch(/Out of memory/);
  expect(first.at(-2)).toMatchObject({
    kind: 'result',
    is_error: false,
    duration_ms: expect.any(Number),
    cost_usd: expect.any(Number),
    turns: 3,
    model: expect.any(String),
  });

  await daemon.post(`/api/session/${id}/prompt`, { prompt: 'what did I ask first? do you remember?' });
  await expect.poll(ends, { timeout: 25_000 }).toBe(2);
  const second = operator.events.slice(first.length);
  const said = second.map((event) => (event.kind === 'text' ? event.text : '')).join('');
  expect(said).toBe(
    'You asked first: "the devvm is slow, look at its memory". This is prompt 2 of our conversation.',
  );
  expect(operator.ids).toEqual(operator.events.map((_, n) => n));
});

function kindsOf(events: readonly Event[]): string[] {
  return [...new Set(events.map(({ kind }) => kind))];
}
