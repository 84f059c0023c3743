import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { forProduction, loadConfig } from './config.ts';

const home = mkdtempSync(join(tmpdir(), 'breakglass-config-'));
const configFile = join(home, '.config/breakglass/config.json');
const localFile = join(home, '.local/state/breakglass/local.json');
const env = { HOME: home };

afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(path: string, content: unknown, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(path, mode);
}

const two = {
  contexts: {
    prod: { url: 'https://bg.example/', token: 'p' },
    lab: { url: 'http://lab:1', token_file: 'lab.token' },
  },
  current: 'prod',
};

it('uses the default where nothing says otherwise', () => {
  expect(loadConfig({}, env)).toMatchObject({
    url: 'http://127.0.0.1:8080',
    token: null,
    source: 'the default',
  });
});

it('lets flags win over the environment, that over the file, that over a local daemon', () => {
  write(localFile, { url: 'http://127.0.0.1:5', token: 'l', simulated: true });
  expect(loadConfig({}, env)).toMatchObject({ url: 'http://127.0.0.1:5', token: 'l', simulated: true });
  write(configFile, two);
  expect(loadConfig({}, env)).toMatchObject({ url: 'https://bg.example', token: 'p', context: 'prod' });
  const set = { ...env, BREAKGLASS_URL: 'http://env:1', BREAKGLASS_TOKEN: 'e' };
  expect(loadConfig({}, set)).toMatchObject({
    url: 'http://env:1',
    token: 'e',
    source: 'from BREAKGLASS_URL',
  });
  expect(loadConfig({ url: 'http://flag:1/base/' }, set)).toMatchObject({
    url: 'http://flag:1/base',
    token: 'e',
  });
  expect(loadConfig({ context: 'prod' }, set)).toMatchObject({ url: 'https://bg.example', token: 'p' });
});

it('never sends the token of a file to a URL from elsewhere', () => {
  write(configFile, two);
  write(localFile, { url: 'http://127.0.0.1:5', token: 'l' });
  expect(loadConfig({ url: 'http://flag:1' }, env).token).toBeNull();
  expect(loadConfig({}, { ...env, BREAKGLASS_URL: 'http://env:1' }).token).toBeNull();
});

it('prefers the token of a daemon on this machine for that daemon, and finds it again elsewhere', () => {
  write(localFile, { url: 'http://127.0.0.1:5', token: 'l', simulated: true });
  const config = loadConfig({}, { ...env, BREAKGLASS_TOKEN: 'other' });
  expect(config).toMatchObject({ url: 'http://127.0.0.1:5', token: 'l' });
  write(localFile, { url: 'http://127.0.0.1:6', token: 'm', simulated: true });
  expect(config.lookAgain?.()).toMatchObject({ url: 'http://127.0.0.1:6', token: 'm' });
  write(localFile, '{ half');
  expect(config.lookAgain?.()).toBeNull();
});

it('takes a flat file, a token file beside it, and the XDG directories', () => {
  const xdg = { XDG_CONFIG_HOME: join(home, 'c'), XDG_STATE_HOME: 'relative/is/ignored' };
  write(join(home, 'c/breakglass/config.json'), { url: 'http://flat:1', token_file: 'token' });
  write(join(home, 'c/breakglass/token'), 'secret\n');
  expect(loadConfig({}, { ...env, ...xdg })).toMatchObject({
    url: 'http://flat:1',
    token: 'secret',
    warnings: [],
  });
});

it('chooses a context by the environment', () => {
  write(configFile, two);
  write(join(dirname(configFile), 'lab.token'), 'abc');
  expect(loadConfig({}, { ...env, BREAKGLASS_CONTEXT: 'lab' })).toMatchObject({
    url: 'http://lab:1',
    token: 'abc',
  });
});

it('warns of a token that others can read', () => {
  write(configFile, two, 0o644);
  expect(loadConfig({}, env).warnings).toEqual([
    `others can read the token in ${configFile}: chmod 600 ${configFile}`,
  ]);
  write(join(home, 'token'), 't', 0o640);
  expect(loadConfig({ url: 'http://x', tokenFile: join(home, 'token') }, env).warnings).toHaveLength(1);
});

it.each([
  ['a file that is no JSON', '{', /config\.json is not JSON/],
  ['a key of the wrong type', { url: 7 }, /config\.json: url: .*expected string/],
  ['a key that is not known', { contexts: { a: { url: 'http://a', tokn: 'x' } } }, /contexts\.a: .*tokn/],
  ['a current context that is not there', { contexts: {}, current: 'x' }, /no context "x" in .*"current"/],
  ['a URL that is none', { url: 'bg.example:8080' }, /"bg\.example:8080" is not a URL.*context "default"/],
  ['a token file that is not there', { url: 'http://a', token_file: '~/none' }, /no token file \/.*none/],
])('refuses %s, and names the place', (_name, content, message) => {
  write(configFile, content);
  expect(() => loadConfig({}, env)).toThrow(message);
});

it('refuses what is wrong in flags and environment', () => {
  expect(() => loadConfig({ context: 'x' }, env)).toThrow(/no context "x".*--context/);
  expect(() => loadConfig({ url: 'ftp://x' }, env)).toThrow(/not a URL \(it is from --url\)/);
  const broken = { ...env, BREAKGLASS_TOKEN: 'Bearer s3cret\n' };
  expect(() => loadConfig({}, broken)).toThrow(/BREAKGLASS_TOKEN/);
  expect(() => loadConfig({}, broken)).not.toThrow(/s3cret/);
});

it('asks for the production build of what it loads, unless something else is asked for', () => {
  const bare: Record<string, string | undefined> = {};
  forProduction(bare);
  expect(bare).toEqual({ NODE_ENV: 'production' });
  const set = { NODE_ENV: 'test' };
  forProduction(set);
  expect(set).toEqual({ NODE_ENV: 'test' });
});

it('reads how the terminal wants it', () => {
  expect(loadConfig({}, { ...env, NO_COLOR: '1', TERM: 'dumb', LANG: 'C' })).toMatchObject({
    color: false,
    term: 'dumb',
    unicode: false,
  });
  expect(loadConfig({}, { ...env, NO_COLOR: '', LANG: 'en_GB.UTF-8' })).toMatchObject({
    color: true,
    unicode: true,
  });
});
