import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('has a default for everything but credentials', () => {
    const config = readConfig({ XDG_STATE_HOME: '/state' });
    expect(config).toMatchObject({
      listen: { host: '127.0.0.1', port: 8080 },
      dataDir: '/state/breakglass',
      sessionsDir: '/state/breakglass/sessions',
      auth: { token: null, identityHeader: 'x-authentik-username', trustedProxies: [] },
      agent: { kind: 'claude', name: 'breakglass', model: 'sonnet', permissions: 'allow-list' },
      target: { id: '102', name: 'devvm', simulated: false },
      maxConcurrentTurns: 2,
      turnTimeoutMs: 1_800_000,
      verbTimeoutMs: 600_000,
      keepAliveMs: 15_000,
    });
  });

  it('takes the names that are in use', () => {
    const config = readConfig({
      API_BEARER_TOKEN: 'a-token-of-some-length',
      BREAKGLASS_DEVVM_HOST: '10.1.2.3',
      BREAKGLASS_DEVVM_USER: 'repair',
      BREAKGLASS_PVE_HOST: '10.9.8.7',
      BREAKGLASS_PVE_USER: 'breakglass',
      BREAKGLASS_AGENT: 'other',
      BREAKGLASS_AGENTS_DIR: '/agents',
      BREAKGLASS_MODEL: 'opus',
      BREAKGLASS_SESSIONS_DIR: '/workspace/sessions',
      BREAKGLASS_MAX_CONCURRENT_TURNS: '5',
      BREAKGLASS_TURN_TIMEOUT_SECONDS: '60',
      BREAKGLASS_PVE_VERB_TIMEOUT_SECONDS: '120',
      BREAKGLASS_SSE_KEEPALIVE_SECONDS: '0.5',
      BREAKGLASS_KEY_PATH: '/keys/id',
      BREAKGLASS_LISTEN: '[::1]:9090',
    });
    expect(config).toMatchObject({
      listen: { host: '::1', port: 9090 },
      auth: { token: 'a-token-of-some-length' },
      ssh: {
        devvm: { host: '10.1.2.3', user: 'repair' },
        pve: { host: '10.9.8.7', user: 'breakglass' },
        keyPath: '/keys/id',
      },
      agent: { name: 'other', file: '/agents/other.md', model: 'opus' },
      sessionsDir: '/workspace/sessions',
      maxConcurrentTurns: 5,
      turnTimeoutMs: 60_000,
      verbTimeoutMs: 120_000,
      keepAliveMs: 500,
    });
  });

  it('reports all problems together, each with the name of its variable', () => {
    const problems = problemsOf({
      API_BEARER_TOKEN: 'short',
      BREAKGLASS_LISTEN: 'everywhere',
      BREAKGLASS_TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0.0/99',
      BREAKGLASS_TURN_TIMEOUT_SECONDS: '-1',
      BREAKGLASS_AGENT_KIND: 'oracle',
      BREAKGLASS_AGENT: '../../etc/passwd',
      BREAKGLASS_MAX_CONCURRENT_TURNS: '0',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'API_BEARER_TOKEN',
      'BREAKGLASS_LISTEN',
      'BREAKGLASS_TRUSTED_PROXIES',
      'BREAKGLASS_AGENT_KIND',
      'BREAKGLASS_AGENT',
      'BREAKGLASS_MAX_CONCURRENT_TURNS',
      'BREAKGLASS_TURN_TIMEOUT_SECONDS',
    ]);
    expect(problems.join('\n')).toContain('10.0.0.0/99');
  });

  it.each(['10.0.0.1\nProxyCommand touch /tmp/x', '-oProxyCommand=x', 'a b', '"'])(
    'takes no host that could add to an ssh configuration: %j',
    (host) => {
      expect(problemsOf({ BREAKGLASS_PVE_HOST: host })).toHaveLength(1);
    },
  );

  it('counts an empty variable as not set', () => {
    expect(readConfig({ BREAKGLASS_LISTEN: '', API_BEARER_TOKEN: '' }).auth.token).toBeNull();
  });

  it('hands children what they need, and none of its own secrets', () => {
    const { env } = readConfig({
      PATH: '/bin',
      HOME: '/home/x',
      SSH_AUTH_SOCK: '/run/agent',
      ANTHROPIC_API_KEY: 'key',
      API_BEARER_TOKEN: 'a-token-of-some-length',
      BREAKGLASS_PVE_HOST: '10.0.0.1',
      SOME_OTHER_SECRET: 'x',
    }).agent;
    expect(env).toMatchObject({
      PATH: '/bin',
      HOME: '/home/x',
      SSH_AUTH_SOCK: '/run/agent',
      ANTHROPIC_API_KEY: 'key',
    });
    expect(Object.keys(env).filter((name) => /BEARER|BREAKGLASS|OTHER/.test(name))).toEqual([]);
  });

  it('makes the paths that agents need absolute: they run in directories of their own', () => {
    const { ssh, agent } = readConfig({
      BREAKGLASS_SSH_CONFIG: './ssh_config',
      BREAKGLASS_KEY_PATH: 'key',
      BREAKGLASS_KNOWN_HOSTS: 'known_hosts',
      BREAKGLASS_CLAUDE_BIN: './bin/claude',
    });
    expect(ssh).toMatchObject({
      configFile: resolve('ssh_config'),
      keyPath: resolve('key'),
      knownHosts: resolve('known_hosts'),
    });
    expect(agent.bin).toBe(resolve('bin/claude'));
    expect(readConfig({ BREAKGLASS_CLAUDE_BIN: 'claude' }).agent.bin).toBe('claude');
  });
});
