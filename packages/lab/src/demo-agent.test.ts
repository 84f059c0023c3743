import { expect, test } from 'vitest';
import { chooseAgent } from './demo-agent.ts';

const BIN = '/x/node_modules/.bin/claude';

test.each([
  ['an API key', { ANTHROPIC_API_KEY: 'k' }, [BIN], 'claude', 'ANTHROPIC_API_KEY is set'],
  ['an OAuth token', { CLAUDE_CODE_OAUTH_TOKEN: 't' }, [BIN], 'claude', 'CLAUDE_CODE_OAUTH_TOKEN is set'],
  ['a login', { CLAUDE_CONFIG_DIR: '/c' }, [BIN, '/c/.credentials.json'], 'claude', 'you are logged in'],
  ['nothing', { CLAUDE_CONFIG_DIR: '/c' }, [BIN], 'runbook', 'no credentials'],
  ['an empty key', { ANTHROPIC_API_KEY: '', CLAUDE_CONFIG_DIR: '/c' }, [BIN], 'runbook', 'no credentials'],
  ['a key without the CLI', { ANTHROPIC_API_KEY: 'k' }, [], 'runbook', 'npm ci'],
])('%s', (_what, env, files, kind, why) => {
  const choice = chooseAgent(env, BIN, (path) => files.includes(path));
  expect(choice).toMatchObject({ kind, why: expect.stringContaining(why) });
});
