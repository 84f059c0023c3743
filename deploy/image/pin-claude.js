// Writes a manifest and a lock file that install the claude CLI alone, in the version and with the checksums that
// the repository's lock file has: what was tested is what is installed.
// Usage: pin-claude.js REPOSITORY DIRECTORY
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = '@anthropic-ai/claude-code';
const [repository, directory] = process.argv.slice(2);
const { lockfileVersion, packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8'));

const entries = Object.entries(packages)
  .filter(([path]) => path.startsWith(`node_modules/${NAME}`))
  .map(([path, { dev, devOptional, ...entry }]) => [path, entry]);
const manifest = {
  name: 'breakglass-claude',
  version: '0.0.0',
  private: true,
  type: 'module',
  dependencies: { [NAME]: packages[`node_modules/${NAME}`].version },
};
const { name, version, dependencies } = manifest;
const lock = {
  name,
  version,
  lockfileVersion,
  requires: true,
  packages: { '': { name, version, dependencies }, ...Object.fromEntries(entries) },
};

write('package.json', { ...manifest, allowScripts: { [NAME]: true } });
write('package-lock.json', lock);

function write(file, content) {
  writeFileSync(join(directory, file), `${JSON.stringify(content, null, 2)}\n`);
}
