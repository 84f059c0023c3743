import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installHostScripts, scaledLimits, shellWord } from './host-scripts.ts';
import type { CommandIo, Host } from './ssh-server.ts';

const SIMULATED_TOOLS = fileURLToPath(new URL('../bin', import.meta.url));

export interface PveHost extends AsyncDisposable {
  readonly run: Host;
  /** The forced command, as a file. */
  readonly front: string;
  /** Where the VM's state is, as bin/qm keeps it. */
  readonly vmDir: string;
  /** Gives a VM that was laid out as running its QEMU process. */
  powerOn(): Promise<void>;
}

/**
 * The simulated PVE host: the real host scripts, with a simulated host around them.
 *
 * @param limits seconds, by their names in limits.py, where they are not to be the scaled ones
 */
export async function createPveHost(
  dir: string,
  vmId: string,
  speed: number,
  limits: Record<string, number> = {},
): Promise<PveHost> {
  await layOut(dir, vmId);
  const tools = await installTools(dir, {
    LAB_STATE: dir,
    LAB_SPEED: String(speed),
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  });
  const front = await installHostScripts(dir, tools, { ...scaledLimits(speed), ...limits });
  return {
    run: (command, io) => runScript(front, { SSH_ORIGINAL_COMMAND: command }, io),
    front,
    vmDir: join(dir, 'vm', vmId),
    powerOn: async () => {
      await promisify(execFile)(join(tools, 'kvm'), [vmId]);
    },
    [Symbol.asyncDispose]: () => endProcessesOf(dir),
  };
}

/** What a Proxmox host has, and the host scripts look at; see places.py. */
async function layOut(dir: string, vmId: string): Promise<void> {
  const socket = join(dir, 'qemu', `${vmId}.qmp`);
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH) {
    throw new Error(`the lab's directory is too deep for a socket in it: ${socket}`);
  }
  for (const place of ['proc', 'cgroup', 'qemu', 'locks', 'run', 'log', 'block', 'pve/local', 'pve/ha'])
    await mkdir(join(dir, place), { recursive: true });
  await mkdir(join(dir, 'pve', 'qemu-server'));
  await symlink(join(dir, 'vm', vmId, 'config'), join(dir, 'pve', 'qemu-server', `${vmId}.conf`));
  await writeFile(join(dir, 'breakglass-pve.conf'), `VMID=${vmId}\n`, { mode: 0o644 });
}

/** sockaddr_un on Linux, without its final zero. */
const LONGEST_SOCKET_PATH = 107;

/** The host's tools, and nothing else: what is not simulated is not installed, or the lab would show the real machine. */
async function installTools(dir: string, env: Record<string, string>): Promise<string> {
  const tools = join(dir, 'bin');
  await mkdir(tools);
  const settings = Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}\n`);
  for (const name of ['qm', 'kvm', 'sudo', 'logger', 'systemd-run']) {
    const script = `#!/bin/bash\n${settings.join('')}exec ${shellWord(join(SIMULATED_TOOLS, name))} "$@"\n`;
    await writeFile(join(tools, name), script, { mode: 0o755 });
  }
  for (const name of ['cat', 'stat']) await symlink(`/usr/bin/${name}`, join(tools, name));
  return tools;
}

/**
 * One run of the script. A client that goes away closes the script's output and nothing else, as sshd does
 * without a terminal: what the script began goes on.
 */
async function runScript(script: string, env: Record<string, string>, io: CommandIo): Promise<number> {
  const child = spawn('/bin/bash', ['-p', script], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = child;
  const failure = new Promise<Error>((resolve) => child.once('error', resolve));
  const closed = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : 70));
  const leave = () => {
    stdout.destroy();
    stderr.destroy();
  };
  io.signal.addEventListener('abort', leave, { once: true });
  if (io.signal.aborted) leave();
  const pumped = Promise.all([pump(stdout, io.write), pump(stderr, io.writeError)]);
  const ended = await Promise.race([pumped.then(() => closed), failure]);
  if (typeof ended === 'number') return ended;
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

/** Ends what runs of this host: each of its processes has the host's directory in its arguments or environment. */
async function endProcessesOf(dir: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await processesOf(dir);
    if (found.length === 0) return;
    for (const pid of found) end(pid);
    await setTimeout(20);
  }
}

async function processesOf(dir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const belongs = await Promise.all(
    pids.map(async (pid) => {
      const texts = ['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8'));
      const [cmdline, environ] = await Promise.all(texts.map((text) => text.catch(() => '')));
      const words = [...(cmdline ?? '').split('\0'), ...(environ ?? '').split('\0')];
      return words.some((word) => word.startsWith(`${dir}/`) || word === `LAB_STATE=${dir}`);
    }),
  );
  return pids.filter((_pid, index) => belongs[index]);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
