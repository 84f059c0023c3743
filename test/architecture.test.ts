import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { codeFindings, launcherFindings, nameFindings, sizeFindings } from './architecture/code-rules.ts';
import { importFindings, powerPathFindings } from './architecture/import-rules.ts';
import { Parser, type Source } from './architecture/source.ts';

/** The rules of AGENTS.md that a machine can hold. First that this tree keeps them, then that they can fail. */

const root = join(import.meta.dirname, '..');
const parser = new Parser();
afterAll(() => parser[Symbol.dispose]());
const parse = (texts: Record<string, string>) => parser.parse(texts);

const sources = parser.read(root, [
  'packages/*/src/**/*.{ts,tsx}',
  'test/**/*.{ts,tsx}',
  'bench/**/*.ts',
  'vitest.config.ts',
]);
const launchers = parser.read(root, ['packages/*/bin/*.js']);

const each = (rule: (source: Source) => string[]) => (all: readonly Source[]) => all.flatMap(rule);

describe('this tree', () => {
  it('was found', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(launchers.map(({ path }) => path)).toContain('packages/shared/bin/launch.js');
  });

  it.each([
    ['who may import whom', importFindings],
    ['the power path stands alone', powerPathFindings],
    ['sizes', each(sizeFindings)],
    ['names of files', each(nameFindings)],
    ['code that no file may contain', each(codeFindings)],
  ])('keeps the rule: %s', (_rule, find) => {
    expect(find(sources)).toEqual([]);
  });

  it('has launchers that old Nodes can parse', () => {
    expect(launchers.flatMap(launcherFindings)).toEqual([]);
  });
});

const function_ = (lines: number) => `export function long() {\n${'  f();\n'.repeat(lines - 2)}}\n`;

describe('the rule on imports', () => {
  it.each([
    ['packages/shared/src/a.ts', `import ws from 'ws';`],
    ['packages/daemon/src/http/a.ts', `import { x } from '@breakglass/tui';`],
    ['packages/daemon/src/http/a.ts', `import { lab } from '@breakglass/lab';`],
    ['packages/daemon/src/http/a.ts', `import { x } from '../../../shared/src/event.ts';`],
    ['packages/daemon/src/http/a.ts', `import { x } from './b';`],
    ['packages/daemon/src/http/a.ts', `import { run } from '../agent/claude.ts';`],
    ['packages/daemon/src/power/a.ts', `import type { Turn } from '../session/turn.ts';`],
    ['packages/daemon/src/session/a.ts', `import { claude } from '../agent/claude.ts';`],
    ['packages/daemon/src/agent/a.ts', `import type { Turn } from '../session/turn.ts';`],
    ['packages/daemon/src/agent/a.ts', `const it = await import('../http/app.ts');`],
    ['packages/daemon/src/process/a.ts', `export { power } from '../power/power.ts';`],
    ['packages/tui/src/state/a.ts', `import type { ReactNode } from 'react';`],
    ['packages/tui/src/state/a.ts', `import { api } from '../client/api.ts';`],
    ['packages/tui/src/text/a.ts', `import { fold } from '../state/transcript.ts';`],
    ['packages/tui/src/ui/App.tsx', `import { attach } from '../client/attach.ts';`],
    ['packages/tui/src/cli.ts', `import { attachCommand } from './commands/attach.tsx';`],
    ['packages/tui/src/commands/ask.ts', `import { render } from 'ink';`],
  ])('finds, in %s: %s', (path, text) => {
    expect(importFindings(parse({ [path]: text }))).toHaveLength(1);
  });

  it.each([
    ['packages/daemon/src/agent/a.ts', `import type { Agent } from '../session/agent.ts';`],
    ['packages/daemon/src/agent/a.test.ts', `import { startLab } from '@breakglass/lab';`],
    ['packages/tui/src/ui/use-attachment.ts', `import { attach } from '../client/attach.ts';`],
    ['packages/tui/src/ui/App.tsx', `import type { Link } from '../client/attach.ts';`],
    ['packages/tui/src/cli.ts', `const load = () => import('./commands/attach.tsx');`],
    ['packages/daemon/src/http/app.ts', `import type { Power } from '../power/power.ts';`],
  ])('lets pass, in %s: %s', (path, text) => {
    expect(importFindings(parse({ [path]: text }))).toEqual([]);
  });

  it('finds the detour over a file at the top, and the circle', () => {
    const files = parse({
      'packages/daemon/src/daemon.ts': `import { app } from './http/app.ts';`,
      'packages/daemon/src/clock.ts': 'export const now = Date.now;',
      'packages/daemon/src/http/app.ts': `import { a } from '../daemon.ts';\nimport { now } from '../clock.ts';`,
      'packages/daemon/src/session/a.ts': `import { a } from '../daemon.ts';`,
    });
    expect(importFindings(files)).toEqual([
      'packages/daemon/src/http/app.ts:1 imports ../daemon.ts:' +
        ' it imports packages/daemon/src/http/app.ts, which is a circle',
      'packages/daemon/src/session/a.ts:1 imports ../daemon.ts:' +
        ' it imports packages/daemon/src/http/app.ts, and daemon/session may import none of its neighbours',
    ]);
  });

  it('follows the power path through other files', () => {
    const files = parse({
      'packages/daemon/src/power/power.ts': `import { b } from '../b.ts';`,
      'packages/daemon/src/b.ts': `import type { T } from './agent/claude.ts';\nimport { c } from './c.ts';`,
      'packages/daemon/src/c.ts': `import { open } from './session/database.ts';`,
    });
    expect(powerPathFindings(files)).toEqual([
      'packages/daemon/src/power/power.ts -> packages/daemon/src/b.ts -> packages/daemon/src/c.ts' +
        ' -> packages/daemon/src/session/database.ts',
    ]);
  });
});

