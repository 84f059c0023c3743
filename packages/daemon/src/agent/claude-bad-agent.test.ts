import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claudeHarness, collect, markerOf, newTurn, ofKind, proseOf } from '../../test/claude-harness.ts';
import { findMarked } from '../process/tree.ts';

/** Scripts in the place of the CLI, each bad in its own way. */

const line = (value: unknown): string => `printf '%s\\n' '${JSON.stringify(value)}'`;
const init = line({
  type: 'system',
  subtype: 'init',
  session_id: 's',
  model: 'm',
  tools: ['Bash', 'Read', 'Grep', 'Glob'],
});
const prose = line({ type: 'assistant', message: { id: 'x', content: [{ type: 'text', text: 'hi' }] } });
const result = line({ type: 'result', subtype: 'success', is_error: false, result: 'hi' });

async function runScript(body: string, options = {}) {
  await using harness = await claudeHarness();
  const turn = newTurn('go');
  const bin = await harness.script(body);
  const events = await collect(harness.agent({ bin, ...options }).run(turn));
  expect(await findMarked(markerOf(turn))).toEqual([]);
  return events;
}

test('a missing binary names the setting and the power path', async () => {
  await using harness = await claudeHarness();
  const agent = harness.agent({ bin: '/nowhere/claude' });
  const events = await collect(agent.run(newTurn('go')));
  expect(events).toMatchObject([{ kind: 'error' }]);
  expect(ofKind(events, 'error')[0]?.error).toMatch(
    /no program "\/nowhere\/claude".*BREAKGLASS_CLAUDE_BIN.*breakglass pve status/,
  );
  expect(await agent.check()).toMatchObject({
    ok: false,
    detail: expect.stringContaining('BREAKGLASS_CLAUDE_BIN'),
  });
});

test('a missing or empty agent file names the file', async () => {
  await using harness = await claudeHarness();
  const agentFile = join(harness.dir, 'nobody.md');
  const missing = await collect(harness.agent({ agentFile }).run(newTurn('go')));
  expect(ofKind(missing, 'error')[0]?.error).toMatch(
    /nobody\.md can't be read \(ENOENT\). Check BREAKGLASS_AGENT/,
  );
  await writeFile(agentFile, 'no front matter');
  const empty = await collect(harness.agent({ agentFile }).run(newTurn('go')));
  expect(ofKind(empty, 'error')[0]?.error).toContain('needs a front matter');
});

test('a directory that cannot be made is an error with the setting', async () => {
  await using harness = await claudeHarness();
  const sessionsDir = join(harness.dir, 'file');
  await writeFile(sessionsDir, '');
  const events = await collect(harness.agent({ sessionsDir }).run(newTurn('go')));
  expect(ofKind(events, 'error')[0]?.error).toMatch(/can't be made \(ENOTDIR\).*BREAKGLASS_SESSIONS_DIR/);
});

test('one that exits at once: its exit code and its stderr', async () => {
  const events = await runScript('echo "no licence" >&2; exit 3');
  expect(events).toHaveLength(1);
  expect(ofKind(events, 'error')[0]?.error).toMatch(/failed with exit code 3\. .*It said: no licence$/);
});

test('one that dies of a signal in the middle keeps what it said', async () => {
  const events = await runScript(`${init}; ${prose}; kill -9 $$`);
  expect(proseOf(events)).toBe('hi');
  expect(ofKind(events, 'error')[0]?.error).toContain('ended by SIGKILL');
});

test('garbage is counted, reported once, and not fatal', async () => {
  const garbage = `echo garbage; head -c 300 /dev/urandom | tr -d '\\n'; echo; echo '{"type":"assistant"}'; echo '[1]'`;
  const events = await runScript(`${init}; ${garbage}; echo '{"type":"brand_new"}'; ${prose}; ${result}`);
  expect(ofKind(events, 'notice')).toMatchObject([
    { code: 'agent-garbage', text: expect.stringMatching(/^4 lines/) },
  ]);
  expect(proseOf(events)).toBe('hi');
  expect(events.at(-1)?.kind).toBe('result');
});

test('a line of 20 MB is cut to what an event may hold', async () => {
  const [head, tail] = [
    '{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t","content":"',
    '"}]}}',
  ];
  const events = await runScript(
    `${init}; printf '%s' '${head}'; head -c 20000000 /dev/zero | tr '\\0' x; echo '${tail}'; ${result}`,
  );
  const [output] = ofKind(events, 'tool_result');
  expect(output).toMatchObject({ bytes: 20_000_000, truncated: true });
  expect(output?.output.length).toBeLessThan(300_000);
  expect(events.at(-1)?.kind).toBe('result');
});

test('a flood on stderr does not stop it, and only its end is kept', async () => {
  const events = await runScript('head -c 20000000 /dev/zero | tr "\\0" y >&2; echo the end >&2; exit 1');
  const error = ofKind(events, 'error')[0]?.error ?? '';
  expect(error).toMatch(/the end$/);
  expect(error.length).toBeLessThan(10_000);
});

test('a last line without its end still counts', async () => {
  const events = await runScript(`${init}; ${prose}; ${result} | tr -d '\\n'`);
  expect(events.at(-1)).toMatchObject({ kind: 'result', result: 'hi' });
});

test('one that ignores SIGINT and SIGTERM is killed when its turn is cancelled', async () => {
  await using harness = await claudeHarness();
  const bin = await harness.script(`trap "" INT TERM; ${init}; while :; do sleep 0.05; done`);
  const cancel = new AbortController();
  const turn = newTurn('go', { signal: cancel.signal });
  const events = [];
  for await (const event of harness.agent({ bin }).run(turn)) {
    events.push(event);
    cancel.abort();
  }
  expect(events).toEqual([{ kind: 'session', session_id: 's' }]);
  expect(await findMarked(markerOf(turn))).toEqual([]);
});

test('a child that it leaves in a session of its own is ended with it', async () => {
  const events = await runScript(`${init}; setsid sleep 300 & ${prose}; ${result}`);
  expect(events.at(-1)?.kind).toBe('result');
});

test('cancelled before it begins, it does nothing', async () => {
  await using harness = await claudeHarness();
  const bin = await harness.script('echo never');
  const turn = newTurn('go', { sessionId: randomUUID(), signal: AbortSignal.abort() });
  expect(await collect(harness.agent({ bin }).run(turn))).toEqual([]);
});
