import type { Machine } from '../devvm/machine.ts';
import type { BigFile } from '../devvm/sized-fs.ts';

/** A sick machine, as data and one step. */
export interface Story {
  name: string;
  /** A few words, for the one who starts the demo. */
  title: string;
  /** What repairs it. */
  cure: string;
  /** QEMU itself hangs: the guest is out of reach until there is a new process. */
  wedged: boolean;
  /** Files of the story; they survive reboots, so a fault in them does too. */
  files: Record<string, string | BigFile>;
  /** Makes the first boot sick. A fault that is made only here is gone after a reboot. */
  sicken(machine: Machine): Promise<void>;
}
