import { VERB_EFFECTS, VERBS, type Verb } from '@breakglass/shared';
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './commands/context.ts';
import { watchStdout } from './commands/output.ts';
import { stop } from './commands/stop.ts';
import { version } from './commands/version.ts';
import { forProduction, loadConfig } from './config.ts';
import { EXIT, fail } from './exit.ts';
import { sanitizeLine } from './text/sanitize.ts';

interface GlobalOptions {
  context?: string;
  url?: string;
  tokenFile?: string;
  json?: boolean;
  /** Commander's reading of `--no-input`. */
  input: boolean;
}

const EXIT_CODES = `
Exit codes: 0 ok · 1 failed · 2 usage · 3 denied · 4 refused, nothing changed · 5 busy ·
            6 outcome unknown · 7 unreachable · 130 left by Ctrl-C
`;

/**
 * Runs one command of the client and gives its exit code. Each command's code is loaded only when it runs:
 * `--version` must not wait for an HTTP client, nor `ls` for a screen.
 * @param argv the whole `process.argv`
 */
export async function main(argv: readonly string[]): Promise<number> {
  watchStdout();
  let exitCode: number = EXIT.ok;
  const program = buildProgram(async (command) => {
    exitCode = await command(program.opts());
  });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return fail(error);
  }
}

/** What a command does, once the options that all commands share are known. */
type Runner = (command: (options: GlobalOptions) => Promise<number>) => Promise<void>;

function buildProgram(run: Runner): Command {
  const program = new Command('breakglass')
    .description('Attach to an agent that repairs a wedged VM; pull its plug when nothing else helps.')
    .version(`breakglass ${version()}`)
    .option('--context <name>', 'the daemon to talk to, by its name in the configuration file')
    .option('--url <url>', 'the daemon to talk to, by its URL')
    .option('--token-file <path>', 'where the token for it stands')
    .option('--json', 'print JSON on stdout; errors stay text, on stderr')
    .option('--no-input', 'never ask; what needs an answer fails')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(`breakglass --help` lists the commands)')
    .exitOverride();
  addSessionCommands(program, run);
  addAsk(program, run);
  addPower(program, run);
  program
    .command('version')
    .description('the version of this client')
    .action(() => {
      const { json } = program.opts<GlobalOptions>();
      process.stdout.write(
        json ? `${JSON.stringify({ version: version() })}\n` : `breakglass ${version()}\n`,
      );
    });
  return program;
}

function addSessionCommands(program: Command, run: Runner): void {
  program
    .command('attach')
    .description('follow a session on the whole screen: the running one, the last one, or a new one')
    .argument('[session]', 'its id, or the beginning of it')
    .option('--new', 'make a new session')
    .action((session: string | undefined, options: { new?: boolean }) =>
      run(
        withApi(async (context) => {
          const { attachCommand } = await import('./commands/attach.tsx');
          return attachCommand(context, { ...(session === undefined ? {} : { session }), ...options });
        }),
      ),
    );
  program
    .command('ls')
    .description('list the sessions')
    .action(() => run(withApi(async (context) => (await import('./commands/ls.ts')).ls(context))));
  program
    .command('new')
    .description('make a session and print its id')
    .action(() => run(withApi(async (context) => (await import('./commands/new.ts')).newSession(context))));
  program
    .command('logs')
    .description('print the log of a session')
    .argument('[session]', 'its id, or the beginning of it')
    .option('-f, --follow', 'go on with what comes', false)
    .action((session: string | undefined, { follow }: { follow: boolean }) =>
      run(
        withApi(async (context) => (await import('./commands/logs.ts')).logs(context, { session, follow })),
      ),
    );
  program
    .command('cancel')
    .description('end the running turn of the agent; the VM stays as it is')
    .argument('[session]', 'its id, or the beginning of it')
    .action((session?: string) =>
      run(withApi(async (context) => (await import('./commands/cancel.ts')).cancel(context, session))),
    );
}

function addAsk(program: Command, run: Runner): void {
  program
    .command('ask')
    .description('send one prompt, print its turn, and end as the turn ends')
    .argument('[prompt]', 'what to ask; put -- before one that begins with a dash')
    .option('-s, --session <session>', 'ask in this session instead of a new one')
    .option('--preset <name>', 'ask what a preset asks: triage, memory, disk, services, qemu')
    .option('--model <model>', 'the model that answers')
    .option('--detach', 'start the turn and leave', false)
    .action(
      (
        prompt: string | undefined,
        options: { session?: string; preset?: string; model?: string; detach: boolean },
      ) =>
        run(
          withApi(async (context) => {
            const { ask } = await import('./commands/ask.ts');
            const { session, preset, model, detach } = options;
            return ask(context, { prompt, session, preset, model, detach });
          }),
        ),
    );
}

function addPower(program: Command, run: Runner): void {
  program
    .command('pve')
    .description('run a power verb: status, forensics, start, stop, reset, cycle; "verbs" explains them')
    .argument('<verb>')
    .option('--yes', 'do not ask for a confirmation', false)
    .addHelpText('after', () => `\nVerbs:\n${VERBS.map(verbHelp).join('')}`)
    .action((verb: string, { yes }: { yes: boolean }) =>
      run(withApi(async (context) => (await import('./commands/pve.ts')).pve(context, verb, { yes }))),
    );
  program
    .command('stop', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(() => stop());
}

function verbHelp(verb: Verb): string {
  return `  ${verb.padEnd(11)}${VERB_EFFECTS[verb]}\n`;
}

/** A command that talks to the daemon. The connection is closed behind it, however it ends. */
function withApi(command: (context: CommandContext) => Promise<number>) {
  return async ({ json = false, input, ...flags }: GlobalOptions): Promise<number> => {
    const config = loadConfig(flags);
    forProduction();
    for (const warning of config.warnings) process.stderr.write(`warning: ${sanitizeLine(warning)}\n`);
    const { createApi } = await import('./client/api.ts');
    const lookAgain = flags.tokenFile === undefined ? (config.lookAgain ?? undefined) : undefined;
    const api = createApi({ ...config, lookAgain, userAgent: `breakglass/${version()}` });
    try {
      return await command({ config, api, json, noInput: !input });
    } finally {
      await api.close();
    }
  };
}
