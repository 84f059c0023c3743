import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { SshSettings } from '../process/ssh.ts';

export interface SshCheckOptions {
  ssh: SshSettings;
  agent: { env: Readonly<Record<string, string>> };
}

/**
 * Could a verb be tried? Looks only at this machine: a client, a key or an agent that holds one, the files
 * that the configuration names. It does not connect: a probe each few seconds would burden a sick host.
 */
export async function checkSsh({ ssh, agent }: SshCheckOptions): Promise<{ ok: boolean; detail: string }> {
  const { env } = agent;
  const problems: string[] = [];
  if (!(await onPath('ssh', env['PATH'] ?? ''))) {
    problems.push('there is no ssh on the PATH: install an OpenSSH client');
  }
  for (const [what, file] of [
    ['BREAKGLASS_SSH_CONFIG', ssh.configFile],
    ['BREAKGLASS_KNOWN_HOSTS', ssh.knownHosts],
    ['BREAKGLASS_KEY_PATH', ssh.keyPath],
  ] as const) {
    if (file !== null && !(await allowed(file, constants.R_OK)))
      problems.push(`${what} names a file that can't be read`);
  }
  if (problems.length > 0) return { ok: false, detail: problems.join('; ') };
  if (ssh.configFile !== null)
    return { ok: true, detail: 'an ssh client with the configuration it was given' };
  const key =
    ssh.keyPath === null && !env['SSH_AUTH_SOCK'] ? '; no key is configured and no ssh agent is there' : '';
  const trust =
    ssh.knownHosts === null
      ? '; host keys are trusted on first use (set BREAKGLASS_KNOWN_HOSTS to pin them)'
      : '';
  return { ok: true, detail: `an ssh client${key}${trust}` };
}

async function onPath(name: string, path: string): Promise<boolean> {
  const found = await Promise.all(
    path.split(delimiter).map((directory) => allowed(join(directory, name), constants.X_OK)),
  );
  return found.includes(true);
}

async function allowed(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
