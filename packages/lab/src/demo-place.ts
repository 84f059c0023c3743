import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The parts of the workspace that the demo runs. */
export const PROGRAMS = {
  demoDaemon: fileURLToPath(new URL('./demo-daemon.ts', import.meta.url)),
  daemon: fileURLToPath(new URL('../bin/breakglassd.js', import.meta.resolve('@breakglass/daemon'))),
  client: fileURLToPath(new URL('../../tui/bin/breakglass.js', import.meta.url)),
  claude: fileURLToPath(new URL('../../../node_modules/.bin/claude', import.meta.url)),
};

/** Where the demo keeps its things. */
export interface DemoPlace {
  /** What the client reads when nothing else says where the daemon is. */
  localFile: string;
  /** The address that the demo had last, so that it can have it again. */
  addressFile: string;
  /** Sessions and audit trail; they survive the demo's end. */
  dataDir: string;
  /** What the names of the labs' directories begin with. A lab removes its own at its end. */
  labDir: string;
  logFile: string;
}

/** The XDG state directory's part for the demo. */
export function demoPlace(env: NodeJS.ProcessEnv): DemoPlace {
  const base = join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'breakglass');
  const demo = join(base, 'demo');
  return {
    localFile: join(base, 'local.json'),
    addressFile: join(demo, 'address.json'),
    dataDir: join(demo, 'data'),
    labDir: join(demo, 'lab'),
    logFile: join(demo, 'demo.log'),
  };
}

const localDaemon = z.object({
  url: z.url(),
  token: z.string(),
  pid: z.int().positive(),
  simulated: z.literal(true),
  story: z.string(),
  agent: z.string(),
  /** Why this agent, in words. */
  why: z.string(),
});

/** The running demo as it describes itself to clients. */
export type LocalDaemon = z.infer<typeof localDaemon>;

/** Null where there is none, or the file is not the demo's. */
export async function readLocalDaemon(file: string): Promise<LocalDaemon | null> {
  if (!existsSync(file)) return null;
  try {
    return localDaemon.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Whole or not at all, and for its owner alone: it holds the token. */
export async function writeLocalDaemon(file: string, local: LocalDaemon): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(local, null, 2)}\n`, { mode: 0o600 });
  await rename(next, file);
}

/** Removes the file if it is still the one of process `pid`. */
export async function removeLocalDaemon(file: string, pid: number): Promise<void> {
  const local = await readLocalDaemon(file);
  if (local?.pid === pid) await rm(file, { force: true });
}

/** Removes what labs have left that were killed. For the one demo process that runs, before its own lab. */
export async function removeOldLabs({ labDir }: DemoPlace): Promise<void> {
  const parent = dirname(labDir);
  const names = existsSync(parent) ? await readdir(parent) : [];
  const old = names.filter((name) => name.startsWith(`${basename(labDir)}-`));
  await Promise.all(old.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}
