import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The image's steps, run here: what they build, and how it starts with a mounted key. */

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const hasSsh = ['ssh-agent', 'ssh-add', 'ssh-keygen'].every((name) => existsSync(`/usr/bin/${name}`));
const isRoot = process.getuid?.() === 0;
const NAMELESS_UID = 54_321;
const DAEMON_UID = isRoot ? 10_001 : (process.getuid?.() ?? 0);

let dir: string;
let tree: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'breakglass-image-'));
  tree = join(dir, 'tree');
  await chmod(dir, 0o755);
  await run(join(root, 'deploy/image/build-tree.sh'), [tree], { timeout: 110_000 });
  // The image has its Node on the PATH. The one that runs this may lie where the daemon's user can't look.
  await mkdir(join(dir, 'node'));
  await copyFile(process.execPath, join(dir, 'node/node'));
}, 120_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the tree', () => {
  it('has the workspaces as symlinks, and the daemon runs from it', async () => {
    expect(await readlink(join(tree, 'app/node_modules/@breakglass/shared'))).toBe('../../packages/shared');
    const { stdout } = await run(process.execPath, [
      join(tree, 'app/packages/daemon/bin/breakglassd.js'),
      '--version',
    ]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('has the claude CLI of the lock file', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const { stdout } = await run(join(tree, 'bin/claude'), ['--version'], { env: { HOME: dir } });
    expect(stdout).toContain(manifest.devDependencies['@anthropic-ai/claude-code']);
  });

  it('has the agent, and neither tests nor what only a developer needs', () => {
    expect(existsSync(join(tree, 'app/agents/breakglass.md'))).toBe(true);
    expect(globSync('app/packages/**/*.test.ts', { cwd: tree })).toEqual([]);
    expect(existsSync(join(tree, 'app/node_modules/vitest'))).toBe(false);
  });

  it('is not built over something', async () => {
    const again = run(join(root, 'deploy/image/build-tree.sh'), [tree]);
    await expect(again).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('exists') });
  });
});

