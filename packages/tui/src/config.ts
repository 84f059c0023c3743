import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { readContexts, readLocal, readPlaceToken, readTokenFile } from './config-file.ts';
import { CommandError, EXIT } from './exit.ts';

/** Where the daemon is and how the client behaves, from flags, environment and files. */
export interface Config {
  /** Without a trailing slash. */
  url: string;
  token: string | null;
  /** How the URL was chosen: "the URL is …". */
  source: string;
  /** The context's name, where one was used. */
  context: string | null;
  /** The demo's daemon, as its own file says: nothing real is behind it. */
  simulated: boolean;
  /** Where a daemon on this machine is now; null where the address is from elsewhere. */
  lookAgain: (() => { url: string; token: string } | null) | null;
  /** False where NO_COLOR asks for none. */
  color: boolean;
  /** What TERM says; empty where it says nothing. */
  term: string;
  /** Whether the locale can show more than ASCII. */
  unicode: boolean;
  /** What is not right but does not stop us, such as a token that others can read. */
  warnings: readonly string[];
}

export interface ConfigFlags {
  context?: string;
  url?: string;
  tokenFile?: string;
}

/** What the environment may say. Empty counts as unset. */
type Env = Readonly<Record<string, string | undefined>>;

/** What one source says. Its token goes to no other URL than its own. */
interface Choice {
  url: string;
  source: string;
  token: string | null;
  context: string | null;
  simulated: boolean;
  lookAgain: Config['lookAgain'];
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

/**
 * Flags win over the environment, that over the configuration file, that over a daemon on this machine.
 * @throws CommandError that names the flag, the variable, or the file and its key
 */
export function loadConfig(flags: ConfigFlags = {}, env: Env = process.env): Config {
  const warnings: string[] = [];
  const choice = choose(flags, env, warnings);
  return {
    ...choice,
    url: checkUrl(choice),
    token: checkToken(chooseToken(flags, env, choice, warnings)),
    color: !env['NO_COLOR'],
    term: env['TERM'] ?? '',
    unicode: /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''),
    warnings,
  };
}

/** React's development build costs time and memory, and nobody reads its warnings. To be called before it is loaded. */
export function forProduction(env: Record<string, string | undefined> = process.env): void {
  env['NODE_ENV'] ??= 'production';
}

function choose(flags: ConfigFlags, env: Env, warnings: string[]): Choice {
  if (flags.url !== undefined) return bare(flags.url, 'from --url');
  if (flags.context !== undefined) return fromContext(flags.context, '--context', env, warnings);
  if (env['BREAKGLASS_URL']) return bare(env['BREAKGLASS_URL'], 'from BREAKGLASS_URL');
  if (env['BREAKGLASS_CONTEXT']) {
    return fromContext(env['BREAKGLASS_CONTEXT'], 'BREAKGLASS_CONTEXT', env, warnings);
  }
  const path = configPath(env);
  const current = readContexts(path)?.current;
  if (current !== undefined) return fromContext(current, `"current" in ${path}`, env, warnings);
  return fromLocal(localPath(env)) ?? bare(DEFAULT_URL, 'the default');
}

function bare(url: string, source: string): Choice {
  return { url, source, token: null, context: null, simulated: false, lookAgain: null };
}

function fromContext(name: string, askedBy: string, env: Env, warnings: string[]): Choice {
  const path = configPath(env);
  const contexts = readContexts(path)?.contexts ?? {};
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (found === undefined) {
    const known = Object.keys(contexts).join(', ') || 'none';
    throw new CommandError(
      EXIT.usage,
      `there is no context "${name}" in ${path}; ${askedBy} asks for it`,
      `the contexts there are: ${known}`,
    );
  }
  return {
    ...bare(found.url, `of the context "${name}" in ${path}`),
    token: readPlaceToken(found, path, warnings),
    context: name,
  };
}

function fromLocal(path: string): Choice | null {
  const found = readLocal(path);
  const source = `from ${path}, left by a daemon on this machine`;
  return found && { ...found, source, context: null, lookAgain: () => lookAgain(path) };
}

/** A daemon that began again may be elsewhere. What can't be read now changes nothing. */
function lookAgain(path: string): { url: string; token: string } | null {
  try {
    const found = readLocal(path);
    return found !== null && URL.canParse(found.url) ? found : null;
  } catch {
    return null;
  }
}

/** A token, and where it is from. */
interface Token {
  token: string | null;
  from: string;
}

/**
 * A token file that is named wins, then the token of a context that is named or of the daemon on this machine, then
 * the environment's: that one is for another place.
 */
function chooseToken(flags: ConfigFlags, env: Env, choice: Choice, warnings: string[]): Token {
  if (flags.tokenFile !== undefined) {
    return { token: readTokenFile(flags.tokenFile, warnings), from: flags.tokenFile };
  }
  const own = { token: choice.token, from: `the file that the URL is from (${choice.source})` };
  const fitting = flags.context !== undefined || choice.lookAgain !== null;
  if (fitting && choice.token !== null) return own;
  return env['BREAKGLASS_TOKEN'] ? { token: env['BREAKGLASS_TOKEN'], from: 'BREAKGLASS_TOKEN' } : own;
}

function checkUrl({ url, source }: Choice): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new CommandError(
      EXIT.usage,
      `"${url}" is not a URL (it is ${source})`,
      `write it like ${DEFAULT_URL}`,
    );
  }
  return parsed.origin + parsed.pathname.replace(/\/+$/, '');
}

/** What an HTTP header can carry. The message must not repeat the token. */
function checkToken({ token, from }: Token): string | null {
  if (token === null || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new CommandError(
    EXIT.usage,
    `the token in ${from} is empty or holds a space, a line break or a character that no token has`,
    'copy it again, without quotes or a "Bearer" before it',
  );
}

function configPath(env: Env): string {
  return join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'breakglass', 'config.json');
}

function localPath(env: Env): string {
  return join(xdg(env, 'XDG_STATE_HOME', '.local/state'), 'breakglass', 'local.json');
}

/** A relative path in an XDG variable is to be ignored, says their specification. */
function xdg(env: Env, variable: string, fallback: string): string {
  const set = env[variable];
  return set !== undefined && isAbsolute(set) ? set : join(env['HOME'] || homedir(), fallback);
}
