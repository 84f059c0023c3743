import { Bash } from 'just-bash';
import { diskCommands } from './commands/disk.ts';
import { gapCommands } from './commands/emulator-gaps.ts';
import { killCommands } from './commands/kill.ts';
import { logCommands } from './commands/logs.ts';
import { memoryCommands } from './commands/memory.ts';
import { psCommand } from './commands/ps.ts';
import { wrapperCommands } from './commands/sudo.ts';
import { systemCommands } from './commands/system.ts';
import { systemctlCommand } from './commands/systemctl.ts';
import { topCommand } from './commands/top.ts';
import { uptimeCommands } from './commands/uptime.ts';
import type { Machine } from './machine.ts';

const LONGEST_COMMAND_MS = 120_000;

/**
 * The shell of the simulated VM: an emulator with its own in-memory file system and without network. It has no
 * way to the machine that runs the lab, neither to its files nor to its processes.
 */
export function createShell(machine: Machine): Bash {
  return new Bash({
    fs: machine.disk.fs,
    cwd: '/home/breakglass',
    env: {
      HOME: '/home/breakglass',
      USER: 'breakglass',
      LOGNAME: 'breakglass',
      SHELL: '/bin/bash',
      LANG: 'C.UTF-8',
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    },
    customCommands: [
      ...memoryCommands(machine),
      ...diskCommands(machine),
      ...logCommands(machine),
      ...uptimeCommands(machine),
      ...killCommands(machine),
      ...systemCommands(machine),
      ...wrapperCommands(),
      ...gapCommands(),
      psCommand(machine),
      topCommand(machine),
      systemctlCommand(machine),
    ],
    executionLimits: { maxExecutionTimeMs: LONGEST_COMMAND_MS },
    processInfo: { pid: 4_711, ppid: 4_710, uid: 1001, gid: 1001 },
    // It patches globals while a script runs, and the lab shares its process with the daemon. Nothing here
    // runs foreign JavaScript, which is what it guards against.
    defenseInDepth: false,
  });
}
