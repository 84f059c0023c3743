import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const launcher = join(root, 'packages/shared/bin/launch.js');

/** A Node of the system that is too old for the sources: what a person has who types `breakglass`. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path) && major(path) < 24);

const runtimes = oldNode === undefined ? [process.execPath] : [process.execPath, oldNode];

function major(node: string): number {
  return Number(spawnSync(node, ['-p', 'process.versions.node.split(".")[0]']).stdout.toString());
}

interface Program extends AsyncDisposable {
  bin: string;
}

/** A program of its own folder: a bin like the real ones, and this as its `entry.ts`. */
async function program(source: string | null, { installed = true } = {}): Promise<Program> {
  const dir = await mkdtemp(join(tmpdir(), 'breakglass-launch-'));
  const bin = join(dir, 'bin.mjs');
  const call = `{ name: 'prog', bin: import.meta.url, entry: new URL('entry.ts', import.meta.url), missing: 'not built' }`;
  await writeFile(bin, `import('${pathToFileURL(launcher)}').then(({ launch }) => launch(${call}));\n`);
  if (source !== null) await writeFile(join(dir, 'entry.ts'), source);
  if (installed) await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
  return { bin, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

/** Runs to the end. NODE_OPTIONS of the test runner must not leak into what a person would see. */
async function ending(node: string, ...args: string[]) {
  const child = execFile(node, args, { env: { PATH: process.env['PATH'] }, timeout: 20_000 });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text: string) => (stdout += text));
  child.stderr?.on('data', (text: string) => (stderr += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}

describe.each(runtimes)('a program started by %s', (node) => {
  it('gets its arguments and passes on its exit code, on a Node that runs TypeScript and sqlite quietly', async () => {
    await using it = await program(`
      import 'node:sqlite';
      export async function main(argv: readonly string[]): Promise<number> {
        process.stdout.write(JSON.stringify(argv.slice(2)));
        return 42;
      }`);
    expect(await ending(node, it.bin, '--name', 'a b', '')).toEqual({
      code: 42,
      signal: null,
      stdout: '["--name","a b",""]',
      stderr: '',
    });
  });

  it('says in one line that it was not built', async () => {
    await using it = await program(null);
    expect(await ending(node, it.bin)).toMatchObject({ code: 1, stdout: '', stderr: 'prog: not built\n' });
  });

  it('names a package that is missing, and the cure', async () => {
    await using it = await program(`import 'no-such-package'; export const main = async () => 0;`);
    const { code, stderr } = await ending(node, it.bin);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^prog: Cannot find package 'no-such-package'.*run "npm ci".*\n$/);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('is told of %s', async (signal) => {
    await using it = await program(`
      export function main(): Promise<number> {
        return new Promise((resolve) => {
          const alive = setInterval(() => {}, 1000);
          process.on('${signal}', () => {
            clearInterval(alive);
            resolve(7);
          });
          process.stdout.write('ready');
        });
      }`);
    const child = spawn(node, [it.bin], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([7, null]);
  });

  it('ends by the signal that ended it', async () => {
    await using it = await program(`
      export const main = () => new Promise(() => process.kill(process.pid, 'SIGKILL'));`);
    expect(await ending(node, it.bin)).toMatchObject({ code: null, signal: 'SIGKILL' });
  });
});

describe.skipIf(oldNode === undefined)(
  'on an old Node (needs one before 24 in /usr/bin or /usr/local/bin)',
  () => {
    it('says which Node is needed where none is installed beside it', async () => {
      await using it = await program('export const main = async () => 0;', { installed: false });
      const { code, stderr } = await ending(oldNode ?? '', it.bin);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^prog: needs Node 26 \(this is \d+\.\d+\.\d+\): run "npm ci".*\n$/);
    });
  },
);

it('knows which versions can run the sources', async () => {
  const versions = ['12.22.12', '20.20.2', '24.0.0', '24.14.0', '25.9.0', '24.21.0', '26.0.0', '26.10.0'];
  const script = `import('${pathToFileURL(launcher)}').then(({ canRun }) =>
    process.stdout.write(process.argv.slice(1).filter(canRun).join(' ')))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, ...versions]);
  expect(stdout).toBe('24.21.0 26.0.0 26.10.0');
});

describe.each([
  ['breakglass', 'packages/tui/bin/breakglass.js'],
  ['breakglassd', 'packages/daemon/bin/breakglassd.js'],
])('%s', (_name, bin) => {
  it.each(runtimes)('answers --version under %s', async (node) => {
    const { code, stdout, stderr } = await ending(node, join(root, bin), '--version');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\b\d+\.\d+\.\d+\n$/);
  });
});
