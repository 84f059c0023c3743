import type { EventBody } from '@breakglass/shared';
import { expect, it, vi } from 'vitest';
import { fakeDaemon, SESSION, summary } from '../../test/fake-daemon.ts';
import { runCli, startCli } from '../../test/run-cli.ts';

const text = (piece: string): EventBody => ({ kind: 'text', text: piece });
const end: EventBody = { kind: 'turn_end' };
const result = (is_error: boolean, said: string): EventBody => ({
  kind: 'result',
  is_error,
  result: said,
  duration_ms: 1500,
});

it('prints the turn and ends as it ends', async () => {
  const turn: EventBody[] = [
    text('Looking.'),
    { kind: 'tool', call_id: '1', name: 'Bash', input: { command: 'ssh devvm df' } },
    {
      kind: 'tool_result',
      call_id: '1',
      output: '/ 100%\n\u001b[31mfull\n',
      is_error: false,
      bytes: 9,
      truncated: false,
    },
    text('The disk '),
    text('is full.'),
    result(false, 'The disk is full.'),
    end,
  ];
  await using daemon = await fakeDaemon({ turn });
  const { code, stdout, stderr } = await runCli(daemon.url, ['ask', 'what is wrong?']);
  expect(stdout).toBe('Looking.\n$ ssh devvm df\n  / 100%\n  full\nThe disk is full.\n= done in 1.5 s\n');
  expect(stderr).toBe('session 3f2a1c00\n');
  expect(code).toBe(0);
});

it.each<[string, EventBody[], RegExp]>([
  [
    'failed',
    [result(true, 'the model does not answer'), end],
    /the model does not answer\n= failed in 1\.5 s/,
  ],
  ['had an error', [{ kind: 'error', error: 'no claude' }, end], /! no claude/],
  ['was cancelled', [{ kind: 'cancelled' }, end], /- cancelled by eve\n.*error: the turn was cancelled/s],
  ['was cut off', [text('I'), end], /I\n?error: the turn was cut off/],
])('exits 1 where the turn %s', async (_name, turn, shown) => {
  await using daemon = await fakeDaemon({ turn });
  const { code, stdout, stderr } = await runCli(daemon.url, ['ask', 'x']);
  expect(stdout + stderr.replace(/session \w+\n/, '')).toMatch(shown);
  expect(code).toBe(1);
});

it('shows only its own turn of a session that has a past', async () => {
  const log: EventBody[] = [{ kind: 'user', text: 'x' }, text('old'), end];
  await using daemon = await fakeDaemon({
    sessions: [summary(SESSION, { last_event_id: 2 })],
    log,
    turn: [text('new'), result(false, 'new'), end],
  });
  const { code, stdout } = await runCli(daemon.url, ['ask', 'x', '-s', '3f2a']);
  expect(stdout).toBe('new\n= done in 1.5 s\n');
  expect(code).toBe(0);
});

it('does not take the turn of somebody else for its own', async () => {
  const log: EventBody[] = [{ kind: 'user', text: 'theirs' }, text('theirs'), result(true, 'no'), end];
  const turn = [text('mine'), result(false, 'mine'), end];
  await using daemon = await fakeDaemon({ sessions: [summary(SESSION)], log, turn });
  const { code, stdout } = await runCli(daemon.url, ['ask', 'x', '-s', SESSION]);
  expect(stdout).toBe('mine\n= done in 1.5 s\n');
  expect(code).toBe(0);
});

it('prints events as lines of JSON, with what a terminal could act on escaped', async () => {
  await using daemon = await fakeDaemon({ turn: [text('\u001b[31m\u009b\u202e!'), result(false, 'x'), end] });
  const { stdout } = await runCli(daemon.url, ['--json', 'ask', '--', '-x']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { kind: 'user', text: '-x' },
    { kind: 'text', text: '\u001b[31m\u009b\u202e!' },
    { kind: 'result' },
    { kind: 'turn_end' },
  ]);
  expect(lines.join('')).toMatch(/^[^\p{Cc}\p{Bidi_Control}]*$/u);
});

it('starts a turn and leaves', async () => {
  await using daemon = await fakeDaemon({});
  const { code, stdout } = await runCli(daemon.url, ['ask', '--preset', 'disk', '--detach']);
  expect(stdout).toBe(`${SESSION}\n`);
  expect(code).toBe(0);
});

it('leaves at Ctrl-C, and says that the turn goes on and how to end it', async () => {
  await using daemon = await fakeDaemon({ turn: [text('working')] });
  const { child, seen, ended } = startCli(daemon.url, ['ask', 'x']);
  await expect.poll(() => seen.stdout).toContain('working');
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(stderr).toContain('the turn goes on: `breakglass logs -f 3f2a1c00`');
  expect(stderr).toContain('`breakglass cancel 3f2a1c00` ends it');
  expect(code).toBe(130);
  expect(daemon.requests.join()).not.toContain('cancel');
});

it('goes on after a lost connection', async () => {
  await using daemon = await fakeDaemon({ turn: [text('a')] });
  const { child, seen, ended } = startCli(daemon.url, ['ask', 'x']);
  await expect.poll(() => seen.stdout).toBe('a');
  daemon.dropConnections();
  await vi.waitFor(() => expect(seen.stderr).toMatch(/trying again\]\n\[connected again\]/), {
    timeout: 10_000,
  });
  child.kill('SIGINT');
  expect((await ended).stdout).toBe('a\n');
});

it.each([
  [5, ['ask', 'x'], { status: 409, type: 'turn-running', detail: 'A turn is running: wait or cancel it.' }],
  [2, ['ask', 'x'], { status: 413, type: 'too-large', detail: 'The prompt is too large.' }],
])('exits %i where the prompt is refused', async (expected, args, refusePrompt) => {
  await using daemon = await fakeDaemon({ refusePrompt });
  const { code, stderr } = await runCli(daemon.url, args);
  expect(stderr).toContain(`error: ${refusePrompt.detail}`);
  expect(code).toBe(expected);
});

it.each([
  ['nothing to ask', ['ask'], 'presets: triage'],
  ['an empty prompt', ['ask', '  '], 'presets: triage'],
  ['both a prompt and a preset', ['ask', 'x', '--preset', 'disk'], 'not both'],
  ['a preset that is none', ['ask', '--preset', 'dsk'], 'no preset "dsk"'],
])('exits 2 at %s, before it talks to anybody', async (_name, args, said) => {
  await using daemon = await fakeDaemon({});
  const { code, stderr } = await runCli(daemon.url, args);
  expect(stderr).toContain(said);
  expect(code).toBe(2);
  expect(daemon.requests).toEqual([]);
});