describe.skipIf(!hasSsh)('the entrypoint (needs ssh-agent, ssh-add, ssh-keygen)', () => {
  it('starts the daemon without rights, with the key in an agent and on no disk', async () => {
    const key = await newKey();
    await using daemon = await start({ BREAKGLASS_KEY_PATH: key.path });

    expect((await fetch(new URL('/health', daemon.url))).status).toBe(200);
    const [socket] = globSync('ssh-*/agent.*', { cwd: daemon.tmp });
    const { stdout } = await run('ssh-add', ['-l'], {
      env: { PATH: '/usr/bin:/bin', SSH_AUTH_SOCK: join(daemon.tmp, socket ?? 'no socket') },
    });
    expect(stdout).toContain(key.fingerprint);

    const status = await readFile(`/proc/${daemon.pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\s+${DAEMON_UID}\\s+${DAEMON_UID}\\s`, 'm'));
    const environment = await readFile(`/proc/${daemon.pid}/environ`, 'utf8');
    expect(environment).not.toContain('BREAKGLASS_KEY_PATH');
    const written = globSync('**/*', { cwd: dir, exclude: ['tree', 'node', 'key-*'] });
    for (const file of written) {
      const content = await readFile(join(dir, file), 'latin1').catch(() => '');
      expect(content, file).not.toContain('OPENSSH PRIVATE KEY');
    }
  });

  it('takes a key that an editor or a secret store has mangled', async () => {
    const key = await newKey();
    const text = await readFile(key.path, 'utf8');
    await writeFile(key.path, text.trimEnd().replaceAll('\n', '\r\n'));
    await using daemon = await start({ BREAKGLASS_KEY_PATH: key.path });
    expect(daemon.url).toMatch(/^http:/);
  });

  it('ends in order when the container is stopped', async () => {
    const key = await newKey();
    await using daemon = await start({ BREAKGLASS_KEY_PATH: key.path });
    expect(await daemon.stop()).toEqual([0, null]);
  });

  it('is seen as healthy while it answers, and not after', async () => {
    const key = await newKey();
    const daemon = await start({ BREAKGLASS_KEY_PATH: key.path });
    const env = { BREAKGLASS_LISTEN: `0.0.0.0:${new URL(daemon.url).port}` };
    const check = () => run(process.execPath, [join(tree, 'bin/health.js')], { env });
    await check();
    await daemon[Symbol.asyncDispose]();
    await expect(check()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('not healthy') });
  });

  it('starts without a key where an ssh configuration names its own', async () => {
    const config = join(dir, 'ssh_config');
    await writeFile(config, 'Host devvm pve\n  HostName 127.0.0.1\n');
    await using daemon = await start({ BREAKGLASS_SSH_CONFIG: config });
    expect(daemon.url).toMatch(/^http:/);
  });

  it.skipIf(!isRoot)('warns of a user whom ssh will refuse (needs root)', async () => {
    const config = join(dir, 'ssh_config');
    await writeFile(config, 'Host devvm pve\n  HostName 127.0.0.1\n');
    const { path } = await newKey();
    for (const env of [{ BREAKGLASS_SSH_CONFIG: config }, { BREAKGLASS_KEY_PATH: path }]) {
      await using daemon = await start({ ...env, BREAKGLASS_UID: String(NAMELESS_UID) }, NAMELESS_UID);
      await expect.poll(daemon.said).toContain(`uid ${NAMELESS_UID} is not in /etc/passwd`);
    }
  });

  it.each([
    ['none is named', async () => ({}), /no key: mount .* BREAKGLASS_KEY_PATH/],
    ['none is mounted', async () => ({ BREAKGLASS_KEY_PATH: '/nowhere/key' }), /no key at \/nowhere\/key/],
    [
      'it has a passphrase',
      async () => ({ BREAKGLASS_KEY_PATH: (await newKey('secret')).path }),
      /must be a private key without a passphrase/,
    ],
    [
      'it is no key',
      async () => ({ BREAKGLASS_KEY_PATH: await file('key-garbage', 'not a key\n') }),
      /must be a private key without a passphrase/,
    ],
  ])('says in one line what is wrong with the key: %s', async (_case, env, message) => {
    const child = launch(await env(), await ownedDirectory());
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

/** A throw-away key, readable by everybody as a mounted secret is: ssh would refuse to use it from there. */
async function newKey(passphrase = ''): Promise<{ path: string; fingerprint: string }> {
  const path = join(await mkdtemp(join(dir, 'key-')), 'id');
  await chmod(join(path, '..'), 0o755);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'throw-away', '-f', path]);
  await chmod(path, 0o444);
  const { stdout } = await run('ssh-keygen', ['-l', '-f', `${path}.pub`]);
  return { path, fingerprint: stdout.split(' ')[1] ?? '' };
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text, { mode: 0o444 });
  return join(dir, name);
}

/** What install.sh makes in the image: a directory of the daemon's user. */
async function ownedDirectory(uid = DAEMON_UID): Promise<string> {
  const path = await mkdtemp(join(dir, 'own-'));
  if (isRoot) await chown(path, uid, uid);
  return path;
}

function launch(env: Record<string, string>, own: string) {
  return spawn(join(tree, 'bin/entrypoint.sh'), [], {
    env: {
      PATH: `${join(dir, 'node')}:/usr/bin:/bin`,
      HOME: own,
      TMPDIR: own,
      API_BEARER_TOKEN: 'a-token-for-this-test',
      BREAKGLASS_LISTEN: '127.0.0.1:0',
      BREAKGLASS_DATA_DIR: join(own, 'data'),
      BREAKGLASS_AGENT_KIND: 'runbook',
      BREAKGLASS_VM_POLL_SECONDS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The daemon, as soon as it says where it listens. */
async function start(env: Record<string, string>, uid = DAEMON_UID) {
  const tmp = await ownedDirectory(uid);
  const child = launch(env, tmp);
  const ended = once(child, 'close');
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    said += `${line}\n`;
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      tmp,
      pid: child.pid,
      said: () => said,
      stop,
      [Symbol.asyncDispose]: async () => void (await stop()),
    };
  }
  throw new Error(`the daemon did not start: ${said}`);
}
