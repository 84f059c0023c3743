import type { AgentTurn } from '../session/agent.ts';
import type { AgentDefinition } from './agent-file.ts';

/** How a turn's conversation is opened: a new one under the session's id, or the one of that id. */
export type Opening = 'new' | 'resume';

export interface ClaudeSettings {
  /** The claude CLI: a path, or a name to be found on PATH. */
  bin: string;
  agentName: string;
  /** For turns that name none. */
  model: string;
  /** `sandbox` allows everything: for a machine that holds nothing but the agent. */
  permissions: 'allow-list' | 'sandbox';
  /** Absolute paths (files, or directories ending in `/`) that the agent's Read, Grep and Glob must not open. */
  secretPaths?: readonly string[];
  /** The base environment of the CLI: already an allow-list, without the daemon's own secrets. */
  env: Record<string, string>;
  /** A directory with an `ssh` that knows the aliases `devvm` and `pve`. Goes first on PATH. */
  sshBinDir: string;
  /** The longest that a power verb may take: no tool call of the agent is cut before that. */
  verbTimeoutMs: number;
}

type Turn = Pick<AgentTurn, 'sessionId' | 'prompt' | 'model' | 'briefing'>;

/**
 * Pure: the command line of one turn. Measured with claude 2.1.197:
 * - `--agents` with `--agent` gives the definition inline, and wins over a file of that name in `~/.claude`.
 * - `--tools` is what really limits the tools; a definition's own list only documents it.
 * - `--setting-sources ''` keeps the user's and the project's settings and hooks out, `--strict-mcp-config`
 *   their MCP servers. Credentials, also of an OAuth login, are still found.
 */
export function claudeArgv(
  settings: ClaudeSettings,
  definition: AgentDefinition,
  turn: Turn,
  opening: Opening,
): [string, ...string[]] {
  const { agentName } = settings;
  return [
    settings.bin,
    '-p',
    ...['--agent', agentName, '--agents', JSON.stringify({ [agentName]: definition })],
    ...['--tools', definition.tools.join(',')],
    ...['--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
    ...['--model', turn.model ?? settings.model],
    ...['--setting-sources', '', '--strict-mcp-config', '--disable-slash-commands'],
    ...permissionFlags(settings),
    ...[opening === 'new' ? '--session-id' : '--resume', turn.sessionId],
    ...['--', promptText(turn)],
  ];
}

/**
 * Pure: what the model reads. A prompt is data. After `--` one that begins with `-` is no option; one that
 * begins with `/` would still run as a slash command (or be refused as one), which a line break before it
 * prevents. `@file` is not expanded: see CLAUDE_CODE_DISABLE_ATTACHMENTS below.
 */
export function promptText({ prompt, briefing }: Pick<Turn, 'prompt' | 'briefing'>): string {
  if (briefing !== null) {
    const note = 'From the breakglass daemon, not from the operator: what happened since your last turn.';
    return `<daemon-briefing>\n${note}\n${briefing}\n</daemon-briefing>\n\n${prompt}`;
  }
  return prompt.startsWith('/') ? `\n${prompt}` : prompt;
}

/** Pure: the whole environment of the CLI. What keeps it confined wins over `env`, what bounds it does not. */
export function claudeEnvironment(settings: ClaudeSettings): Record<string, string> {
  const { env, sshBinDir, verbTimeoutMs } = settings;
  const toolTimeout = String(verbTimeoutMs + TOOL_MARGIN_MS);
  return {
    API_TIMEOUT_MS: '120000',
    CLAUDE_CODE_MAX_RETRIES: '6', // about a minute: then the operator should know
    ...env,
    PATH: env['PATH'] ? `${sshBinDir}:${env['PATH']}` : sshBinDir,
    BASH_DEFAULT_TIMEOUT_MS: toolTimeout,
    BASH_MAX_TIMEOUT_MS: toolTimeout,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // A tool call over its time is ended with an error; otherwise it would go on in the background.
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    // Otherwise `@/etc/passwd` in a prompt reads that file, without asking for a permission.
    CLAUDE_CODE_DISABLE_ATTACHMENTS: '1',
    CLAUDE_CODE_DISABLE_CLAUDE_MDS: '1',
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
    DISABLE_AUTOUPDATER: '1',
    ...(settings.permissions === 'sandbox' && { IS_SANDBOX: '1' }), // else refused for root
  };
}

const TOOL_MARGIN_MS = 30_000;

/**
 * Every rule is checked by the CLI for each part of a compound command; substitutions and redirections out
 * of the working directory are refused. Commands that it knows to be harmless (`tail`, `id`) run in any case.
 * That `ssh devvm -oProxyCommand=…` is no option but a remote command is for the `ssh` of `sshBinDir` to see to.
 */
const ALLOWED = ['Bash(ssh devvm *)', 'Bash(ssh pve *)', 'Read', 'Grep', 'Glob'];
/** Environments of other processes (the daemon's token), keys, and the CLI's own credentials. */
const DENIED = ['//proc/**', '~/.ssh/**', '~/.claude/.credentials.json'];

function permissionFlags({ permissions, secretPaths = [] }: ClaudeSettings): string[] {
  if (permissions === 'sandbox') return ['--dangerously-skip-permissions'];
  const secrets = secretPaths.map((path) => `/${path}${path.endsWith('/') ? '**' : ''}`);
  const denied = [...DENIED, ...secrets].map((path) => `Read(${path})`);
  return ['--allowedTools', ALLOWED.join(','), '--disallowedTools', denied.join(',')];
}
