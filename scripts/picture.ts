import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Terminal } from '../test/tmux.ts';
import { terminalSvg } from './terminal-svg.ts';

/**
 * Makes the pictures of the README from a real session: `npm run picture`. Needs tmux.
 */

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const [COLUMNS, ROWS] = [100, 30];

const home = await mkdtemp(join(tmpdir(), 'breakglass-picture-'));
const env = {
  PATH: `${ROOT}node_modules/.bin:${process.env['PATH']}`,
  HOME: home,
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
};
const terminal = await Terminal.open({ columns: COLUMNS, rows: ROWS, env, cwd: ROOT });
try {
  await terminal.type('npm run --silent demo');
  await terminal.press('Enter');
  await terminal.shows('Nothing here yet', 60_000);
  await terminal.press('C-x', '1');
  await terminal.shows('turn done', 60_000);
  await picture('terminal', 'breakglass, attached: the triage has found what eats the memory of the VM');
  await terminal.press('C-x', 'c');
  await terminal.shows('CYCLE');
  await picture('confirmation', 'breakglass asks before it cycles the VM');
} finally {
  await run('npm', ['run', '--silent', 'demo', '--', '--stop'], { env, cwd: ROOT });
  await terminal[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function picture(name: string, title: string): Promise<void> {
  const file = join(ROOT, 'docs', `${name}.svg`);
  await writeFile(file, await terminalSvg(title, await terminal.screen(true), COLUMNS, ROWS));
  process.stdout.write(`${file}\n`);
}
