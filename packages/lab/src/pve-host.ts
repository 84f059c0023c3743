import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CommandIo, Host } from './ssh-server.ts';

const HOST_SCRIPT = fileURLToPath(new URL('../../../deploy/pve/breakglass-pve', import.meta.url));
const SIMULATED_TOOLS = fileURLToPath(new URL('../bin', import.meta.url));

export interface PveHost extends AsyncDisposable {
  readonly run: Host;
  /** Where the VM's state is, as bin/qm keeps it. */
  readonly vmDir: string;
}

/**
 * The simulated PVE host: the real host script under bash, with a simulated `qm` and `ps` first on its PATH.
 * The installed script honours no environment variable, so this one is a copy with its constants replaced.
 */
export async function createPveHost(dir: string, vmId: string, speed: number): Promise<PveHost> {
  const places = { log: join(dir, 'log'), run: join(dir, 'run'), cgroups: join(dir, 'cgroup') };
  for (const place of Object.values(places)) await mkdir(place, { recursive: true });
  const scope = join(places.cgroups, `${vmId}.scope`);
  await mkdir(scope);
  await writeFile(join(scope, 'cgroup.events'), 'populated 1\nfrozen 0\n');
  const conf = join(dir, 'breakglass-pve.conf');
  await writeFile(conf, `VMID=${vmId}\n`, { mode: 0o644 });
  const script = join(dir, 'breakglass-pve');
  const text = withConstants(await readFile(HOST_SCRIPT, 'utf8'), {
    CONF: conf,
    PATH: `${SIMULATED_TOOLS}:/usr/sbin:/usr/bin:/sbin:/bin`,
    LOG_DIR: places.log,
    RUN_DIR: places.run,
    CGROUPS: places.cgroups,
    GONE_LIMIT: String(Math.max(2, Math.ceil(20 / speed))),
  });
  await writeFile(script, text);
  await chmod(script, 0o755);

  const running = new Set<ChildProcess>();
  const env = { LAB_STATE: dir, LAB_SPEED: String(speed) };
  return {
    run: (command, io) => runScript(script, { ...env, SSH_ORIGINAL_COMMAND: command }, io, running),
    vmDir: join(dir, 'vm', vmId),
    async [Symbol.asyncDispose]() {
      for (const child of running) endGroup(child);
      await Promise.all([...running].map((child) => once(child, 'close')));
    },
  };
}

/** The script with `readonly NAME=...` lines replaced. Every name must be there, or the copy would touch the real machine. */
export function withConstants(script: string, constants: Record<string, string>): string {
  return Object.entries(constants).reduce((text, [name, value]) => {
    const line = new RegExp(`^readonly ${name}=.*$`, 'm');
    if (!line.test(text)) throw new Error(`the host script has no line "readonly ${name}=..."`);
    return text.replace(line, () => `readonly ${name}='${value.replaceAll("'", "'\\''")}'`);
  }, script);
}

/**
 * One run of the script. A client that goes away closes the script's output and nothing else, as sshd does
 * without a terminal: what the script began goes on.
 */
async function runScript(
  script: string,
  env: Record<string, string>,
  io: CommandIo,
  running: Set<ChildProcess>,
): Promise<number> {
  const child = spawn('/bin/bash', ['-p', script], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = child;
  const failure = new Promise<Error>((resolve) => child.once('error', resolve));
  const closed = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : 70));
  running.add(child);
  void closed.then(() => running.delete(child));
  const leave = () => {
    stdout.destroy();
    stderr.destroy();
  };
  io.signal.addEventListener('abort', leave, { once: true });
  if (io.signal.aborted) leave();
  const pumped = Promise.all([pump(stdout, io.write), pump(stderr, io.writeError)]);
  const ended = await Promise.race([pumped.then(() => closed), failure]);
  if (typeof ended === 'number') return ended;
  running.delete(child);
  await io.writeError(`bash: ${ended.message}\n`);
  return 1;
}

async function pump(from: Readable, write: (data: Uint8Array) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of from) await write(chunk as Uint8Array);
  } catch (error) {
    if (!from.destroyed) throw error;
  }
}

/** Ends the script and what it started: they share a process group, as the script makes no new ones. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
