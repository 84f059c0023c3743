import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { findAlive, findRunning, startDemo, stopDemo } from './demo-background.ts';
import { type DemoPlace, demoPlace, type LocalDaemon, PROGRAMS } from './demo-place.ts';
import { isStoryName, STORY_NAMES, type StoryName, storyOf } from './lab.ts';

const DEFAULT_STORY: StoryName = 'oom';

const USAGE = `npm run demo -- [--story NAME] [--foreground | --stop]

Starts a SIMULATED sick VM and its simulated PVE host, the daemon in the background, and attaches to it.
Nothing of it touches a real machine.

  --story NAME   what is wrong with the VM (default ${DEFAULT_STORY}); another story restarts the demo
${STORY_NAMES.map((name) => `                   ${name.padEnd(9)}${storyOf(name).title}`).join('\n')}
  --foreground   keep it in this terminal, without attaching; Ctrl-C ends it
  --stop         end the demo that runs in the background

Exit codes: the client's; 1 the demo could not start or stop; 2 wrong usage.
`;

process.exitCode = await main(process.argv.slice(2), process.env);

async function main(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = readArguments(args);
  if (typeof options === 'string') return fail(2, `${options}\n\n${USAGE}`);
  if (options.help) return print(USAGE);
  const place = demoPlace(env);
  if (options.stop) return stop(await findAlive(place));
  const running = await findRunning(place);

  if (running !== null && (options.foreground || (options.story ?? running.story) !== running.story)) {
    print(`Ending the demo of the story "${running.story}" first.\n`);
    if (!(await stopDemo(running))) return stillRuns(running);
  }
  const story = options.story ?? DEFAULT_STORY;
  const attach = !options.foreground && process.stdin.isTTY === true && process.stdout.isTTY === true;
  try {
    const keep = !options.foreground && (options.story === undefined || options.story === running?.story);
    if (running !== null && keep) return await welcome(running, attach, env);
    const started = await startDemo(place, env, { story, background: !options.foreground });
    const code = await welcome(started.local, attach, env);
    if (options.foreground) await untilTold(started.ended, place);
    return code;
  } catch (error) {
    return fail(1, error instanceof Error ? error.message : String(error));
  }
}

interface Arguments {
  story: StoryName | undefined;
  stop: boolean;
  foreground: boolean;
  help: boolean;
}

/** The arguments, or what is wrong with them. */
function readArguments(args: string[]): Arguments | string {
  const options = {
    story: { type: 'string' },
    stop: { type: 'boolean', default: false },
    foreground: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    const { story, ...flags } = parseArgs({ args, options }).values;
    if (story !== undefined && !isStoryName(story)) return `there is no story "${story}"`;
    return { story, ...flags };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function stop(running: LocalDaemon | null): Promise<number> {
  if (running === null) return print('No demo runs.\n');
  return (await stopDemo(running))
    ? print('The demo has ended. Its sessions are kept.\n')
    : stillRuns(running);
}

function stillRuns(running: LocalDaemon): number {
  return fail(
    1,
    `the demo (process ${running.pid}) still runs 20 s after it was told to end; try: kill ${running.pid}`,
  );
}

/** Says what runs, then attaches, or says how to. Resolves to the exit code. */
async function welcome(local: LocalDaemon, attach: boolean, env: NodeJS.ProcessEnv): Promise<number> {
  const story = isStoryName(local.story) ? storyOf(local.story) : null;
  const agent = local.agent === 'claude' ? 'Claude' : 'the built-in runbooks (no model)';
  print(
    `SIMULATED: a VM and a PVE host that exist only in this process. Story "${local.story}": ${story?.title ?? ''}.\n` +
      `Agent: ${agent}, because ${local.why}.\n` +
      `It keeps running when you detach. Come back: npx breakglass attach · End it: npm run demo -- --stop\n`,
  );
  if (!attach) return 0;
  const child = spawn(process.execPath, [PROGRAMS.client, 'attach'], {
    // Said outright, so that settings for a real daemon can't win over the demo's.
    env: { ...env, BREAKGLASS_URL: local.url, BREAKGLASS_TOKEN: local.token },
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

/** The terminal's Ctrl-C reaches the demo's process too; we only wait until it has tidied up. */
async function untilTold(ended: Promise<unknown>, place: DemoPlace): Promise<void> {
  print(`Ctrl-C ends it. Sessions are kept in ${place.dataDir}.\n`);
  process.on('SIGINT', () => undefined);
  await ended;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function fail(code: number, why: string): number {
  process.stderr.write(`demo: ${why}\n`);
  return code;
}
