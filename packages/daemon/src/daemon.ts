import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMutating, type Readiness } from '@breakglass/shared';
import type { Logger } from 'pino';
import { createClaudeAgent } from './agent/claude.ts';
import { createRunbookAgent } from './agent/runbook.ts';
import type { Config } from './config.ts';
import { createApp } from './http/app.ts';
import { type AuditTrail, openAuditTrail } from './power/audit.ts';
import { Power, type PowerJob } from './power/power.ts';
import { checkSsh } from './power/ready.ts';
import { VmWatch } from './power/vm-watch.ts';
import { prepareSsh, type Ssh, sshArgv } from './process/ssh.ts';
import { endMarked } from './process/tree.ts';
import { type Agent, TURN_MARKER } from './session/agent.ts';
import { type EventLog, openEventLog } from './session/event-log.ts';
import { powerEvent } from './session/power-event.ts';
import { Sessions } from './session/sessions.ts';

export interface Daemon extends AsyncDisposable {
  /** Where it listens: `http://host:port`. */
  readonly url: string;
  /** Takes no new work, gives what runs a bounded time, and ends. */
  close(): Promise<void>;
}

export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;

/**
 * Puts the daemon together and starts it. What the power path needs comes first and alone; an event log or
 * an agent that does not work makes the daemon degraded, never dead.
 * @throws where it can't listen or can't write its ssh configuration
 */
export async function startDaemon(config: Config, logger: Logger): Promise<Daemon> {
  const onError: OnError = (error, what) => logger.error({ err: error }, `failed: ${what}`);
  const shutdown = new AbortController();
  const ssh = await prepareSsh(config.ssh, config.agent.env['PATH'] ?? '');
  const audit = openAuditTrail(join(config.dataDir, 'audit.jsonl'));
  const power = createPower(config, ssh, audit, onError);
  const log = openEventLog(join(config.dataDir, 'events.sqlite'));
  const agent = createAgent(config, ssh);
  const sessions = createSessions(config, log, agent, onError);
  const vm = createVmWatch(config, ssh, power, sessions);
  power.listen((job, result) => {
    logger.info({ job: job.id, verb: job.verb, by: job.by, exitCode: result?.exit_code }, 'power verb');
  });
  showVerbs(config, power, vm, sessions, onError);

  const server = createServer(
    createApp({
      auth: config.auth,
      staticDir: config.staticDir,
      keepAliveMs: config.keepAliveMs,
      target: config.target,
      version: VERSION,
      shutdown: shutdown.signal,
      ready: () => readiness(config, log, agent),
      ...{ sessions, log, power, vm, audit, now, onError },
    }),
  );
  server.listen(config.listen.port, config.listen.host);
  await once(server, 'listening').catch(async (error: unknown) => {
    await ssh.dispose();
    throw error;
  });
  // Without a listener an accept that fails (no more file descriptors) would end the daemon.
  server.on('error', (error) => onError(error, 'accepting a connection'));
  const recovered = sessions.recover().catch((error: unknown) => onError(error, 'closing interrupted turns'));

  const close = onlyOnce(async () => {
    const disconnected = once(server, 'close');
    server.close();
    vm.close();
    const grace = config.shutdownGraceMs;
    await Promise.all([recovered, sessions.close(grace), power.close(grace)]);
    const { mutating } = power;
    if (mutating !== null)
      logger.warn({ job: mutating.id, verb: mutating.verb }, 'still runs; this process stays for its end');
    shutdown.abort();
    // Who is attached still gets what its log says by now; who does not read is not waited for.
    await Promise.race([disconnected, sleep(FAREWELL_MS, undefined, { ref: false })]);
    server.closeAllConnections();
    await Promise.all([log.close(), ssh.dispose()]);
  });
  return { url: urlOf(server.address() as AddressInfo), close, [Symbol.asyncDispose]: close };
}

const FAREWELL_MS = 2000;

type OnError = (error: unknown, what: string) => void;

const now = () => new Date();

function createPower(config: Config, ssh: Ssh, audit: AuditTrail, onError: OnError): Power {
  return new Power({
    ssh,
    env: config.agent.env,
    target: config.target,
    verbTimeoutMs: config.verbTimeoutMs,
    audit,
    now,
    newId: randomUUID,
    onError,
  });
}

function createVmWatch(config: Config, ssh: Ssh, power: Power, sessions: Sessions): VmWatch {
  return new VmWatch({
    ssh,
    env: config.agent.env,
    target: config.target,
    intervalMs: config.vmPollMs,
    now,
    wanted: () => sessions.attendance.sessions().length > 0,
    runningVerb: () => runningVerb(power.mutating),
  });
}

function createSessions(config: Config, log: EventLog, agent: Agent, onError: OnError): Sessions {
  return new Sessions({
    log,
    agent,
    maxConcurrentTurns: config.maxConcurrentTurns,
    turnTimeoutMs: config.turnTimeoutMs,
    now,
    newId: randomUUID,
    endLeftovers: async (turnId) => {
      await endMarked(`${TURN_MARKER}=${turnId}`);
    },
    onError,
  });
}

/** Sessions and the VM's state show the verbs. That is all that joins them to the power path. */
function showVerbs(config: Config, power: Power, vm: VmWatch, sessions: Sessions, onError: OnError): void {
  power.listen((job, result) => {
    vm.announce();
    if (result !== null && isMutating(job.verb)) void vm.look();
  });
  power.listen((job, result) => {
    if (job.verb === 'status') return;
    const { event, briefing } = powerEvent(job, config.target, result);
    sessions
      .announce(event, briefing)
      .catch((error: unknown) => onError(error, 'showing a verb in the sessions'));
  });
}

function createAgent(config: Config, ssh: Ssh): Agent {
  const { env } = config.agent;
  if (config.agent.kind === 'runbook') {
    return createRunbookAgent({ ssh: (alias, command) => sshArgv(ssh, alias, command), env });
  }
  const { name: agentName, file: agentFile, bin, model, permissions, secretPaths } = config.agent;
  return createClaudeAgent({
    bin,
    agentName,
    agentFile,
    model,
    permissions,
    secretPaths,
    sessionsDir: config.sessionsDir,
    env,
    sshBinDir: ssh.wrapperDir,
    turnTimeoutMs: config.turnTimeoutMs,
    verbTimeoutMs: config.verbTimeoutMs,
  });
}

async function readiness(config: Config, log: EventLog, agent: Agent): Promise<Readiness> {
  const [ssh, logCheck, agentCheck] = await Promise.all([checkSsh(config), log.check(), agent.check()]);
  const status = !ssh.ok ? 'unavailable' : logCheck.ok && agentCheck.ok ? 'ready' : 'degraded';
  return { status, checks: { ssh, log: logCheck, agent: agentCheck } };
}

function runningVerb(job: PowerJob | null) {
  return job === null ? null : { job: job.id, verb: job.verb, by: job.by, since: job.since };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** The same promise for every call: closing twice is closing once. */
function onlyOnce(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= action();
    return done;
  };
}
