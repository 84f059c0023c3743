import type { SshAlias } from '../process/ssh.ts';
import {
  readDf,
  readFailedUnits,
  readFree,
  readLargest,
  readOomKills,
  readQmpAnswers,
  readTopProcess,
  readVmState,
} from './outputs.ts';

/** What came of one command of a runbook. */
export interface Seen {
  host: SshAlias;
  command: string;
  output: string;
  /**
   * `silent`: the host did not answer; `denied`: somebody answered, but would not have us (key, host key);
   * `slow`: the host answered before, but this command did not end in its time.
   */
  end: 'answered' | 'silent' | 'denied' | 'slow';
}

/** What was found out, and what to do about it: two plain sentences or so each. */
export interface Finding {
  found: string;
  next: string;
}

/** Pure: a conclusion from all that was seen, or null where there is nothing wrong. */
export type Verdict = (seen: readonly Seen[]) => Finding | null;

const FULL_PERCENT = 90;
const LITTLE_MEMORY = 0.1;

/** The first output of a command that begins like this. */
function outputOf(seen: readonly Seen[], beginning: string, host: SshAlias = 'devvm'): string {
  const found = seen.find((one) => one.host === host && one.command.startsWith(beginning));
  return found?.end === 'answered' ? found.output : '';
}

export const memoryVerdict: Verdict = (seen) => {
  const memory = readFree(outputOf(seen, 'free'));
  const killed = [...new Set(readOomKills(outputOf(seen, 'dmesg')))];
  const scarce = memory !== null && memory.availableMb / memory.totalMb < LITTLE_MEMORY;
  if (!scarce && killed.length === 0) return null;
  const used = memory ? Math.round(100 * (1 - memory.availableMb / memory.totalMb)) : null;
  const sentences = [
    scarce ? `The memory is used up: ${used} % of ${memory.totalMb} MiB.` : '',
    killed.length > 0 ? `The kernel's OOM killer has ended: ${killed.join(', ')}.` : '',
    !scarce && used !== null ? `Now ${used} % is in use, so the shortage is over.` : '',
  ];
  const top = readTopProcess(outputOf(seen, 'ps aux'));
  const hog = top ? `The largest process is ${top.pid} (${top.command}) with ${top.memoryPercent} %. ` : '';
  const next = scarce
    ? `${hog}End it, or restart its service, if it holds nothing unsaved. On the devvm: sudo kill ${top?.pid ?? 'PID'}`
    : `${hog}Restart what was killed if it is missed, and give it a memory limit.`;
  return { found: sentences.filter((sentence) => sentence !== '').join(' '), next };
};

export const diskVerdict: Verdict = (seen) => {
  const full = (command: string, what: string) =>
    readDf(outputOf(seen, command))
      .filter(({ percent }) => percent >= FULL_PERCENT)
      .map(({ mount, percent }) => `${mount} is ${percent} % full (${what})`);
  const found = [...full('df -h', 'bytes'), ...full('df -i', 'inodes')];
  if (found.length === 0) return null;
  const largest = readLargest(outputOf(seen, 'du'));
  return {
    found: `${found.join(', ')}.${largest ? ` Most of it is in ${largest.path} (${largest.size}).` : ''}`,
    next: largest
      ? `Look what in ${largest.path} can go: old logs and caches first, never user data, and nothing that shows why it ` +
        `filled. On the devvm: sudo du -ah ${largest.path} | sort -rh | head`
      : 'Find out what fills it: the disk runbook (^X 3, or /disk) looks for the largest directories.',
  };
};

export const servicesVerdict: Verdict = (seen) => {
  const failed = failedUnits(seen);
  if (failed.length === 0) return null;
  return {
    found: `Failed units: ${failed.join(', ')}.`,
    next:
      `For each, read why and mend that first. On the devvm: systemctl status ${failed.join(' ')}; ` +
      `then: sudo systemctl restart ${failed.join(' ')}`,
  };
};

export const failedUnits = (seen: readonly Seen[]): string[] =>
  readFailedUnits(outputOf(seen, 'systemctl --failed'));

