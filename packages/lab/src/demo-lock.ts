import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** The exit code of a demo process that found another one in its place (EX_TEMPFAIL of sysexits.h). */
export const EXIT_TAKEN = 75;

/**
 * Makes sure that one demo process runs for each state directory, even if two are started at the same moment.
 * The lock is a name in Linux' abstract socket namespace: it goes with its process, so none is left behind.
 * @returns whether it is ours now, until this process ends
 */
export async function takeDemoLock(localFile: string): Promise<boolean> {
  // Elsewhere there are no such names, and no lab either: startLab says why.
  if (process.platform !== 'linux') return true;
  const name = createHash('sha256').update(localFile).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  server.listen(`\0breakglass-demo-${name}`).unref();
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
}
