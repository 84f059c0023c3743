import { Capture } from '../process/capture.ts';
import { describeOutcome, start } from '../process/run.ts';
import { type Ssh, sshArgv } from '../process/ssh.ts';

export interface VmLookOptions {
  ssh: Pick<Ssh, 'configFile'>;
  env: Record<string, string>;
  /** Gives the look up. */
  signal?: AbortSignal;
}

/** What one look at the VM showed: its state, or why that is not known. */
export type VmLook = { durationMs: number } & (
  | { state: string; problem: null }
  | { state: null; problem: string }
);

const DEADLINE_MS = 20_000;
const OUTPUT_LIMIT = 16 * 1024;

/**
 * Asks the host for the VM's state, with the read-only verb. Never rejects. `qm status` calls a wedged VM
 * running: this is what the hypervisor says, not a diagnosis.
 */
export async function lookAtVm({ ssh, env, signal }: VmLookOptions): Promise<VmLook> {
  const bounds = { deadlineMs: DEADLINE_MS, ...(signal === undefined ? {} : { signal }) };
  const running = start(sshArgv(ssh, 'pve', ['status']), { env, ...bounds });
  const stdout = new Capture(OUTPUT_LIMIT);
  const stderr = new Capture(OUTPUT_LIMIT);
  running.stdout.on('data', (chunk: Buffer) => stdout.write(chunk));
  running.stderr.on('data', (chunk: Buffer) => stderr.write(chunk));
  const outcome = await running.ended;
  const { durationMs } = outcome;
  const state = outcome.exitCode === 0 ? parseStatus(stdout.text) : null;
  if (state !== null) return { durationMs, state, problem: null };
  const problem = lastLine(stderr.text) || describeOutcome('ssh pve status', outcome);
  return { durationMs, state, problem };
}

/** Proxmox's word for the state, from the output of `qm status` wherever it stands in it. Pure. */
export function parseStatus(output: string): string | null {
  return /^status: ([a-z-]{1,32})\s*$/m.exec(output)?.[1] ?? null;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
