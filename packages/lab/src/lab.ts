import { existsSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DevvmHost } from './devvm-host.ts';
import { createPveHost } from './pve-host.ts';
import { newKeyPair, writeSshClientConfig } from './ssh-client-config.ts';
import { type SshServer, startSshServer } from './ssh-server.ts';
import { type StoryName, storyOf } from './stories/index.ts';
import { createVm, readVm, type VmState } from './vm-state.ts';

export { isStoryName, STORY_NAMES, type StoryName, storyOf } from './stories/index.ts';
export type { VmState } from './vm-state.ts';

export const LAB_VM_ID = '102';

export interface LabOptions {
  /** A directory of the lab's own; made if missing, emptied at the end. */
  dir: string;
  story: StoryName;
  /** Divides every simulated delay; 1 is like a real host, tests take 20. A whole number, at least 1. */
  speed?: number;
}

/** Two simulated hosts behind real SSH on 127.0.0.1. */
export interface Lab extends AsyncDisposable {
  /** For `ssh -F`: the aliases `pve` and `devvm`. */
  readonly sshConfigFile: string;
  readonly story: StoryName;
  readonly hosts: { readonly pve: { port: number }; readonly devvm: { port: number } };
  vmState(): Promise<VmState>;
}

const PYTHON = '/usr/bin/python3';
const WATCH_MS = 100;

/** @throws where it can't run, or `dir` can't be written */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { dir, story, speed = 1 } = options;
  if (!Number.isInteger(speed) || speed < 1)
    throw new Error(`speed must be a whole number from 1 up, not ${speed}`);
  if (process.platform !== 'linux') {
    throw new Error('the lab runs on Linux only: its host needs bash 5, Python 3, flock and GNU coreutils');
  }
  if (!existsSync(PYTHON)) {
    throw new Error(
      `the lab needs ${PYTHON}, which the host script runs on: install Python 3 (apt install python3)`,
    );
  }
  await using cleanup = new AsyncDisposableStack();
  await mkdir(dir, { recursive: true });
  await chmod(dir, 0o700);
  cleanup.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));

  const pveHost = cleanup.use(await createPveHost(join(dir, 'pve'), LAB_VM_ID, speed));
  await createVm(pveHost.vmDir, storyOf(story).wedged);
  await pveHost.powerOn();
  const devvmHost = new DevvmHost(pveHost.vmDir, storyOf(story), speed);

  const [client, pveKey, devvmKey] = await Promise.all([newKeyPair(), newKeyPair(), newKeyPair()]);
  const keys = { client, pve: pveKey, devvm: devvmKey };
  const clientKey = keys.client.public;
  const pve = cleanup.use(await startSshServer({ hostKey: keys.pve.private, clientKey, host: pveHost.run }));
  const devvm = cleanup.use(
    await startSshServer({
      hostKey: keys.devvm.private,
      clientKey,
      host: (command, io) => devvmHost.run(command, io),
      reachability: () => devvmHost.reachability(),
    }),
  );
  const watch = cutWithThePower(pveHost.vmDir, devvm);
  cleanup.defer(() => clearInterval(watch));

  const sshConfigFile = await writeSshClientConfig(dir, keys.client, [
    { name: 'pve', port: pve.port, hostKey: keys.pve },
    { name: 'devvm', port: devvm.port, hostKey: keys.devvm },
  ]);
  const owned = cleanup.move();
  return {
    sshConfigFile,
    story,
    hosts: { pve: { port: pve.port }, devvm: { port: devvm.port } },
    vmState: () => readVm(pveHost.vmDir),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Connections to the guest die with its QEMU process and with each reboot. */
function cutWithThePower(vmDir: string, devvm: SshServer): NodeJS.Timeout {
  let seen = '';
  return setInterval(async () => {
    const vm = await readVm(vmDir).catch(() => null);
    if (vm === null) return;
    const now = `${vm.status} ${vm.boots}`;
    if (seen !== '' && seen !== now) devvm.drop();
    seen = now;
  }, WATCH_MS).unref();
}
