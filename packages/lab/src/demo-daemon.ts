import { once } from 'node:events';
import { delimiter } from 'node:path';
import { parseArgs } from 'node:util';
import { type DemoAddress, lastAddress, rememberAddress } from './demo-address.ts';
import { chooseAgent } from './demo-agent.ts';
import { startBreakglassd } from './demo-breakglassd.ts';
import { EXIT_TAKEN, takeDemoLock } from './demo-lock.ts';
import { demoPlace, PROGRAMS, removeLocalDaemon, removeOldLabs, writeLocalDaemon } from './demo-place.ts';
import { untilIdle } from './idle-watch.ts';
import { isStoryName, LAB_VM_ID, type Lab, startLab } from './lab.ts';

/**
 * The demo's background process: the lab and, as its child, the daemon. It outlives the terminal, and ends when
 * it is told to (SIGTERM, SIGINT, SIGHUP), when the daemon ends, or when nobody has used it for an hour.
 */

const SPEED = 2;
const IDLE_MS = 60 * 60_000;
const IDLE_LOOK_MS = 60_000;

await main(process.env);

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const { values } = parseArgs({ options: { story: { type: 'string' } } });
  const story = values.story ?? 'oom';
  if (!isStoryName(story)) throw new Error(`there is no story "${story}"`);
  const told = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT'), once(process, 'SIGHUP')]);
  const place = demoPlace(env);
  if (!(await takeDemoLock(place.localFile))) {
    process.stderr.write('another demo of yours starts or runs already\n');
    process.exit(EXIT_TAKEN);
  }
  await removeOldLabs(place);
  const agent = chooseAgent(env, PROGRAMS.claude);
  const address = await lastAddress(place.addressFile);
  const { token } = address;

  await using lab = await startLab({ dir: `${place.labDir}-${process.pid}`, story, speed: SPEED });
  const daemonEnv = environmentOfDaemon(env, lab, {
    address,
    dataDir: place.dataDir,
    agent: agent.kind,
  });
  await using daemon = await startBreakglassd(PROGRAMS.daemon, daemonEnv);
  const { url } = daemon;
  await rememberAddress(place.addressFile, { port: Number(new URL(url).port), token });
  await writeLocalDaemon(place.localFile, {
    url,
    token,
    pid: process.pid,
    simulated: true,
    story,
    agent: agent.kind,
    why: agent.why,
  });

  const watch = new AbortController();
  const idle = untilIdle({ url, token, idleMs: IDLE_MS, intervalMs: IDLE_LOOK_MS, signal: watch.signal });
  await Promise.race([told, daemon.ended, idle]);
  watch.abort();
  await idle.catch(() => undefined);
  await removeLocalDaemon(place.localFile, process.pid);
}

/** Nothing of the caller's settings for a real daemon gets through, except the model. */
function environmentOfDaemon(
  env: NodeJS.ProcessEnv,
  lab: Lab,
  settings: { address: DemoAddress; dataDir: string; agent: string },
): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(
    ([name]) => !/^(BREAKGLASS_(?!MODEL$)|API_BEARER_TOKEN$)/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    PATH: env['PATH'] ?? ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    API_BEARER_TOKEN: settings.address.token,
    BREAKGLASS_LISTEN: `127.0.0.1:${settings.address.port}`,
    BREAKGLASS_DATA_DIR: settings.dataDir,
    BREAKGLASS_SSH_CONFIG: lab.sshConfigFile,
    BREAKGLASS_TARGET_ID: LAB_VM_ID,
    BREAKGLASS_TARGET_NAME: 'devvm-lab',
    BREAKGLASS_SIMULATED: '1',
    BREAKGLASS_AGENT_KIND: settings.agent,
    BREAKGLASS_AGENT_PERMISSIONS: 'allow-list',
    BREAKGLASS_CLAUDE_BIN: PROGRAMS.claude,
    BREAKGLASS_VM_POLL_SECONDS: '5',
    // Less than what startBreakglassd waits for its end, so that a running turn ends in the log.
    BREAKGLASS_SHUTDOWN_GRACE_SECONDS: '5',
  };
}
