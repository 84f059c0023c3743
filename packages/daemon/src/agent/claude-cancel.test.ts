import { expect, test } from 'vitest';
import { collect, markerOf, newTurn, ofKind } from '../../test/claude-harness.ts';
import { bash, offline } from '../../test/claude-offline.ts';
import { findMarked } from '../process/tree.ts';
import type { AgentTurn } from '../session/agent.ts';

test('a cancel during a tool call ends every process of the turn, and warns of the remote one', async () => {
  await using machine = await offline(bash('ssh devvm slow'));
  const cancel = new AbortController();
  const turn = newTurn('go', { signal: cancel.signal });
  const events = [];
  for await (const event of machine.harness.agent().run(turn)) {
    events.push(event);
    if (event.kind === 'tool') void abortOnceSlowRuns(turn, cancel);
  }
  expect(cancel.signal.aborted).toBe(true);
  expect(ofKind(events, 'notice')).toMatchObject([{ code: 'remote-may-continue' }]);
  expect(ofKind(events, 'notice')[0]?.text).toContain('"ssh devvm slow"');
  expect(ofKind(events, 'result')).toEqual([]);
  expect(await findMarked(markerOf(turn))).toEqual([]);
});

async function abortOnceSlowRuns(turn: AgentTurn, cancel: AbortController): Promise<void> {
  await slowRuns(turn);
  cancel.abort();
}

/** The CLI, the shell of its tool, the fake ssh and its sleep. */
async function slowRuns(turn: AgentTurn): Promise<void> {
  const marked = async () => (await findMarked(markerOf(turn))).length;
  await expect.poll(marked, { timeout: 10_000 }).toBeGreaterThan(3);
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
  for await (const event of machine.harness.agent().run(turn)) {
    if (event.kind !== 'tool') continue;
    await slowRuns(turn);
    break;
  }
  expect(await findMarked(markerOf(turn))).toEqual([]);
});

test('a turn over its time is ended and says what to do', async () => {
  await using machine = await offline(bash('ssh devvm slow'));
  const events = await collect(machine.harness.agent({ turnTimeoutMs: 3000 }).run(newTurn('go')));
  expect(ofKind(events, 'error')[0]?.error).toMatch(/took too long.*BREAKGLASS_TURN_TIMEOUT_SECONDS/);
});
