import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface KeyPair {
  private: string;
  public: string;
}

/** A throw-away ed25519 key in OpenSSH's formats. By ssh-keygen: of ssh2's own about one in 200 is unreadable. */
export async function newKeyPair(): Promise<KeyPair> {
  const dir = await mkdtemp(join(tmpdir(), 'breakglass-key-'));
  try {
    const file = join(dir, 'key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'breakglass-lab', '-f', file]);
    const [privateKey, publicKey] = await Promise.all([
      readFile(file, 'utf8'),
      readFile(`${file}.pub`, 'utf8'),
    ]);
    return { private: privateKey, public: publicKey.trim() };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export interface Alias {
  name: string;
  port: number;
  hostKey: KeyPair;
}

/**
 * Writes an ssh client configuration with these aliases into `dir`, beside its key and its known hosts; returns
 * its path. It leans on nothing of the user's: no agent, no `~/.ssh`, no multiplexing.
 */
export async function writeSshClientConfig(dir: string, client: KeyPair, aliases: Alias[]): Promise<string> {
  const identity = join(dir, 'id_ed25519');
  const knownHosts = join(dir, 'known_hosts');
  const config = join(dir, 'ssh_config');
  await writeFile(identity, client.private, { mode: 0o600 });
  await writeFile(knownHosts, aliases.map((alias) => `${alias.name} ${alias.hostKey.public}\n`).join(''));
  await writeFile(config, aliases.map((alias) => hostBlock(alias, identity, knownHosts)).join('\n'));
  return config;
}

function hostBlock(alias: Alias, identity: string, knownHosts: string): string {
  return `# Simulated: a host of the breakglass lab.
Host ${alias.name}
  HostName 127.0.0.1
  Port ${alias.port}
  User breakglass
  IdentityFile "${identity}"
  IdentitiesOnly yes
  IdentityAgent none
  PreferredAuthentications publickey
  HostKeyAlias ${alias.name}
  UserKnownHostsFile "${knownHosts}"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  BatchMode yes
  ConnectTimeout 5
  ServerAliveInterval 5
  ServerAliveCountMax 3
  ControlMaster no
  ControlPath none
`;
}
