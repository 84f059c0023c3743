#!/usr/bin/env node
// Plain JavaScript that Node 12 can parse: see launch.js.
import('@breakglass/shared/launch').then(
  ({ launch }) =>
    launch({
      name: 'breakglassd',
      bin: import.meta.url,
      entry: new URL('../src/main.ts', import.meta.url),
      missing: 'its sources are missing: install it again',
    }),
  (error) => {
    process.stderr.write(
      `breakglassd: can't start (${error.message.split('\n')[0]}); run "npm ci" in its repository\n`,
    );
    process.exitCode = 1;
  },
);
