import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPTS = fileURLToPath(new URL('../../../deploy/pve', import.meta.url));

/**
 * Copies the host scripts into `dir`, with their constants replaced: installed, they honour no environment
 * variable, so this is the only way to have them look at a simulated host.
 *
 * @param tools the directory of the only programs that the root part finds
 * @returns the front script
 */
export async function installHostScripts(
  dir: string,
  tools: string,
  limits: Record<string, number>,
): Promise<string> {
  const at = (name: string) => join(dir, name);
  const installed = at('host');
  const library = join(installed, 'lib');
  await mkdir(installed);
  await cp(join(SCRIPTS, 'lib'), library, {
    recursive: true,
    filter: (path) => !path.endsWith('__pycache__'),
  });
  const places = {
    CONF: at('breakglass-pve.conf'),
    OWNER: process.getuid?.() ?? 0,
    PROC: at('proc'),
    CGROUPS: at('cgroup'),
    LEGACY_CGROUPS: at('no-legacy-cgroup'),
    QEMU: at('qemu'),
    CONFIG_LOCKS: at('locks'),
    PVE: at('pve'),
    BLOCK: at('block'),
    JOBS: at('run'),
    LOG: at('log'),
    PATH: tools,
    WORKER: join(library, 'worker'),
  };
  await rewrite(join(library, 'breakglass_pve', 'places.py'), (text) => withPythonConstants(text, places));
  await rewrite(join(library, 'breakglass_pve', 'limits.py'), (text) => withPythonConstants(text, limits));
  const root = join(installed, 'breakglass-pve-root');
  await cp(join(SCRIPTS, 'breakglass-pve-root'), root);
  await rewrite(root, (text) => withPythonConstants(text, { LIBRARY: library }));
  const front = join(installed, 'breakglass-pve');
  await cp(join(SCRIPTS, 'breakglass-pve'), front);
  const commands = { LOGGER: join(tools, 'logger'), SUDO: join(tools, 'sudo'), ROOT_PART: root };
  await rewrite(front, (text) => withConstants(text, commands));
  return front;
}

/** What a sick QEMU costs in any case, divided by `speed`. Bounds that only a sick host reaches stay as they are. */
export function scaledLimits(speed: number): Record<string, number> {
  const scaled = (seconds: number, least: number) => Math.max(seconds / speed, Math.min(seconds, least));
  return {
    QMP: scaled(3, 1),
    QMP_GAP: scaled(3, 0.1),
    SAMPLE_GAP: scaled(2, 0.1),
    KILL_AFTER: scaled(25, 1.5),
    KILL_AFTER_SILENT: scaled(8, 1),
    SCOPE_KILL_AFTER: scaled(5, 1),
    GIVE_UP_AFTER: scaled(10, 2),
    START_RETRY_GAP: scaled(5, 0.2),
    STAYS_UP: scaled(3, 0.2),
    RESET_VERIFY: scaled(10, 0.5),
  };
}

/** The script with `readonly NAME=...` lines replaced. Every name must be there, or the copy would touch the real machine. */
export function withConstants(script: string, constants: Record<string, string>): string {
  return withLines(script, constants, (name) => `readonly ${name}=`, shellWord);
}

/** The same for `NAME = ...` lines of Python. JSON is Python for text and numbers. */
function withPythonConstants(script: string, constants: Record<string, string | number>): string {
  return withLines(script, constants, (name) => `${name} = `, JSON.stringify);
}

/** One word for bash, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function withLines<Value>(
  script: string,
  constants: Record<string, Value>,
  start: (name: string) => string,
  format: (value: Value) => string,
): string {
  return Object.entries(constants).reduce((text, [name, value]) => {
    const line = new RegExp(`^${start(name)}.*$`, 'm');
    if (!line.test(text)) throw new Error(`the host script has no line "${start(name)}..."`);
    return text.replace(line, () => start(name) + format(value));
  }, script);
}

async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}
