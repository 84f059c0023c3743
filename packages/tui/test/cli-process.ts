/** The client from its sources, as `bin/breakglass.js` runs it from its build. `attach` alone needs the build. */
import { main } from '../src/cli.ts';

process.exitCode = await main(process.argv);
