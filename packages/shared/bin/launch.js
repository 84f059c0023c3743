// Plain JavaScript that Node 12 can parse, without `node:` names: it finds a Node that can run the rest.
import { spawn } from 'child_process';
import { existsSync } from 'fs';
import { createRequire } from 'module';
import { constants } from 'os';
import { dirname, join } from 'path';
import { fileURLToPath } from 'url';

/** How long a parent waits to be ended by the signal that ended its child, before it exits by itself. */
const SIGNAL_GRACE_MS = 1000;

/**
 * Runs a program of this workspace: here if this Node is new enough, else on the Node that is installed as a
 * development dependency. Sets the exit code. What is missing is said in one line on stderr, with exit code 1.
 *
 * @param {object} program
 * @param {string} program.name the command, for messages
 * @param {string} program.bin `import.meta.url` of the file that was run
 * @param {URL} program.entry a module with `main(argv: readonly string[]): Promise<number>`;
 *   argv is the whole `process.argv`, the number is the exit code
 * @param {string} program.missing what to do when the entry is not there
 * @returns {Promise<void>}
 */
export async function launch({ name, bin, entry, missing }) {
  if (!existsSync(entry)) return giveUp(name, missing);
  if (canRun(process.versions.node)) return runHere(name, entry);
  const node = workspaceNode(bin);
  if (node !== null) return runOn(name, node, [fileURLToPath(bin), ...process.argv.slice(2)]);
  giveUp(
    name,
    `needs Node 26 (this is ${process.versions.node}): run "npm ci" in its repository, which brings one along`,
  );
}

/**
 * The sources need type stripping, `await using` and `node:sqlite`, all without a warning on stderr.
 * Measured: 24.0 and 24.14 warn, 24.21 does not; 25 was never a long-term release.
 *
 * @param {string} version such as `26.10.0`
 * @returns {boolean}
 */
export function canRun(version) {
  const [major, minor] = version.split('.').map(Number);
  return major >= 26 || (major === 24 && minor >= 21);
}

/** A missing package is a sentence, any other failure to load is a bug and keeps its stack. */
async function runHere(name, entry) {
  let program;
  try {
    program = await import(entry.href);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return giveUp(name, `${error.message.split('\n')[0]}; run "npm ci" in its repository`);
  }
  process.exitCode = await program.main(process.argv);
}

/** The path of the workspace's own Node, or null where it is not installed or can't run the sources either. */
function workspaceNode(bin) {
  try {
    const require = createRequire(bin);
    const manifest = require('node/package.json');
    const path = join(dirname(require.resolve('node/package.json')), manifest.bin.node);
    return canRun(manifest.version) && existsSync(path) ? path : null;
  } catch (_notInstalled) {
    return null;
  }
}

/**
 * Becomes a shell of the child: same terminal, same process group, same ending. Ctrl-C reaches the child from
 * the terminal, so SIGINT is only passed on where there is no terminal that would do it.
 */
function runOn(name, node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const pass = (signal) => child.kill(signal);
  process.on('SIGTERM', pass).on('SIGHUP', pass);
  process.on('SIGINT', onTerminal ? () => {} : pass);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      giveUp(name, `can't run ${node}: ${error.message}; run "npm ci" again`);
      resolve();
    });
    child.on('exit', (code, signal) => {
      process.exitCode = code === null ? 128 + (constants.signals[signal] || 0) : code;
      if (signal !== null) endBy(signal);
      resolve();
    });
  });
}

/** Ends this process by the signal that ended the child, so that a shell sees the same ending. */
function endBy(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(), SIGNAL_GRACE_MS);
}

function giveUp(name, why) {
  process.stderr.write(`${name}: ${why}\n`);
  process.exitCode = 1;
}
