import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventKinds, PROBLEMS, routes, VERBS } from '@breakglass/shared';
import { describe, expect, it } from 'vitest';

/** What the documents list by hand, held against what the code has. */

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const manifest = (path: string): Record<string, Record<string, string>> => JSON.parse(read(path));

describe('docs/protocol.md', () => {
  const protocol = read('docs/protocol.md');
  it.each(Object.values(routes).map(({ method, path }) => `${method} ${path}`))('names %s', (route) => {
    expect(protocol).toContain(`\`${route}\``);
  });
  it.each([...eventKinds, ...Object.keys(PROBLEMS)])('names %s', (word) => {
    expect(protocol).toContain(`\`${word}\``);
  });
});

describe('README.md', () => {
  const readme = read('README.md');
  const settings = new Set(read('packages/daemon/src/config.ts').match(/\b(API|BREAKGLASS)(_[A-Z]+)+\b/g));

  it.each([...settings])('names the setting %s', (name) => {
    expect(readme).toContain(`\`${name}\``);
  });

  it.each([...readme.matchAll(/`(BREAKGLASS_[A-Z_]+)`/g)].map(([, name = '']) => name))(
    'does not name a setting that nobody reads: %s',
    (name) => {
      expect(`${[...settings]} ${read('packages/tui/src/config.ts')}`).toContain(name);
    },
  );

  it('gives the reason of every run-time dependency', () => {
    const reasons = readme.slice(readme.indexOf('### Why each run-time dependency'));
    const packages = globSync('packages/*/package.json', { cwd: root });
    const names = packages.flatMap((path) => Object.keys(manifest(path)['dependencies'] ?? {}));
    const foreign = new Set(names.filter((name) => !name.startsWith('@breakglass/')));
    expect([...foreign].filter((name) => !new RegExp(`\\b${name}\\b`).test(reasons))).toEqual([]);
  });

  it.each(['README.md', 'AGENTS.md'])('%s has no command that npm does not know', (path) => {
    const scripts = Object.keys(manifest('package.json')['scripts'] ?? {});
    const used = [...read(path).matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name);
    expect(used.filter((name) => !scripts.includes(name ?? ''))).toEqual([]);
  });
});

describe('agents/breakglass.md', () => {
  const agent = read('agents/breakglass.md');
  it('names every verb and asks for four tools and no others', () => {
    for (const verb of VERBS) expect(agent).toContain(`\`${verb}\``);
    expect(agent).toMatch(/^---\nname: breakglass\ndescription: .+\ntools: Bash, Read, Grep, Glob\n---\n/);
  });
});

it.each(globSync('{*.md,docs/**/*.md}', { cwd: root }))('%s has no dead link', (path) => {
  const links = [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
});