export const kernelVerdict: Verdict = (seen) => {
  const kernel = outputOf(seen, 'dmesg');
  const found = [
    /blocked for more than \d+ seconds/.test(kernel) && 'tasks hang on I/O',
    /\bI\/O error\b/.test(kernel) && 'the disk reports I/O errors',
    /[Rr]emounting filesystem read-only/.test(kernel) && 'a file system was made read-only',
  ].filter((trouble) => trouble !== false);
  if (found.length === 0) return null;
  return {
    found: `The kernel of the devvm says: ${found.join(', ')}.`,
    next: 'That points below the guest, to its storage or to QEMU. Run the qemu runbook; reset would not help, cycle may.',
  };
};

export const errorsVerdict: Verdict = (seen) => {
  const lines = outputOf(seen, 'journalctl')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('--'));
  if (lines.length === 0 || failedUnits(seen).length > 0) return null;
  return {
    found: `No unit has failed, but the journal has errors; the newest: ${lines.at(-1)?.slice(0, 160)}`,
    next: 'Read the journal above; a service may hang without having failed.',
  };
};

/** A wrong key looks like a dead host, but pulling the plug would not cure it. */
export const accessVerdict: Verdict = (seen) => {
  const hosts = [...new Set(seen.filter(({ end }) => end === 'denied').map(({ host }) => host))];
  if (hosts.length === 0) return null;
  return {
    found: `SSH to ${hosts.join(' and ')} is refused, so nothing can be said about the VM: the trouble is a key, not the host.`,
    next: 'Check BREAKGLASS_KEY_PATH, BREAKGLASS_SSH_CONFIG and the known host keys of breakglassd. Do not cycle for this.',
  };
};

/** Compares the hypervisor with the guest: the one case that only a fresh QEMU cures. */
export const wedgedVerdict: Verdict = (seen) => {
  const status = outputOf(seen, 'status', 'pve');
  const state = readVmState(status);
  const guest = seen.filter(({ host }) => host === 'devvm');
  const dead = guest.length > 0 && guest.every(({ end }) => end === 'silent' || end === 'slow');
  if (state === null) return dead ? UNREACHABLE_BOTH : null;
  if (state === 'stopped') {
    return {
      found: 'The VM is powered off.',
      next: 'If nobody is in the middle of a cycle, power it on: ^X u, or breakglass pve start.',
    };
  }
  const silentQemu = readQmpAnswers(status) === false;
  if (!dead && !silentQemu && state === 'running') return null;
  const deadWith = silentQemu
    ? 'and neither does QEMU on its control socket'
    : `while the hypervisor says "${state}"`;
  const aliveWith = silentQemu
    ? 'QEMU does not answer on its control socket'
    : `the hypervisor says "${state}"`;
  return {
    found: dead ? `The devvm does not answer, ${deadWith}.` : `The devvm answers, but ${aliveWith}.`,
    next: dead ? CYCLE : `Save what matters on the devvm first. ${CYCLE}`,
  };
};

const CYCLE =
  "reset keeps the same QEMU process and can't cure it; cycle is likely the cure (forensics are taken first): " +
  '^X c, or breakglass pve cycle.';

const UNREACHABLE_BOTH: Finding = {
  found: 'Neither the devvm nor the hypervisor answers.',
  next:
    "Check the network and the SSH keys of breakglassd first. If the PVE host is really down, breakglass can't help: " +
    'use its console or IPMI.',
};

/** Pure: all that was found; the first verdict leads. */
export function conclude(verdicts: readonly Verdict[], seen: readonly Seen[]): Finding {
  const findings = verdicts.map((verdict) => verdict(seen)).filter((finding) => finding !== null);
  const [first] = findings;
  if (first) return { found: findings.map(({ found }) => found).join(' '), next: first.next };
  const slow = seen.filter(({ end }) => end === 'slow').map(({ command }) => `"${command}"`);
  if (slow.length > 0) {
    const found = `Nothing was found, but these commands got no answer in time: ${slow.join(', ')}.`;
    return { found, next: 'Something hangs there. Run the qemu runbook to compare with the hypervisor.' };
  }
  return {
    found: 'Nothing wrong was found.',
    next: 'If the trouble goes on, say what you see, or try another runbook: triage, memory, disk, services, qemu.',
  };
}
