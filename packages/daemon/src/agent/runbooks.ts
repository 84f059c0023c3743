import type { PresetName } from '@breakglass/shared';
import type { SshAlias } from '../process/ssh.ts';
import {
  diskVerdict,
  errorsVerdict,
  failedUnits,
  kernelVerdict,
  memoryVerdict,
  type Seen,
  servicesVerdict,
  type Verdict,
  wedgedVerdict,
} from './verdicts.ts';

/** One command of a runbook. It only looks; it never changes a host. */
export interface RunbookStep {
  host: SshAlias;
  /** For the remote shell. */
  command: string;
  /** What for, in a few words. */
  why: string;
}

/** A fixed diagnosis: what is looked at, and what may be concluded. */
export interface Runbook {
  intro: string;
  steps: readonly RunbookStep[];
  /** More steps, from what the first ones showed. */
  follow?: (seen: readonly Seen[]) => RunbookStep[];
  /** The most severe first: the first one that finds something gives the next step. */
  verdicts: readonly Verdict[];
}

const devvm = (command: string, why: string): RunbookStep => ({ host: 'devvm', command, why });

const uptime = devvm('uptime', 'Does it answer, and how loaded is it?');
const free = devvm('free -m', 'How much memory is left?');
const processes = devvm('ps aux --sort=-%mem | head -n 12', 'Who has the memory?');
const bytes = devvm('df -h', 'How full are the file systems?');
const inodes = devvm('df -i', 'How many inodes are left?');
const units = devvm('systemctl --failed --no-pager', 'Which units have failed?');
// Debian lets only root read the kernel's messages.
const kernel = devvm('dmesg -T 2>/dev/null || sudo -n dmesg -T', 'What does the kernel say?');
const journal = devvm('journalctl -p err -n 50 --no-pager', 'What was logged as an error?');
const largest = devvm('du -xh /var /home /tmp 2>/dev/null | sort -rh | head -n 20', 'What takes the space?');

/** The command that asks the hypervisor: also what is left to ask where the devvm does not answer. */
export const PVE_STATUS: RunbookStep = {
  host: 'pve',
  command: 'status',
  why: 'What does the hypervisor say?',
};

export const RUNBOOKS: Readonly<Record<PresetName, Runbook>> = {
  triage: {
    intro: 'Triage: reachability, load, memory, disk, services, kernel.',
    steps: [uptime, free, processes, bytes, inodes, units, kernel],
    verdicts: [diskVerdict, memoryVerdict, kernelVerdict, servicesVerdict],
  },
  memory: {
    intro: 'Memory: how much is left, who has it, and what the OOM killer did.',
    steps: [free, processes, kernel],
    verdicts: [memoryVerdict, kernelVerdict],
  },
  disk: {
    intro: 'Disk: which file system is full, in bytes or inodes, and what fills it.',
    steps: [bytes, inodes, largest, kernel],
    verdicts: [diskVerdict, kernelVerdict],
  },
  services: {
    intro: 'Services: which units have failed, and why.',
    steps: [units, journal],
    follow: statusOfFailed,
    verdicts: [servicesVerdict, errorsVerdict],
  },
  qemu: {
    intro: 'QEMU: what the hypervisor says, compared with whether the devvm answers.',
    steps: [
      PVE_STATUS,
      { host: 'pve', command: 'forensics', why: 'The state of QEMU, captured' },
      uptime,
      kernel,
    ],
    verdicts: [wedgedVerdict, kernelVerdict],
  },
};

const MOST_UNITS = 3;

function statusOfFailed(seen: readonly Seen[]): RunbookStep[] {
  const failed = failedUnits(seen).slice(0, MOST_UNITS);
  return failed.map((unit) => devvm(`systemctl status ${unit} --no-pager`, `Why did ${unit} fail?`));
}
