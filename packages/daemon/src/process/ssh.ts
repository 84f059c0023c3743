import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The two hosts that the daemon and its agents may reach, by their alias in the client configuration. */
export type SshAlias = 'devvm' | 'pve';

export interface SshHost {
  /** An IP address, by preference: no DNS in the way of a recovery. */
  host: string;
  user: string;
}

export interface SshSettings {
  devvm: SshHost;
  pve: SshHost;
  /** A private key file; null leaves the choice to the ssh agent. */
  keyPath: string | null;
  /** Known host keys to insist on, under the names `devvm` and `pve`; null trusts each on first use. */
  knownHosts: string | null;
  /** A complete client configuration with both aliases, used instead of all the above. */
  configFile: string | null;
}

/** How this process runs ssh. */
export interface Ssh {
  configFile: string;
  /** Holds an `ssh` that knows the two aliases, for the PATH of an agent. */
  wrapperDir: string;
  dispose(): Promise<void>;
}

/**
 * Bounds for every stage, on the command line, where they win over any file. ConnectTimeout covers TCP and
 * the banner; key exchange and authentication are bounded only by the ServerAlive pair (ssh_config(5)).
 */
const BOUNDS = [
  'BatchMode=yes',
  'ConnectTimeout=10',
  'ConnectionAttempts=1',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=3',
  'ControlMaster=no',
  'ControlPath=none',
  'LogLevel=ERROR',
].flatMap((option) => ['-o', option]);

/**
 * The argv that runs `command` on a host. ssh joins the words with spaces; the remote shell reads them.
 * The `--` matters: without it OpenSSH takes options from behind the host too, and one of them
 * (ProxyCommand) runs a command on this machine.
 */
export function sshArgv(
  ssh: Pick<Ssh, 'configFile'>,
  alias: SshAlias,
  command: readonly string[],
): [string, ...string[]] {
  return ['ssh', '-F', ssh.configFile, ...BOUNDS, '-T', '--', alias, ...command];
}

/**
 * Writes what ssh needs into a private directory under the system's temporary one: not into the data
 * directory, because a full or frozen data disk must not stop a power verb. OpenSSH reads `~/.ssh` of the
 * passwd entry whatever HOME says, so the aliases reach an agent only by a wrapper with `-F`.
 * @param path the PATH on which the real ssh is found
 */
export async function prepareSsh(settings: SshSettings, path: string): Promise<Ssh> {
  const directory = await mkdtemp(join(tmpdir(), 'breakglassd-'));
  const configFile = settings.configFile ?? join(directory, 'config');
  if (settings.configFile === null) {
    await writeFile(configFile, clientConfig(settings, join(directory, 'known_hosts')), { mode: 0o600 });
  }
  await writeFile(join(directory, 'ssh'), wrapper(configFile, path), { mode: 0o700 });
  const keepingYoung = setInterval(() => void keepYoung(directory), YOUNG_MS).unref();
  return {
    configFile,
    wrapperDir: directory,
    dispose: () => {
      clearInterval(keepingYoung);
      return rm(directory, { recursive: true, force: true });
    },
  };
}

const YOUNG_MS = 12 * 60 * 60_000;

/** Cleaners of the temporary directory remove what nobody has touched for days (systemd: tmpfiles.d(5), "Age"). */
async function keepYoung(directory: string): Promise<void> {
  const now = new Date();
  const names = await readdir(directory).catch((): string[] => []);
  const paths = [directory, ...names.map((name) => join(directory, name))];
  await Promise.allSettled(paths.map((path) => utimes(path, now, now)));
}

/** An ssh_config(5) with the two aliases. Values are validated by the daemon's configuration. */
function clientConfig(settings: SshSettings, ownKnownHosts: string): string {
  const stanza = (alias: SshAlias, { host, user }: SshHost) => [
    `Host ${alias}`,
    // A zone (fe80::1%eth0) would be read as a token: ssh_config(5), TOKENS.
    `  HostName ${host.replaceAll('%', '%%')}`,
    `  User ${user}`,
    `  HostKeyAlias ${alias}`,
  ];
  const common = [
    'Host *',
    settings.knownHosts === null ? '  StrictHostKeyChecking accept-new' : '  StrictHostKeyChecking yes',
    `  UserKnownHostsFile "${settings.knownHosts ?? ownKnownHosts}"`,
    '  GlobalKnownHostsFile /dev/null',
    '  UpdateHostKeys no',
    ...(settings.keyPath === null ? [] : [`  IdentityFile "${settings.keyPath}"`, '  IdentitiesOnly yes']),
  ];
  return [...stanza('devvm', settings.devvm), ...stanza('pve', settings.pve), ...common, ''].join('\n');
}

function wrapper(configFile: string, path: string): string {
  const words = ['ssh', '-F', configFile, ...BOUNDS].map(shellQuote).join(' ');
  return [
    '#!/bin/sh',
    // `ssh HOST -- COMMAND` is a habit; behind our own `--` the remote shell would get that one as a command.
    'host=$1; shift; [ "$1" = -- ] && shift',
    `exec env PATH=${shellQuote(path)} ${words} -- "$host" "$@"`,
    '',
  ].join('\n');
}

function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
