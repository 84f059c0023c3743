import { homedir, tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '@breakglass/shared';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { SshSettings } from './process/ssh.ts';

/** An address range as ipaddr.js has it. */
export type Cidr = ReturnType<typeof ipaddr.parseCIDR>;

/** All that can be set, checked. Times are in milliseconds. */
export interface Config {
  listen: { host: string; port: number };
  dataDir: string;
  /** The agents' working directories, one for each session. */
  sessionsDir: string;
  staticDir: string | null;
  auth: {
    /** Null where no token is configured. */
    token: string | null;
    identityHeader: string;
    trustedProxies: readonly Cidr[];
  };
  ssh: SshSettings;
  target: Target;
  agent: {
    kind: 'claude' | 'runbook';
    name: string;
    file: string;
    bin: string;
    model: string;
    permissions: 'allow-list' | 'sandbox';
    /** Files that the agent's own reading tools must not open. A policy, not a boundary. */
    secretPaths: readonly string[];
    /** What of the daemon's environment a child may see: never the daemon's own secrets. */
    env: Record<string, string>;
  };
  maxConcurrentTurns: number;
  turnTimeoutMs: number;
  verbTimeoutMs: number;
  keepAliveMs: number;
  /** How often the VM's state is looked at while somebody is attached; 0 never. */
  vmPollMs: number;
  shutdownGraceMs: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** The environment does not make a configuration. Names every problem, not just the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const seconds = (fallback: number, max = 86_400) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number of seconds')
    .transform(Number)
    .refine((value) => value > 0 && value <= max, `must be more than 0 and at most ${max}`)
    .default(fallback)
    .transform((value) => Math.round(value * 1000));

/** What may stand in an ssh_config(5) line without changing its meaning. */
const host = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:%_-]*$/, 'must be an IP address (or a host name)');
const user = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'must be a user name');
const path = z.string().regex(/^[^"\r\n]+$/, 'must be a path without quotes or line breaks');

const listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):\d{1,5}$/, 'must be host:port, such as 127.0.0.1:8080')
  .transform((value) => {
    const colon = value.lastIndexOf(':');
    return { host: value.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(value.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, 'the port must be at most 65535');

const cidrs = z
  .string()
  .transform((value) => value.split(/[\s,]+/).filter((part) => part !== ''))
  .superRefine((parts, context) => {
    for (const part of parts) {
      if (!isRange(part)) {
        context.addIssue({ code: 'custom', message: `"${part}" is not an address or a CIDR range` });
      }
    }
  })
  .transform((parts) => parts.filter(isRange).map(parseRange));

const agentName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'must be the name of an agent file');

const environment = z.object({
  API_BEARER_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/, 'must be at least 16 printable characters without spaces')
    .optional(),
  BREAKGLASS_LISTEN: listen.prefault('127.0.0.1:8080'),
  BREAKGLASS_DATA_DIR: path.optional(),
  BREAKGLASS_SESSIONS_DIR: path.optional(),
  BREAKGLASS_STATIC_DIR: path.optional(),
  BREAKGLASS_TRUSTED_PROXIES: cidrs.prefault(''),
  BREAKGLASS_IDENTITY_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, 'must be the name of an HTTP header')
    .default('X-authentik-username'),
  BREAKGLASS_DEVVM_HOST: host.default('10.0.10.10'),
  BREAKGLASS_DEVVM_USER: user.default('breakglass'),
  BREAKGLASS_PVE_HOST: host.default('192.168.1.127'),
  BREAKGLASS_PVE_USER: user.default('root'),
  BREAKGLASS_KEY_PATH: path.optional(),
  BREAKGLASS_KNOWN_HOSTS: path.optional(),
  BREAKGLASS_SSH_CONFIG: path.optional(),
  BREAKGLASS_TARGET_ID: z
    .string()
    .regex(/^[1-9]\d{2,8}$/, 'must be a VM id, such as 102')
    .default('102'),
  BREAKGLASS_TARGET_NAME: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/, 'must be the name of a VM')
    .default('devvm'),
  BREAKGLASS_SIMULATED: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
  BREAKGLASS_AGENT_KIND: z.enum(['claude', 'runbook'], 'must be claude or runbook').default('claude'),
  BREAKGLASS_AGENT: agentName.default('breakglass'),
  BREAKGLASS_AGENTS_DIR: path.optional(),
  BREAKGLASS_CLAUDE_BIN: path.default('claude'),
  BREAKGLASS_MODEL: z.string().min(1).default('sonnet'),
  BREAKGLASS_AGENT_PERMISSIONS: z
    .enum(['allow-list', 'sandbox'], 'must be allow-list or sandbox')
    .default('allow-list'),
  BREAKGLASS_MAX_CONCURRENT_TURNS: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'must be a whole number from 1 to 999')
    .transform(Number)
    .prefault('2'),
  BREAKGLASS_TURN_TIMEOUT_SECONDS: seconds(1800),
  BREAKGLASS_PVE_VERB_TIMEOUT_SECONDS: seconds(600),
  BREAKGLASS_SSE_KEEPALIVE_SECONDS: seconds(15, 3600),
  BREAKGLASS_VM_POLL_SECONDS: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number of seconds; 0 turns the poll off')
    .transform((value) => Number(value) * 1000)
    .prefault('15'),
  BREAKGLASS_SHUTDOWN_GRACE_SECONDS: seconds(20, 3600),
  BREAKGLASS_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/**
 * Reads the configuration. An empty variable counts as not set.
 * @throws {ConfigError} with every problem that it found
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  const set = parsed.data;
  const dataDir = resolve(set.BREAKGLASS_DATA_DIR ?? join(stateHome(env), 'breakglass'));
  const agents = set.BREAKGLASS_AGENTS_DIR ?? fileURLToPath(new URL('../../../agents', import.meta.url));
  return {
    listen: set.BREAKGLASS_LISTEN,
    dataDir,
    sessionsDir: resolve(set.BREAKGLASS_SESSIONS_DIR ?? join(dataDir, 'sessions')),
    staticDir: set.BREAKGLASS_STATIC_DIR ? resolve(set.BREAKGLASS_STATIC_DIR) : null,
    auth: {
      token: set.API_BEARER_TOKEN ?? null,
      identityHeader: set.BREAKGLASS_IDENTITY_HEADER.toLowerCase(),
      trustedProxies: set.BREAKGLASS_TRUSTED_PROXIES,
    },
    ssh: {
      devvm: { host: set.BREAKGLASS_DEVVM_HOST, user: set.BREAKGLASS_DEVVM_USER },
      pve: { host: set.BREAKGLASS_PVE_HOST, user: set.BREAKGLASS_PVE_USER },
      keyPath: absolute(set.BREAKGLASS_KEY_PATH),
      knownHosts: absolute(set.BREAKGLASS_KNOWN_HOSTS),
      configFile: absolute(set.BREAKGLASS_SSH_CONFIG),
    },
    target: {
      id: set.BREAKGLASS_TARGET_ID,
      name: set.BREAKGLASS_TARGET_NAME,
      simulated: set.BREAKGLASS_SIMULATED === '1',
    },
    agent: {
      kind: set.BREAKGLASS_AGENT_KIND,
      name: set.BREAKGLASS_AGENT,
      file: join(agents, `${set.BREAKGLASS_AGENT}.md`),
      bin: set.BREAKGLASS_CLAUDE_BIN.includes('/')
        ? resolve(set.BREAKGLASS_CLAUDE_BIN)
        : set.BREAKGLASS_CLAUDE_BIN,
      model: set.BREAKGLASS_MODEL,
      permissions: set.BREAKGLASS_AGENT_PERMISSIONS,
      secretPaths: [
        join(dataDir, 'events.sqlite'),
        join(dataDir, 'events.sqlite-wal'),
        join(dataDir, 'audit.jsonl'),
        join(stateHome(env), 'breakglass', 'local.json'),
        ...(set.BREAKGLASS_KEY_PATH === undefined ? [] : [resolve(set.BREAKGLASS_KEY_PATH)]),
      ],
      env: childEnvironment(env),
    },
    maxConcurrentTurns: set.BREAKGLASS_MAX_CONCURRENT_TURNS,
    turnTimeoutMs: set.BREAKGLASS_TURN_TIMEOUT_SECONDS,
    verbTimeoutMs: set.BREAKGLASS_PVE_VERB_TIMEOUT_SECONDS,
    keepAliveMs: set.BREAKGLASS_SSE_KEEPALIVE_SECONDS,
    vmPollMs: set.BREAKGLASS_VM_POLL_SECONDS,
    shutdownGraceMs: set.BREAKGLASS_SHUTDOWN_GRACE_SECONDS,
    logLevel: set.BREAKGLASS_LOG_LEVEL,
  };
}

/** Agents run in directories of their own, where a relative path names something else. */
const absolute = (file: string | undefined) => (file === undefined ? null : resolve(file));

/** The XDG state directory (XDG Base Directory Specification). */
function stateHome(env: NodeJS.ProcessEnv): string {
  return env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
}

/** What children need of the environment: a list of names, so that a new secret is not leaked by default. */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TZ|TMPDIR|SSH_AUTH_SOCK|XDG_.*|ANTHROPIC_.*|CLAUDE_.*|AWS_.*|GOOGLE_.*|CLOUD_ML_REGION|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR))$/;

function childEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const passed = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && PASSED_ON.test(entry[0]),
  );
  return {
    PATH: ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: homedir(),
    TMPDIR: tmpdir(),
    ...Object.fromEntries(passed),
  };
}

function isRange(value: string): boolean {
  return ipaddr.isValidCIDR(value) || ipaddr.isValid(value);
}

function parseRange(value: string): Cidr {
  if (ipaddr.isValidCIDR(value)) return ipaddr.parseCIDR(value);
  const address = ipaddr.process(value);
  return [address, address.kind() === 'ipv4' ? 32 : 128] as Cidr;
}
