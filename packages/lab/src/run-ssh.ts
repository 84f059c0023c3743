import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Lab } from './lab.ts';

export interface SshOutcome {
  /** Null when ssh was ended by a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command on a host of the lab with the real ssh client. `signal` kills the client, not the command. */
export async function runSsh(
  lab: Pick<Lab, 'sshConfigFile'>,
  alias: 'pve' | 'devvm',
  command: string,
  signal?: AbortSignal,
): Promise<SshOutcome> {
  const child = spawn('ssh', ['-F', lab.sshConfigFile, alias, '--', command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  const code = new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  );
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}
