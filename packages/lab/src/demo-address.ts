import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { z } from 'zod';

const address = z.object({ port: z.int().min(0).max(65_535), token: z.string().min(16) });

/** Where the demo's daemon listens, and what it asks for. */
export type DemoAddress = z.infer<typeof address>;

/**
 * The address of the last demo, so that who is still attached finds the next one; a new one where there was
 * none. Port 0, any, where somebody else has taken it meanwhile.
 */
export async function lastAddress(file: string): Promise<DemoAddress> {
  const last = await readAddress(file);
  if (last === null) return { port: 0, token: randomBytes(24).toString('base64url') };
  return (await isFree(last.port)) ? last : { ...last, port: 0 };
}

export async function rememberAddress(file: string, remembered: DemoAddress): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(remembered)}\n`, { mode: 0o600 });
}

async function readAddress(file: string): Promise<DemoAddress | null> {
  try {
    return address.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}
