import { type Command, defineCommand, latin1FromBytes } from 'just-bash';
import { answer, complaint } from '../answer.ts';

/** Wrappers that run the rest of their arguments: sudo, nice, ionice, nohup, setsid, stdbuf. */
export function wrapperCommands(): Command[] {
  return [
    wrapper('sudo', ['-u', '-g', '-U', '-p', '-C', '-h', '-r', '-t', '-D'], {
      USER: 'root',
      LOGNAME: 'root',
      HOME: '/root',
    }),
    wrapper('nice', ['-n']),
    wrapper('ionice', ['-c', '-n']),
    wrapper('nohup', []),
    wrapper('setsid', []),
    wrapper('stdbuf', ['-o', '-e', '-i']),
  ];
}

/** Options in `valued` take the next argument. Words like NAME=value before the command go to its environment. */
function wrapper(name: string, valued: string[], environment: Record<string, string> = {}): Command {
  return defineCommand(name, async (args, context) => {
    const { assignments, words } = split(args, valued);
    const [command, ...rest] = words;
    if (command === undefined) {
      return args.includes('-l') || args.includes('-v')
        ? answer(MAY_DO_ALL)
        : complaint(`usage: ${name} [options] command\n`);
    }
    if (context.exec === undefined) return complaint(`${name}: cannot run ${command}\n`, 126);
    return context.exec([...assignments.map(quoted), command].join(' '), {
      cwd: context.cwd,
      env: { ...context.exportedEnv, ...environment },
      args: rest,
      stdin: latin1FromBytes(context.stdin),
      stdinKind: 'bytes',
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
  });
}

/** `NAME=value` for a shell to read, whatever the value is. */
function quoted(assignment: string): string {
  const [name = '', ...value] = assignment.split('=');
  return `${name}='${value.join('=').replaceAll("'", "'\\''")}'`;
}

const MAY_DO_ALL = 'User breakglass may run the following commands on devvm-lab:\n    (ALL) NOPASSWD: ALL\n';

/** The wrapper's own options skipped; what is left are assignments and the command's words. */
function split(args: string[], valued: string[]): { assignments: string[]; words: string[] } {
  const assignments: string[] = [];
  let index = 0;
  for (; index < args.length; index += 1) {
    const word = args[index] ?? '';
    if (word === '--') return { assignments, words: args.slice(index + 1) };
    if (valued.includes(word)) index += 1;
    else if (/^\w+=/.test(word)) assignments.push(word);
    else if (!word.startsWith('-')) break;
  }
  return { assignments, words: args.slice(index) };
}
