import { expect, test } from 'vitest';
import { parseAgentFile } from './agent-file.ts';
import { type ClaudeSettings, claudeArgv, claudeEnvironment, promptText } from './claude-argv.ts';
import { openingFailed, remoteMayContinue } from './claude-ending.ts';

const settings: ClaudeSettings = {
  bin: 'claude',
  agentName: 'breakglass',
  model: 'sonnet',
  permissions: 'allow-list',
  env: { PATH: '/usr/bin', API_TIMEOUT_MS: '5', CLAUDE_CODE_DISABLE_ATTACHMENTS: '0' },
  sshBinDir: '/run/ssh',
  verbTimeoutMs: 600_000,
};
const definition = { description: 'd', tools: ['Bash', 'Read'], prompt: 'p' };
const turn = { sessionId: 'id', prompt: '--help', model: null, briefing: null };

test('the prompt is the last word, after the end of the options', () => {
  expect(claudeArgv(settings, definition, turn, 'new').slice(-4)).toEqual([
    '--session-id',
    'id',
    '--',
    '--help',
  ]);
  expect(claudeArgv(settings, definition, turn, 'resume').slice(-4, -2)).toEqual(['--resume', 'id']);
});

test('the model of the turn wins over the configured one', () => {
  const modelOf = (argv: string[]) => argv[argv.indexOf('--model') + 1];
  expect(modelOf(claudeArgv(settings, definition, turn, 'new'))).toBe('sonnet');
  expect(modelOf(claudeArgv(settings, definition, { ...turn, model: 'opus' }, 'new'))).toBe('opus');
});

test('a secret file and a secret directory become rules', () => {
  const secretPaths = ['/etc/key', '/var/secrets/'];
  const argv = claudeArgv({ ...settings, secretPaths }, definition, turn, 'new');
  const denied = argv[argv.indexOf('--disallowedTools') + 1];
  expect(denied).toContain('Read(//etc/key),Read(//var/secrets/**)');
});

test('only the sandbox skips permissions', () => {
  const skip = '--dangerously-skip-permissions';
  expect(claudeArgv(settings, definition, turn, 'new')).not.toContain(skip);
  const sandbox: ClaudeSettings = { ...settings, permissions: 'sandbox' };
  expect(claudeArgv(sandbox, definition, turn, 'new')).toContain(skip);
  expect(claudeEnvironment(sandbox)).toHaveProperty('IS_SANDBOX', '1');
  expect(claudeEnvironment(settings)).not.toHaveProperty('IS_SANDBOX');
});

test('the environment may change bounds, but not the confinement', () => {
  expect(claudeEnvironment(settings)).toMatchObject({
    PATH: '/run/ssh:/usr/bin',
    API_TIMEOUT_MS: '5',
    CLAUDE_CODE_DISABLE_ATTACHMENTS: '1',
    BASH_MAX_TIMEOUT_MS: '630000',
  });
});

test('only a slash at the very beginning needs a line break', () => {
  expect(promptText({ prompt: '/clear', briefing: null })).toBe('\n/clear');
  expect(promptText({ prompt: 'see /etc', briefing: null })).toBe('see /etc');
});

test('an agent file: front matter and body, or nothing', () => {
  const file = '---\nname: x\ndescription: "Does: things"\ntools: Bash, Read\n---\n\nYou are x.\n---\nmore\n';
  expect(parseAgentFile(file)).toEqual({
    description: 'Does: things',
    tools: ['Bash', 'Read'],
    prompt: 'You are x.\n---\nmore',
  });
  for (const broken of [
    '',
    'You are x.',
    '---\ndescription: x\n---\nbody',
    '---\ndescription: x\ntools: Bash,\n---\nb',
    '---\ndescription: x\ntools: Bash\n---\n\n',
  ]) {
    expect(parseAgentFile(broken), broken).toBeNull();
  }
});

test('only the words of the CLI about its conversation make it try the other way', () => {
  const outcome = {
    exitCode: 1,
    signal: null,
    timedOut: false,
    aborted: false,
    spawnError: null,
    durationMs: 1,
  };
  const ending = (stderr: string) => ({ outcome, result: null, stderr, bin: 'claude' });
  expect(openingFailed('new', ending('Error: Session ID 1-2 is already in use.'))).toBe(true);
  expect(openingFailed('resume', ending('No conversation found with session ID: 1-2'))).toBe(true);
  expect(openingFailed('resume', ending('Error: Session ID 1-2 is already in use.'))).toBe(false);
  expect(openingFailed('new', ending('boom'))).toBe(false);
});

test('only a call over ssh may go on elsewhere', () => {
  expect([...remoteMayContinue(new Map([['1', 'Read']]))]).toEqual([]);
  expect([...remoteMayContinue(new Map([['1', 'ssh pve cycle']]))]).toMatchObject([
    { code: 'remote-may-continue' },
  ]);
});
