import { type Logger, pino } from 'pino';
import { type Config, ConfigError, readConfig } from './config.ts';
import { type Daemon, startDaemon, VERSION } from './daemon.ts';

const USAGE = `breakglassd: owns the sessions, runs the agents' turns and the power verbs.

Usage: breakglassd [--version | --help]

It is configured by environment variables; README.md lists them. Exit codes: 0 ended in order,
1 could not start, 2 wrong usage or configuration.
`;

/** The program. Resolves with its exit code once it has been told to end (SIGTERM, SIGINT, SIGHUP) and has. */
export async function main(argv: readonly string[]): Promise<number> {
  const [first] = argv.slice(2);
  if (first === '--version') return print(`${VERSION}\n`);
  if (first === '--help') return print(USAGE);
  if (first !== undefined) return fail(2, `unknown argument ${JSON.stringify(first)}\n${USAGE}`);
  const config = configure();
  return config === null ? 2 : run(config);
}

function configure(): Config | null {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    fail(2, error.message);
    return null;
  }
}

async function run(config: Config): Promise<number> {
  const logger: Logger = pino({ level: config.logLevel, base: null });
  let daemon: Daemon;
  try {
    daemon = await startDaemon(config, logger);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail(1, `could not start: ${why}. Is the address in BREAKGLASS_LISTEN free?`);
  }
  warn(config, logger);
  logger.info({ url: daemon.url, dataDir: config.dataDir, agent: config.agent.kind }, 'listening');
  const signal = await told();
  logger.info({ signal }, 'ending');
  await daemon.close();
  logger.info('ended');
  return 0;
}

/** What an operator should know at the start rather than in the middle of a recovery. */
function warn(config: Config, logger: Logger): void {
  const { auth, ssh, target } = config;
  if (auth.token === null && auth.trustedProxies.length === 0) {
    logger.warn('nobody can get in: set API_BEARER_TOKEN or BREAKGLASS_TRUSTED_PROXIES');
  }
  if (ssh.configFile === null && ssh.knownHosts === null) {
    logger.warn('host keys are trusted on first use: set BREAKGLASS_KNOWN_HOSTS to pin them');
  }
  if (target.simulated) logger.warn('the target is simulated: nothing real is behind it');
}

function told(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.once(signal, () => resolve(signal));
  });
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function fail(code: number, why: string): number {
  process.stderr.write(`breakglassd: ${why}\n`);
  return code;
}
