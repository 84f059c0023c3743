import { posix } from 'node:path';
import { type Import, lineOf, type Source } from './source.ts';

/** What a package's own sources may import of the other packages. Tests may also use the lab. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  daemon: ['shared'],
  tui: ['shared'],
  lab: ['shared', 'daemon'],
};

/**
 * What a folder of the daemon or the client may import of its neighbours. Files at the top of `src` may import
 * all folders; a folder may import such a file if it may import what that file imports.
 */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  'daemon/process': [],
  'daemon/agent': ['process'],
  'daemon/session': [],
  'daemon/power': ['process'],
  'daemon/http': ['session', 'power'],
  'tui/text': [],
  'tui/state': ['text'],
  'tui/client': [],
  'tui/ui': ['state', 'text'],
  'tui/commands': ['client', 'state', 'text', 'ui'],
};

/** Single imports across that line, each with its reason. */
const EXCEPTIONS: ReadonlyArray<(from: string, to: string, it: Import) => boolean> = [
  // The interface that the agents implement belongs to the session, which must not know of them.
  (from, to) => folderOf(from) === 'daemon/agent' && to === 'packages/daemon/src/session/agent.ts',
  // The layout draws the entries that the state folds, and names their types.
  (from, to, it) => folderOf(from) === 'tui/text' && folderOf(to) === 'tui/state' && it.typeOnly,
  // The hooks join the screen to the world; the rest of the screen may name the world's types.
  (from, to, it) =>
    folderOf(from) === 'tui/ui' && folderOf(to) === 'tui/client' && (it.typeOnly || isHook(from)),
];

/** Who may import whom. One line for each import that must not be. */
export function importFindings(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  return sources.flatMap((source) =>
    source.imports.flatMap((it) => {
      const why = forbidden(source.path, it, byPath);
      return why ? [`${source.path}:${lineOf(source, it.node)} imports ${it.specifier}: ${why}`] : [];
    }),
  );
}

/** The power path reaches neither sessions nor agents nor the database, however long the chain of imports. */
export function powerPathFindings(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const chains = sources
    .filter(({ path }) => folderOf(path) === 'daemon/power' && !isTest(path))
    .map(({ path }) => [path]);
  const seen = new Set(chains.flat());
  const findings: string[] = [];
  for (const chain of chains) {
    const last = chain.at(-1) ?? '';
    for (const it of byPath.get(last)?.imports ?? []) {
      const next = it.specifier.startsWith('.') ? resolve(last, it.specifier) : it.specifier;
      if (it.typeOnly || seen.has(next)) continue;
      seen.add(next);
      if (next === 'node:sqlite' || ['daemon/session', 'daemon/agent'].includes(folderOf(next) ?? '')) {
        findings.push([...chain, next].join(' -> '));
      }
      chains.push([...chain, next]);
    }
  }
  return findings;
}

function forbidden(from: string, it: Import, byPath: ReadonlyMap<string, Source>): string | null {
  const own = packageOf(from);
  if (own === null) return null;
  const other = /^@breakglass\/([^/]+)/.exec(it.specifier)?.[1];
  if (other !== undefined) return forbiddenPackage(from, own, other);
  if (!it.specifier.startsWith('.')) return forbiddenLibrary(from, own, it);
  if (!/\.(tsx?|js|json)$/.test(it.specifier)) return 'a relative import names the file with its extension';
  const to = resolve(from, it.specifier);
  if (packageOf(to) !== own) return isTest(from) ? null : 'it leaves its package by a relative path';
  if (isTest(from)) return null;
  if (folderOf(from) === null || folderOf(to) !== null || it.typeOnly) return forbiddenFolder(from, to, it);
  return forbiddenDetour(from, to, byPath);
}

/** A file at the top of `src` is no way around the rule, and none back into the folder itself. */
function forbiddenDetour(from: string, to: string, byPath: ReadonlyMap<string, Source>): string | null {
  for (const next of byPath.get(to)?.imports ?? []) {
    if (next.typeOnly || !next.specifier.startsWith('.')) continue;
    const beyond = resolve(to, next.specifier);
    if (folderOf(beyond) === folderOf(from)) return `it imports ${beyond}, which is a circle`;
    const why = forbiddenFolder(from, beyond, next);
    if (why !== null) return `it imports ${beyond}, and ${why}`;
  }
  return null;
}

function forbiddenPackage(from: string, own: string, other: string): string | null {
  const allowed = PACKAGES[own] ?? [];
  if (other === own) return 'a package imports its own files by their relative paths';
  if (allowed.includes(other) || (isTest(from) && other === 'lab')) return null;
  return `${own} may import ${allowed.join(', ') || 'no other package'}`;
}

function forbiddenLibrary(from: string, own: string, it: Import): string | null {
  const { specifier } = it;
  if (own === 'shared' && specifier !== 'zod' && !isTest(from)) return 'shared imports nothing but zod';
  const drawing = /^(react|ink)(\/|$)/.test(specifier);
  if (!drawing || own !== 'tui' || isTest(from)) return null;
  if (folderOf(from) === 'tui/ui' || from.endsWith('/commands/attach.tsx')) return null;
  return 'only ui/ and commands/attach.tsx draw';
}

function forbiddenFolder(from: string, to: string, it: Import): string | null {
  if (to.endsWith('/commands/attach.tsx') && !it.dynamic && !it.typeOnly) {
    return 'Ink is loaded only by attach: import() it';
  }
  const here = folderOf(from);
  const there = folderOf(to);
  if (here === null || there === null || here === there) return null;
  const allowed = FOLDERS[here];
  if (allowed === undefined) return null;
  if (allowed.some((name) => there.endsWith(`/${name}`))) return null;
  if (EXCEPTIONS.some((permits) => permits(from, to, it))) return null;
  return `${here} may import ${allowed.join(', ') || 'none of its neighbours'}`;
}

function packageOf(path: string): string | null {
  return /^packages\/([^/]+)\/src\//.exec(path)?.[1] ?? null;
}

/** `daemon/session` for packages/daemon/src/session/…, null for files at the top of `src`. */
function folderOf(path: string): string | null {
  const match = /^packages\/([^/]+)\/src\/([^/]+)\//.exec(path);
  return match ? `${match[1]}/${match[2]}` : null;
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

export function isTest(path: string): boolean {
  return /^test\/|\.test\.tsx?$|\/fixtures?\//.test(path);
}

function isHook(path: string): boolean {
  return /\/use-[\w-]+\.tsx?$/.test(path);
}
