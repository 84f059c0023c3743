import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createPveHost } from '@breakglass/lab/pve-host';
import { createVm, readVm, type VmState } from '@breakglass/lab/vm-state';
import { expect, vi } from 'vitest';
import { temporaryDirectory } from '../harness.ts';

/** The installed scripts on a simulated Proxmox host: real processes, real locks, a QEMU that can be made sick. */
export interface SickHost extends AsyncDisposable {
  readonly dir: string;
  /** The forced command; SSH_ORIGINAL_COMMAND tells it what is wanted. */
  readonly front: string;
  run(verb: string): Promise<Ended>;
  /** The forced command as a process, for tests that end it. */
  begin(verb: string): ChildProcess;
  vm(): Promise<VmState>;
  /** One of the files by which bin/kvm and bin/qm are told what to do; null removes it. */
  set(name: string, value: string | null): Promise<void>;
  /** Lines of bash before the simulated `qm` does its part; they may exit instead. */
  qm(lines: string): Promise<void>;
  /** Makes another program of the host. */
  tool(name: string, lines: string): Promise<void>;
  /** How `qm` was called, one call a line. */
  calls(): Promise<string[]>;
  /** Waits until the running job is in this phase. @returns the worker's pid */
  inPhase(phase: string): Promise<number>;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  result: Record<string, string>;
}

/** Deadlines that tests can wait for. Those that only bound a hung program are short here on purpose. */
const LIMITS = {
  READ_PVE: 2,
  QM_READ: 2,
  SYSTEMD_RUN: 5,
  CONFIG_LOCK: 1,
  QM_STOP_END: 2,
  CLEANUP: 2,
  VERIFY: 4,
};

export async function sickHost(limits: Record<string, number> = {}): Promise<SickHost> {
  await using cleanup = new AsyncDisposableStack();
  const { path: dir } = cleanup.use(await temporaryDirectory());
  const host = cleanup.use(await createPveHost(dir, '102', 20, { ...LIMITS, ...limits }));
  await createVm(host.vmDir, false);
  await host.powerOn();
  const log = join(dir, 'qm.log');
  const real = join(dir, 'bin', 'qm');
  await rename(real, join(dir, 'bin', 'simulated-qm'));
  const tool = (name: string, lines: string) =>
    writeFile(
      join(dir, 'bin', name),
      `#!/bin/bash\nexport PATH=/usr/sbin:/usr/bin LAB_STATE='${dir}'\n${lines}\n`,
      { mode: 0o755 },
    );
  const qm = (lines: string) =>
    tool('qm', `echo "$*" >>'${log}'\n${lines}\nexec '${dir}/bin/simulated-qm' "$@"`);
  await qm('');
  const begin = (verb: string) =>
    spawn('/bin/bash', ['-p', host.front], {
      env: { SSH_ORIGINAL_COMMAND: verb },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const owned = cleanup.move();
  return {
    dir,
    front: host.front,
    begin,
    run: (verb) => ending(begin(verb)),
    vm: () => readVm(host.vmDir),
    set: (name, value) =>
      value === null ? rm(join(host.vmDir, name)) : writeFile(join(host.vmDir, name), `${value}\n`),
    qm,
    tool,
    calls: async () => (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n'),
    inPhase: (phase) => inPhase(join(dir, 'run', '102', 'running'), phase),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export async function ending(child: ChildProcess): Promise<Ended> {
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all(
    [child.stdout, child.stderr].map((stream) => (stream === null ? '' : text(stream))),
  );
  return { code: await code, stdout: stdout ?? '', stderr: stderr ?? '', result: resultOf(stdout ?? '') };
}

/** The fields of a RESULT line, which must be the last one. */
function resultOf(stdout: string): Record<string, string> {
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('RESULT ')) return {};
  return Object.fromEntries([...last.matchAll(/(\w+)=(\S*)/g)].map(([, name, value]) => [name, value]));
}

/** The verbs that `qm` was called with and that change something, in their order. */
export async function mutations(host: SickHost): Promise<string[]> {
  return (await host.calls())
    .map((call) => call.split(' ')[0] ?? '')
    .filter((verb) => ['start', 'stop', 'reset'].includes(verb));
}

/** The directory of the only job there was. */
export async function jobDirectory(host: SickHost, verb: string): Promise<string> {
  const names = await readdir(join(host.dir, 'run', '102'));
  return join(host.dir, 'run', '102', names.find((name) => name.includes(`-${verb}-`)) ?? 'none');
}

async function inPhase(file: string, phase: string): Promise<number> {
  const noted = async () => JSON.parse(await readFile(file, 'utf8'));
  await vi.waitFor(async () => expect((await noted()).phase).toBe(phase), {
    timeout: 20_000,
    interval: 20,
  });
  return (await noted()).pid;
}
