import type { Story } from '../stories/story.ts';
import { BASE_FILES, BASE_UNITS, KERNEL_PROCESSES } from './base-system.ts';
import { Journal } from './journal.ts';
import { type Disk, HARDWARE, Machine } from './machine.ts';
import { SizedFs } from './sized-fs.ts';

/** The disk of a VM that lives this story. */
export function newDisk(story: Story): Disk {
  const fs = new SizedFs();
  for (const [path, file] of Object.entries({ ...BASE_FILES, ...story.files })) {
    if (typeof file === 'string') fs.writeFileSync(path, file);
    else fs.addBig(path, file);
  }
  return { fs, journal: new Journal() };
}

/** Boots the machine: kernel, then every unit that can start. Only the first boot is the story's sick one. */
export async function bootMachine(
  disk: Disk,
  boot: number,
  bootedAt: number,
  story: Story,
): Promise<Machine> {
  const machine = new Machine(disk, boot, bootedAt, BASE_UNITS);
  for (const process of KERNEL_PROCESSES) machine.processes.add({ ...process, startedAt: bootedAt });
  bootMessages().forEach((message, index) => {
    machine.log({ at: bootedAt + index * 90, identifier: 'kernel', message });
  });
  const startedAt = bootedAt + 2_000;
  for (const unit of machine.units.all()) await machine.units.start(unit, startedAt);
  if (boot === 1) await story.sicken(machine);
  machine.settleLoad();
  return machine;
}

function bootMessages(): string[] {
  return [
    'Linux version 6.1.0-41-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1',
    'DMI: SIMULATED breakglass lab, nothing real is behind this machine',
    'Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-41-amd64 root=/dev/sda1 ro console=ttyS0',
    `Memory: ${HARDWARE.memoryKb}K/16777216K available`,
    `smp: Brought up 1 node, ${HARDWARE.cpus} CPUs`,
    'EXT4-fs (sda1): mounted filesystem with ordered data mode. Quota mode: none.',
    'systemd[1]: Detected virtualization kvm.',
  ];
}
