import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';

/** What a command may do: write (resolves when the client has taken it) and see that its caller has gone. */
export interface CommandIo {
  write(data: string | Uint8Array): Promise<void>;
  writeError(data: string | Uint8Array): Promise<void>;
  /** Aborted when the client goes away before the command has ended. */
  signal: AbortSignal;
}

/** A simulated host: runs one command line, resolves to its exit status. */
export type Host = (command: string, io: CommandIo) => Promise<number>;

/**
 * What a new TCP connection meets: a working sshd, one that never sends its banner (a frozen machine), or a
 * reset (no sshd).
 */
export type Reachability = 'serves' | 'hangs' | 'resets';

export interface SshServerOptions {
  hostKey: string;
  /** The only public key that is let in, in OpenSSH's format. */
  clientKey: string;
  host: Host;
  reachability?: () => Promise<Reachability>;
}

export interface SshServer extends AsyncDisposable {
  readonly port: number;
  /** Cuts every connection, as a machine does that is powered off. */
  drop(): void;
}

/** An SSH server on 127.0.0.1 that runs `exec` requests only: no shell, no pty, no sftp, no forwarding; stdin is ignored. */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const sockets = new Set<Socket>();
  const ssh = new ssh2.Server({ hostKeys: [options.hostKey] }, (connection) => serve(connection, options));
  const listener = createServer(async (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    // A host whose state can't be read, because it is being taken down, has no sshd any more.
    const reachability = (await options.reachability?.().catch(() => 'resets' as const)) ?? 'serves';
    if (reachability === 'serves') ssh.injectSocket(socket);
    else if (reachability === 'resets') socket.resetAndDestroy();
    else socket.resume();
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the SSH server has no port');

  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    drop,
    async [Symbol.asyncDispose]() {
      drop();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function serve(connection: Connection, options: SshServerOptions): void {
  connection.on('error', () => connection.end());
  connection.on('authentication', (context) => {
    if (isAllowed(context, options.clientKey)) context.accept();
    else context.reject(['publickey']);
  });
  connection.on('session', (accept) => {
    const session = accept();
    session.on('exec', (acceptExec, _reject, info) => void run(acceptExec(), info.command, options.host));
    session.on('shell', (acceptShell) => void run(acceptShell(), '', refuseShell));
    // Accepting an environment variable or a pty would be a lie; ssh goes on without.
    for (const request of ['pty', 'x11', 'auth-agent', 'sftp', 'subsystem', 'env']) {
      session.on(request, (_accept: unknown, reject: (() => void) | undefined) => reject?.());
    }
  });
}

async function refuseShell(_command: string, io: CommandIo): Promise<number> {
  await io.writeError('This simulated host has no login shell. Give a command: ssh HOST COMMAND\n');
  return 1;
}

async function run(channel: ServerChannel, command: string, host: Host): Promise<void> {
  const gone = new AbortController();
  channel.once('close', () => gone.abort());
  channel.on('error', () => gone.abort());
  channel.resume();
  const io: CommandIo = {
    write: (data) => writeAll(channel, data, gone.signal),
    writeError: (data) => writeAll(channel.stderr, data, gone.signal),
    signal: gone.signal,
  };
  const code = await host(command, io).catch(async (error: unknown) => {
    if (!gone.signal.aborted) await io.writeError(`lab: the simulated host failed: ${String(error)}\n`);
    return 70;
  });
  if (gone.signal.aborted) return;
  // The status must travel before the end of the stream: after it ssh would report 255.
  channel.exit(code);
  channel.end();
  await finished(channel, { readable: false }).catch(() => undefined);
}

/** Resolves when the data has left, or at once when the client is gone: nobody is left to tell. */
function writeAll(
  stream: NodeJS.WritableStream,
  data: string | Uint8Array,
  gone: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted || data.length === 0) return resolve();
    const done = () => {
      gone.removeEventListener('abort', done);
      resolve();
    };
    gone.addEventListener('abort', done);
    stream.write(data, done);
  });
}

function isAllowed(context: AuthContext, clientKey: string): boolean {
  if (context.method !== 'publickey') return false;
  const allowed = ssh2.utils.parseKey(clientKey);
  if (allowed instanceof Error) return false;
  const blob = allowed.getPublicSSH();
  if (context.key.data.length !== blob.length || !timingSafeEqual(context.key.data, blob)) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  return allowed.verify(context.blob, context.signature, context.hashAlgo) === true;
}
