import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * An `ssh` that runs a bash script instead of connecting: `$host` is the alias, `$command` what would have
 * run there. For tests of what lies on this side of ssh; the others have a real server.
 * @returns the PATH to run with
 */
export async function fakeSsh(directory: string, script: string): Promise<string> {
  const program = [
    '#!/bin/bash',
    // The options come first, up to `--`, then the alias, then the command.
    'while [ "$1" != -- ]; do shift; done; shift',
    'host=$1; shift; command="$*"',
    script,
    '',
  ];
  await writeFile(join(directory, 'ssh'), program.join('\n'), { mode: 0o755 });
  return `${directory}:${process.env['PATH']}`;
}
