#!/usr/bin/env node
// Plain JavaScript that Node 12 can parse: see launch.js.
import('@breakglass/shared/launch').then(
  ({ launch }) =>
    launch({
      name: 'breakglass',
      bin: import.meta.url,
      entry: new URL('../dist/cli.js', import.meta.url),
      missing: 'not built: run "npm run build" in its repository',
    }),
  (error) => {
    process.stderr.write(
      `breakglass: can't start (${error.message.split('\n')[0]}); run "npm ci" in its repository\n`,
    );
    process.exitCode = 1;
  },
);
