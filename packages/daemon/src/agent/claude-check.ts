import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describeOutcome, start } from '../process/run.ts';
import type { Agent } from '../session/agent.ts';

type Check = Awaited<ReturnType<Agent['check']>>;

const VERSION_MS = 5000;
const CACHE_MS = 60_000;

/** Whether the CLI is there and answers, and whether it has credentials. At most one look a minute. */
export function checkClaude(bin: string, env: Record<string, string>): Agent['check'] {
  let newest: { at: number; check: Promise<Check> } | null = null;
  return () => {
    const now = performance.now();
    if (newest === null || now - newest.at > CACHE_MS) newest = { at: now, check: look(bin, env) };
    return newest.check;
  };
}

async function look(bin: string, env: Record<string, string>): Promise<Check> {
  const child = start([bin, '--version'], { env, deadlineMs: VERSION_MS, graceMs: 500 });
  child.stderr.resume();
  const [version, outcome] = await Promise.all([text(child.stdout), child.ended]);
  if (outcome.exitCode !== 0) {
    const what = describeOutcome(`"${bin} --version"`, outcome);
    return { ok: false, detail: `${what}. Set BREAKGLASS_CLAUDE_BIN to the claude CLI.` };
  }
  const credentials = await findCredentials(env);
  const found =
    credentials ?? 'no credentials found (ANTHROPIC_API_KEY, CLAUDE_CODE_OAUTH_TOKEN, or a login)';
  return { ok: true, detail: `claude ${version.trim()}; ${found}` };
}

const VARIABLES = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
];

/** Where credentials are, in words; null where none were found. Never what they are, nor whether they are valid. */
async function findCredentials(env: Record<string, string>): Promise<string | null> {
  const variable = VARIABLES.find((name) => env[name]);
  if (variable) return `credentials from ${variable}`;
  const directory = env['CLAUDE_CONFIG_DIR'] ?? (env['HOME'] && join(env['HOME'], '.claude'));
  if (!directory) return null;
  const file = join(directory, '.credentials.json');
  return access(file).then(
    () => `credentials from ${file}`,
    () => null,
  );
}
