import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The simulated VM as its files show it; the format is described in bin/qm, which also changes it. */
export interface VmState {
  status: 'running' | 'stopped';
  /** Counts QEMU processes. */
  generation: number;
  /** Counts guest boots: a new process is one, a reset too. */
  boots: number;
  /** Milliseconds since 1970. */
  bootedAt: number;
  /** QEMU itself is wedged: its monitor and its guest are silent. */
  silent: boolean;
}

const FIRST_UPTIME_SECONDS = 3 * 24 * 60 * 60 + 4 * 60 * 60 + 11 * 60;

/** Lays out a VM that has been running for three days, with one staged change of its hardware. Its QEMU is still to be started. */
export async function createVm(dir: string, silent: boolean): Promise<void> {
  await mkdir(dir, { recursive: true });
  const files = {
    status: 'running',
    pid: '',
    qmp: silent ? 'silent' : 'ok',
    ...(silent ? { term: 'ignored' } : {}),
    generation: '1',
    boots: '1',
    booted_at: String(Math.floor(Date.now() / 1000) - FIRST_UPTIME_SECONDS),
    config: VM_CONFIG,
    pending: 'scsi0: local-zfs:vm-102-disk-0,iothread=1,size=48G',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), `${text}\n`);
}

export async function readVm(dir: string): Promise<VmState> {
  const [status, generation, boots, bootedAt, qmp] = await Promise.all(
    ['status', 'generation', 'boots', 'booted_at', 'qmp'].map((name) => readLine(dir, name)),
  );
  return {
    status: status === 'running' ? 'running' : 'stopped',
    generation: Number(generation),
    boots: Number(boots),
    bootedAt: Number(bootedAt) * 1000,
    silent: status === 'running' && qmp === 'silent',
  };
}

/** What the guest does to itself: `reboot` keeps the QEMU process, `poweroff` ends it. */
export async function guestPower(dir: string, what: 'reboot' | 'poweroff'): Promise<void> {
  const vm = await readVm(dir);
  if (what === 'poweroff') {
    await put(dir, 'pid', '');
    await put(dir, 'status', 'stopped');
    return;
  }
  await put(dir, 'booted_at', String(Math.floor(Date.now() / 1000)));
  await put(dir, 'boots', String(vm.boots + 1));
}

const VM_CONFIG = `agent: 1
balloon: 0
boot: order=scsi0
cores: 8
cpu: host
machine: q35
memory: 16384
name: devvm-lab
net0: virtio=BC:24:11:00:01:02,bridge=vmbr0
onboot: 1
ostype: l26
scsi0: local-zfs:vm-102-disk-0,size=48G
scsihw: virtio-scsi-single
serial0: socket`;

async function readLine(dir: string, name: string): Promise<string> {
  return (await readFile(join(dir, name), 'utf8')).trim();
}

async function put(dir: string, name: string, text: string): Promise<void> {
  const next = join(dir, `${name}.guest`);
  await writeFile(next, `${text}\n`);
  await rename(next, join(dir, name));
}
