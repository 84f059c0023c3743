import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Which agent the demo runs, and why, in words for the one who started it. */
export interface AgentChoice {
  kind: 'claude' | 'runbook';
  why: string;
}

const VARIABLES = ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_AUTH_TOKEN'];

/** Claude where its CLI and credentials are; they are looked for, never read. `exists` is a seam for tests. */
export function chooseAgent(
  env: NodeJS.ProcessEnv,
  claudeBin: string,
  exists: (path: string) => boolean = existsSync,
): AgentChoice {
  if (!exists(claudeBin)) return { kind: 'runbook', why: 'the claude CLI is not installed here; run npm ci' };
  const variable = VARIABLES.find((name) => env[name]);
  if (variable !== undefined) return { kind: 'claude', why: `${variable} is set` };
  const credentials = join(env['CLAUDE_CONFIG_DIR'] || join(homedir(), '.claude'), '.credentials.json');
  if (exists(credentials)) return { kind: 'claude', why: `you are logged in (${credentials})` };
  return { kind: 'runbook', why: `no credentials for Claude: neither ${VARIABLES[0]} nor a login` };
}