describe('the rule on sizes', () => {
  const path = 'packages/daemon/src/a.ts';
  it.each([
    ['a file of 251 lines', path, 'f();\n'.repeat(251), 1],
    ['a file of 250 lines', path, 'f();\n'.repeat(250), 0],
    ['a function of 61 lines', path, function_(61), 1],
    ['a function of 60 lines', path, function_(60), 0],
    ['an arrow function of 61 lines', path, function_(61).replace('function long()', 'const x = () =>'), 1],
    ['a long test', 'packages/daemon/src/a.test.ts', function_(400), 0],
  ])('%s', (_what, where, text, count) => {
    expect(parse({ [where]: text }).flatMap(sizeFindings)).toHaveLength(count);
  });
});

describe('the rule on names', () => {
  it.each([
    ['packages/daemon/src/session/utils.ts', 1],
    ['packages/daemon/src/session/eventLog.ts', 1],
    ['packages/tui/src/ui/status-bar.tsx', 1],
    ['packages/tui/src/ui/StatusBar.test.tsx', 0],
    ['packages/tui/src/ui/use-attachment.ts', 0],
    ['packages/tui/src/commands/attach.tsx', 0],
  ])('%s', (path, count) => {
    expect(parse({ [path]: 'export {};' }).flatMap(nameFindings)).toHaveLength(count);
  });
});

describe('the rule on code', () => {
  const source = 'packages/daemon/src/a.ts';
  const test = 'packages/daemon/src/a.test.ts';
  it.each([
    [source, 'const a: any = 1;'],
    [source, 'const a = b as any;'],
    [source, 'const a = b!;'],
    [source, `export * from './b.ts';`],
    [source, `console.log('a');`],
    [source, 'const home = process.env.HOME;'],
    [source, `const home = process.env['HOME'];`],
    [source, '// @ts-expect-error it is late'],
    [source, 'response.write(`id: 1\\n`);'],
    [source, `response.write('event: caught-up\\n\\n');`],
    [source, '// biome-ignore lint/style/useConst:'],
    [source, '// TODO: the rest'],
    [test, `vi.mock('./b.ts');`],
    [test, 'const f = vi.fn();'],
    [test, `it.only('a', () => {});`],
    [test, `describe.skip('a', () => {});`],
    [test, `it.concurrent.skip('a', () => {});`],
    [test, `xit('a', () => {});`],
  ])('finds, in %s: %s', (path, text) => {
    expect(parse({ [path]: text }).flatMap(codeFindings)).toHaveLength(1);
  });

  it.each([
    [source, `// a company of many\nexport { a } from './b.ts';`],
    [source, `const text = 'console.log(process.env.HOME as any)';`],
    [source, '// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes'],
    ['packages/daemon/src/config.ts', 'export const read = () => process.env;'],
    [test, `it.skipIf(!hasTmux)('works in tmux', () => { vi.waitFor(() => process.env); });`],
  ])('lets pass, in %s: %s', (path, text) => {
    expect(parse({ [path]: text }).flatMap(codeFindings)).toEqual([]);
  });
});

describe('the rule on launchers', () => {
  it.each([
    ['a?.b;'],
    ['a ?? b;'],
    ['a ||= b;'],
    [`await import('./c.js');`],
    [`import { join } from 'node:path';`],
    [`import { launch } from '@breakglass/shared/launch';`],
  ])('finds %s', (text) => {
    expect(parse({ 'packages/tui/bin/a.js': text }).flatMap(launcherFindings)).toHaveLength(1);
  });

  it('lets pass what Node 12 knows', () => {
    const text = `import { join } from 'path';\nasync function a() { await import('@b/c'); }`;
    expect(parse({ 'packages/tui/bin/a.js': text }).flatMap(launcherFindings)).toEqual([]);
  });
});
