import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collect, newTurn, ofKind } from '../../test/claude-harness.ts';
import { bash, hello, offline } from '../../test/claude-offline.ts';

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
