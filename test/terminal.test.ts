import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from './harness.ts';
import { hasTmux, Terminal } from './tmux.ts';

/** A person at a terminal: `npm run demo`, and what one does there. */

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

async function newcomer(columns: number, rows: number) {
  const home = await temporaryDirectory();
  const env = {
    // The node that runs this test, as npm's own PATH would have it.
    PATH: `${ROOT}node_modules/.bin:${dirname(process.execPath)}:${process.env['PATH']}`,
    HOME: home.path,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    PS1: '$ ',
  };
  const terminal = await Terminal.open({ columns, rows, env, cwd: ROOT });
  return {
    terminal,
    [Symbol.asyncDispose]: async () => {
      await run('npm', ['run', '--silent', 'demo', '--', '--stop'], { env, cwd: ROOT });
      await terminal[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!hasTmux)('in a real terminal (needs tmux)', () => {
  it.each([
    [80, 24],
    [120, 40],
    [45, 20],
  ])('%i×%i: demo, triage, cycle, detach, attach again', { timeout: 120_000 }, async (columns, rows) => {
    await using person = await newcomer(columns, rows);
    const { terminal } = person;

    await terminal.type('npm run --silent demo');
    await terminal.press('Enter');
    const fresh = await terminal.shows('Nothing here yet', 60_000);
    expect(fresh).toContain('SIM');
    expect(fresh.trimEnd().split('\n').length).toBe(rows);

    await terminal.press('C-x', '1');
    const diagnosed = await terminal.shows('turn done', 60_000);
    expect(diagnosed).toContain('Next step');

    await terminal.press('C-x', 'p');
    await terminal.shows('Power: ');
    await terminal.press('c');
    await terminal.shows('CYCLE');
    // A confirmation is deaf at first: the key is pressed until it is heard.
    await expect
      .poll(
        async () => {
          await terminal.press('y');
          return terminal.screen();
        },
        { timeout: 20_000, interval: 200 },
      )
      .not.toContain('CYCLE ');
    const cycled = await terminal.shows('cycle: ended after', 60_000);
    expect(cycled).not.toContain('RESULT');
    expect(cycled.replaceAll(/[│\s]+/g, ' ')).toContain('✓ The VM was powered off and runs again');

    await terminal.press('Escape');
    await terminal.hides('Power: ');
    await terminal.press('C-d');
    await terminal.shows('[detached from');

    await terminal.type('clear; npx breakglass attach');
    await terminal.press('Enter');
    const back = await terminal.shows('live');
    expect(back).toContain('turn done');
    await terminal.shows(/cycle 102 by bearer: +The VM/);
  });
});
