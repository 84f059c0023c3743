import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { fakeDaemon } from '../../test/fake-daemon.ts';

const CLI = fileURLToPath(new URL('../../test/cli-process.ts', import.meta.url));
/** script(1) of bsdutils: runs a command on a pseudo-terminal. */
const PTY = 'script';
const noScript = spawnSync(PTY, ['--version']).error !== undefined;

interface Typist {
  /** Waits for the screen to show this, and for the client to listen again, then types. */
  type(afterShown: RegExp, keys: string): Promise<void>;
  screen(): string;
  exitCode: Promise<number | null>;
}

/** The client on a terminal of its own, which `script` makes. */
function onTerminal(url: string, args: string, typedAhead = ''): Typist {
  const child = spawn(PTY, ['-qefc', `'${process.execPath}' '${CLI}' ${args}`, '/dev/null'], {
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      TERM: 'xterm',
      BREAKGLASS_URL: url,
      BREAKGLASS_TOKEN: 't',
    },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  child.stdin.write(typedAhead);
  return {
    screen: () => shown,
    async type(afterShown, keys) {
      await vi.waitFor(() => expect(shown).toMatch(afterShown), { timeout: 15_000 });
      child.stdin.write(keys);
    },
    exitCode: new Promise((resolve) => child.on('close', resolve)),
  };
}

/** Answers again and again: what comes before the client listens is thrown away, and that is the point. */
async function insist(
  { type, screen, exitCode }: Typist,
  question: RegExp,
  keys: string,
): Promise<number | null> {
  let code: number | null | undefined;
  void exitCode.then((ended) => {
    code = ended;
  });
  await type(question, keys);
  await vi.waitFor(
    async () => {
      if (code === undefined) await type(/./, keys);
      expect(code, screen()).not.toBeUndefined();
    },
    { timeout: 15_000, interval: 400 },
  );
  return exitCode;
}

/** What a terminal shows after these writes: as much of one as readline needs (columns, and clearing downwards). */
function drawn(writes: string): string {
  const rows: string[] = [''];
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is drawn
  for (const [piece] of writes.matchAll(/\x1b\[\d*[A-Za-z]|./gs)) {
    const row = rows.at(-1) ?? '';
    const [, count, command] = /^.\[(\d*)([A-Z])$/s.exec(piece) ?? [];
    if (command === 'G') column = Number(count || 1) - 1;
    else if (command === 'J') rows[rows.length - 1] = row.slice(0, column);
    else if (piece === '\n') {
      rows.push('');
      column = 0;
    } else if (piece === '\r') column = 0;
    else if (!piece.startsWith('\x1b')) {
      rows[rows.length - 1] = row.slice(0, column).padEnd(column) + piece + row.slice(column + 1);
      column += 1;
    }
  }
  return rows.join('\n');
}

it.skipIf(noScript)(
  'leaves the question in sight while it waits for the answer (needs script(1))',
  async () => {
    await using daemon = await fakeDaemon({});
    const terminal = onTerminal(daemon.url, 'pve stop');
    await terminal.type(/Type devvm to stop it/, 'd');
    await vi.waitFor(() => expect(drawn(terminal.screen())).toMatch(/no > d$/), { timeout: 15_000 });
    expect(drawn(terminal.screen())).toBe(
      'Stop VM 102 (devvm)? It powers the VM off, hard, and leaves it down.\n' +
        'Type devvm to stop it; anything else: no > d',
    );
    expect(await insist(terminal, /./, '\r')).toBe(4);
    expect(terminal.screen()).toContain('not confirmed ("devvm" was wanted): nothing was done');
  },
);

it.skipIf(noScript)('asks with the VM and the effect, and takes y (needs script(1))', async () => {
  await using daemon = await fakeDaemon({ simulated: true });
  const terminal = onTerminal(daemon.url, 'pve cycle');
  const question = /Cycle SIMULATED VM 102 \(devvm\)\? It powers the VM off, hard.*Cycle it\? \[y\/N\]/s;
  expect(await insist(terminal, question, 'y\r')).toBe(0);
  expect(daemon.requests).toContain('POST /api/pve/cycle');
});

it.skipIf(noScript)('takes everything else for a no, Enter alone too (needs script(1))', async () => {
  await using daemon = await fakeDaemon({});
  expect(await insist(onTerminal(daemon.url, 'pve reset'), /\[y\/N\]/, '\r')).toBe(4);
  expect(daemon.requests).not.toContain('POST /api/pve/reset');
});

it.skipIf(noScript)('wants the name typed for stop (needs script(1))', async () => {
  await using daemon = await fakeDaemon({});
  expect(await insist(onTerminal(daemon.url, 'pve stop'), /Type devvm to stop/, 'y\r')).toBe(4);
  expect(daemon.requests).not.toContain('POST /api/pve/stop');
  expect(await insist(onTerminal(daemon.url, 'pve stop'), /Type devvm to stop/, 'devvm\r')).toBe(0);
  expect(daemon.requests).toContain('POST /api/pve/stop');
});

it.skipIf(noScript)('takes nothing that was typed before the question (needs script(1))', async () => {
  await using daemon = await fakeDaemon({});
  const terminal = onTerminal(daemon.url, 'pve cycle', 'y\ry\ry\r');
  expect(await insist(terminal, /\[y\/N\]/, 'n\r')).toBe(4);
  expect(daemon.requests).not.toContain('POST /api/pve/cycle');
});

it.skipIf(noScript)('ends at Ctrl-C with nothing done (needs script(1))', async () => {
  await using daemon = await fakeDaemon({});
  const terminal = onTerminal(daemon.url, 'pve cycle');
  expect(await insist(terminal, /\[y\/N\]/, '\u0003')).toBe(130);
  expect(terminal.screen()).toContain('nothing was done');
});
