import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StoryName, startLab } from '@breakglass/lab';
import { PRESET_NAMES, PRESETS } from '@breakglass/shared';
import { expect, test } from 'vitest';
import { collect, markerOf, newTurn, ofKind, proseOf } from '../../test/claude-harness.ts';
import { sshArgv } from '../process/ssh.ts';
import { findMarked } from '../process/tree.ts';
import { createRunbookAgent, type RunbookOptions } from './runbook.ts';

const env = { PATH: '/usr/bin:/bin' };

/** The lab's two hosts, over the real ssh. */
async function lab(story: StoryName) {
  const stack = new AsyncDisposableStack();
  const dir = await tempDir(stack);
  const { sshConfigFile } = stack.use(await startLab({ dir: join(dir, 'lab'), story, speed: 20 }));
  const agent = createRunbookAgent({
    ssh: (alias, command) => sshArgv({ configFile: sshConfigFile }, alias, command),
    env,
  });
  return { agent, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Both hosts are one shell script: `$1` is the host, `$2` the command. */
async function scripted(body: string, options: Partial<RunbookOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const script = join(await tempDir(stack), 'ssh');
  await writeFile(script, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const agent = createRunbookAgent({ ssh: (alias, command) => [script, alias, ...command], env, ...options });
  return { agent, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function tempDir(stack: AsyncDisposableStack): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'runbook-test-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test.each(PRESET_NAMES)(
  'the runbook "%s" runs its commands and ends with a verdict and a next step',
  async (name) => {
    await using machine = await lab('healthy');
    const prompt = PRESETS.find((preset) => preset.name === name)?.prompt ?? '';
    const events = await collect(machine.agent.run(newTurn(prompt)));
    const calls = ofKind(events, 'tool');
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.every((call) => JSON.stringify(call.input).includes('"command":"ssh '))).toBe(true);
    expect(ofKind(events, 'tool_result').map(({ call_id }) => call_id)).toEqual(
      calls.map(({ call_id }) => call_id),
    );
    expect(ofKind(events, 'tool_result').filter(({ is_error }) => is_error)).toEqual([]);
    expect(proseOf(events)).toContain('**Next step:**');
    expect(proseOf(events)).toContain('Nothing wrong was found.');
    expect(events.at(-1)).toMatchObject({ kind: 'result', is_error: false, turns: calls.length });
  },
);

test.each<[StoryName, string, RegExp]>([
  ['oom', '/triage', /memory is used up.*OOM killer.*sudo kill \d+/s],
  ['oom', '/memory', /memory is used up.*The largest process is \d+/s],
  ['disk', '/disk', /\/ is \d+ % full \(bytes\).*Most of it is in/s],
  ['disk', '/triage', /\/ is \d+ % full/],
  ['service', '/services', /Failed units: \S+\.service.*sudo systemctl restart/s],
  ['service', '/triage', /Failed units:/],
])('the story "%s" is found out by %s', async (story, prompt, verdict) => {
  await using machine = await lab(story);
  expect(proseOf(await collect(machine.agent.run(newTurn(prompt))))).toMatch(verdict);
});

test.each(['triage', 'qemu'])('of a wedged VM %s says that only cycle cures it', async (name) => {
  const dead = `[ $1 = devvm ] && { echo "Connection timed out" >&2; exit 255; }; printf 'status: running\\nqmp: silent\\n'`;
  await using machine = await scripted(dead);
  const events = await collect(machine.agent.run(newTurn(name)));
  expect(proseOf(events)).toMatch(/devvm does not answer.*reset keeps the same QEMU.*breakglass pve cycle/s);
});

test('a devvm that does not answer is asked once, and then the hypervisor', async () => {
  await using machine = await scripted('[ $1 = pve ] && echo "status: stopped" || exit 255');
  const events = await collect(machine.agent.run(newTurn('triage')));
  const commands = ofKind(events, 'tool').map(({ input }) => (input as { command: string }).command);
  expect(commands).toEqual(['ssh devvm uptime', 'ssh pve status']);
  expect(proseOf(events)).toContain('power it on: ^X u, or breakglass pve start');
});

test('neither host answers: it says so, and what is left', async () => {
  await using machine = await scripted('exit 255');
  expect(proseOf(await collect(machine.agent.run(newTurn('triage'))))).toMatch(/Neither .* answers.*IPMI/s);
});

test('a refused key is never taken for a dead VM', async () => {
  const refused = 'echo "breakglass@10.0.10.10: Permission denied (publickey)." >&2; exit 255';
  await using machine = await scripted(`[ $1 = pve ] && echo "status: running" || { ${refused}; }`);
  const prose = proseOf(await collect(machine.agent.run(newTurn('triage'))));
  expect(prose).toMatch(/SSH to devvm is refused.*BREAKGLASS_KEY_PATH.*Do not cycle/s);
  expect(prose).not.toContain('breakglass pve cycle');
});

test('no ssh at all: an error output, not a crash', async () => {
  const agent = createRunbookAgent({ ssh: (alias) => ['/nowhere/ssh', alias], env });
  const events = await collect(agent.run(newTurn('triage')));
  expect(ofKind(events, 'tool_result')[0]?.output).toContain('no program "/nowhere/ssh"');
  expect(events.at(-1)?.kind).toBe('result');
});

test('one command that hangs does not stop the others', async () => {
  const hang = 'case "$2" in df*) sleep 300;; uptime) echo up;; esac';
  await using machine = await scripted(hang, { commandTimeoutMs: 2000 });
  const events = await collect(machine.agent.run(newTurn('triage')));
  expect(ofKind(events, 'tool_result')).toHaveLength(7);
  expect(ofKind(events, 'tool_result')[3]?.output).toContain('took too long');
  expect(proseOf(events)).toContain('no answer in time: "df -h", "df -i"');
});

test('a cancel ends the command that runs, and no other begins', async () => {
  await using machine = await scripted('setsid sleep 300 & sleep 300');
  const cancel = new AbortController();
  const turn = newTurn('triage', { signal: cancel.signal });
  const running = collect(machine.agent.run(turn));
  await expect.poll(async () => (await findMarked(markerOf(turn))).length, { timeout: 10_000 }).toBe(3);
  cancel.abort();
  const events = await running;
  expect(events.map(({ kind }) => kind)).toEqual(['text', 'tool']);
  expect(await findMarked(markerOf(turn))).toEqual([]);
});

test('a prompt that fits no runbook gets the triage, and is told so', async () => {
  await using machine = await scripted('exit 1');
  const events = await collect(machine.agent.run(newTurn('sing a song')));
  expect(proseOf(events)).toMatch(/not understood.*\/triage, \/memory, \/disk, \/services, \/qemu/);
  expect(ofKind(events, 'tool').length).toBeGreaterThan(0);
  expect(events.at(-1)?.kind).toBe('result');
});

test('what happened meanwhile is said first', async () => {
  await using machine = await scripted('exit 1');
  const turn = { ...newTurn('/memory'), briefing: 'The operator anna began "cycle".' };
  expect(proseOf(await collect(machine.agent.run(turn)))).toMatch(/^The operator anna began "cycle"\./);
});

test('the check needs nothing', async () => {
  await using machine = await scripted('exit 1');
  expect(await machine.agent.check()).toMatchObject({ ok: true });
});
