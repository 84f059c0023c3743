import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { CommandError, EXIT } from './exit.ts';

/** Where a daemon is, as a file says it. */
const place = z.strictObject({
  url: z.string(),
  token: z.string().optional(),
  /** Relative to the file that names it; `~/` is the home directory. */
  token_file: z.string().optional(),
});
export type Place = z.infer<typeof place>;

const contexts = z.strictObject({
  contexts: z.record(z.string(), place),
  /** The context that is used where none is named. */
  current: z.string().optional(),
});
export type Contexts = z.infer<typeof contexts>;

/** Written by the demo or by a daemon on this machine. */
const local = z.object({ url: z.string(), token: z.string(), simulated: z.boolean().default(false) });
export type Local = z.infer<typeof local>;

/** The name of the only context of a file that has no `contexts`. */
const ONLY = 'default';

/**
 * The configuration file, in its long form or as the one place that a flat file is; null where there is none.
 * @throws CommandError that names the file and the key
 */
export function readContexts(path: string): Contexts | null {
  const json = readJson(path);
  if (json === null) return null;
  const flat = typeof json === 'object' && 'url' in json;
  return flat
    ? { contexts: { [ONLY]: check(place, json, path) }, current: ONLY }
    : check(contexts, json, path);
}

/** What a daemon on this machine left; null where there is none. */
export function readLocal(path: string): Local | null {
  const json = readJson(path);
  return json === null ? null : check(local, json, path);
}

/** The token of a place. Warns where others can read the file that holds it. */
export function readPlaceToken(found: Place, path: string, warnings: string[]): string | null {
  if (found.token !== undefined) {
    warnUnlessPrivate(path, warnings);
    return found.token;
  }
  if (found.token_file === undefined) return null;
  const tokenPath = found.token_file.replace(/^~(?=\/)/, homedir());
  return readTokenFile(isAbsolute(tokenPath) ? tokenPath : join(dirname(path), tokenPath), warnings);
}

/** @throws CommandError where the file can't be read or is empty */
export function readTokenFile(path: string, warnings: string[]): string {
  const token = readText(path)?.trim();
  if (token === undefined)
    throw new CommandError(EXIT.usage, `there is no token file ${path}`, 'check the path');
  warnUnlessPrivate(path, warnings);
  return token;
}

function readJson(path: string): unknown {
  const text = readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.usage, `${path} is not JSON: ${why}`, 'repair the file, or use --url');
  }
}

/** Null where there is no such file; one that is there and can't be read is an error. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new CommandError(EXIT.usage, `can't read ${path} (${code})`, 'check its owner and mode');
  }
}

function check<S extends z.ZodType>(schema: S, json: unknown, path: string): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue?.path.join('.') || 'the whole file';
  throw new CommandError(EXIT.usage, `${path}: ${key}: ${issue?.message}`, 'repair the file, or use --url');
}

const OTHERS = 0o077;

function warnUnlessPrivate(path: string, warnings: string[]): void {
  if ((statSync(path).mode & OTHERS) !== 0) {
    warnings.push(`others can read the token in ${path}: chmod 600 ${path}`);
  }
}
