import type { Event, SessionSummary, VerbResult, VmState } from '@breakglass/shared';
import { render } from 'ink-testing-library';
import { expect, it, vi } from 'vitest';
import type { Api } from '../client/api.ts';
import { ApiError } from '../client/api-error.ts';
import { systemClock } from '../client/clock.ts';
import { findWanted } from '../commands/wanted-session.ts';
import { DEAF_MS } from '../state/confirmation.ts';
import { initialScreen } from '../state/screen.ts';
import { createStore } from '../state/store.ts';
import { update } from '../state/update.ts';
import { App } from './App.tsx';

const ID = '3f2a1c04-0000-4000-8000-000000000000';
const target = { id: '102', name: 'devvm', simulated: true };
const vm: VmState = {
  target,
  state: 'running',
  observed_at: new Date().toISOString(),
  problem: null,
  running_verb: null,
};
const DONE: VerbResult = {
  verb: 'cycle',
  exit_code: 0,
  stdout: '',
  stderr: '',
  rejected: false,
  outcome: 'The VM runs again.',
};
type Body = Event extends infer E ? (E extends Event ? Omit<E, 'id' | 'ts'> : never) : never;

/** A daemon in this process: the seam is `Api`, its stream is real SSE text. */
function fakeDaemon() {
  const prompts: string[] = [];
  const verbs: string[] = [];
  const cancels: string[] = [];
  const sessions: SessionSummary[] = [];
  const encoder = new TextEncoder();
  let frames: Uint8Array[] = [];
  let grown = Promise.withResolvers<void>();
  let id = 0;
  const push = (frame: string) => {
    frames = [...frames, encoder.encode(frame)];
    grown.resolve();
    grown = Promise.withResolvers();
  };
  async function* stream(signal: AbortSignal) {
    const left = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => left.resolve());
    for (let next = 0; !signal.aborted; ) {
      const frame = frames[next];
      if (frame === undefined) await Promise.race([grown.promise, left.promise]);
      else {
        next += 1;
        yield frame;
      }
    }
  }
  const api: Api = {
    url: 'http://127.0.0.1:1',
    createSession: async () => ID,
    listSessions: async () => sessions,
    prompt: async (_, { prompt }) => void prompts.push(prompt),
    cancel: async (session) => cancels.push(session) > 0,
    verbs: async () => ({ verbs: ['cycle'], mutating: ['cycle'], targets: [target] }),
    vmState: async () => vm,
    ready: () => Promise.reject(new Error('not asked for')),
    runVerb: async (verb, options) => {
      verbs.push(verb);
      options?.onOutput?.({ stream: 'stdout', text: 'stop: gone\n' });
      return DONE;
    },
    openStream: async (_, __, signal) => stream(signal),
    close: async () => {},
  };
  const log = (body: Body) => {
    const event = { ...body, id: id++, ts: new Date().toISOString() };
    push(`id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  const caughtUp = () => push('event: caught-up\ndata: {}\n\n');
  return { api, prompts, verbs, cancels, sessions, log, caughtUp };
}

/** The whole screen, drawn into a string of 100 columns and 24 rows. */
function show(api: Api) {
  const clock = { ...systemClock, ahead: 0, now: () => Date.now() + clock.ahead };
  const store = createStore(initialScreen({ session: null, fresh: false }, clock.now()), update);
  const app = render(<App store={store} api={api} clock={clock} find={findWanted} />);
  store.dispatch({ type: 'started' });
  return {
    clock,
    type: (keys: string) => app.stdin.write(keys),
    shows: (text: string | RegExp) => vi.waitFor(() => expect(app.lastFrame()).toMatch(text), 10_000),
    lacks: (text: string) => vi.waitFor(() => expect(app.lastFrame()).not.toContain(text), 10_000),
    frames: () => app.frames.length,
    [Symbol.dispose]: () => app.unmount(),
  };
}

it('makes a session, sends a prompt and streams the answer', async () => {
  const daemon = fakeDaemon();
  daemon.caughtUp();
  using screen = show(daemon.api);
  await screen.shows('live');
  screen.type('why?\r');
  await expect.poll(() => daemon.prompts).toEqual(['why?']);
  daemon.log({ kind: 'user', text: 'why?', operator: 'anna' });
  await screen.shows('anna ❯ why?');
  daemon.log({ kind: 'tool', call_id: 'c', name: 'Bash', input: { command: 'ssh devvm free -m' } });
  await screen.shows('▸ Bash  ssh devvm free -m');
  daemon.log({
    kind: 'tool_result',
    call_id: 'c',
    output: 'Mem: 7964\x1b[2J',
    is_error: false,
    bytes: 9,
    truncated: false,
  });
  await screen.shows('│ Mem: 7964');
  daemon.log({ kind: 'text', text: 'Out of ' });
  daemon.log({ kind: 'text', text: '**memory**.' });
  await screen.shows('Out of memory.');
});

it('paints a replay of thousands of events in a few frames', async () => {
  const daemon = fakeDaemon();
  for (let turn = 0; turn < 3000; turn += 1) daemon.log({ kind: 'text', text: `line ${turn}\n\n` });
  daemon.caughtUp();
  using screen = show(daemon.api);
  await screen.shows('line 2999');
  await screen.shows('live');
  expect(screen.frames()).toBeLessThan(60);
});

it('cycles from the panel after a confirmation that was read', async () => {
  const daemon = fakeDaemon();
  daemon.caughtUp();
  using screen = show(daemon.api);
  await screen.shows(/devvm \(VM 102\)/);
  screen.type('\x18p');
  await screen.shows('the recovery');
  screen.type('c');
  await screen.shows('CYCLE devvm');
  screen.type('y');
  screen.clock.ahead += DEAF_MS * 2;
  expect(daemon.verbs).toEqual([]);
  screen.type('y');
  await screen.shows('The VM runs again.');
  await screen.shows('stop: gone');
  expect(daemon.verbs).toEqual(['cycle']);
  screen.type('q');
  await screen.lacks('Power: devvm');
});

it('opens the power panel with the reason when no session can be reached', async () => {
  const daemon = fakeDaemon();
  let down = true;
  const listSessions = async () => {
    if (down)
      throw new ApiError('unreachable', 'the log does not answer', {
        hint: 'look at the disk',
        retryable: true,
      });
    return [];
  };
  daemon.caughtUp();
  using screen = show({ ...daemon.api, listSessions });
  await screen.shows('No session: the log does not answer; look at the disk');
  await screen.shows('the recovery');
  screen.type('i');
  await expect.poll(() => daemon.verbs).toEqual(['status']);
  down = false;
  screen.type('\r');
  await screen.shows('live');
});

it('keeps the reason in sight where the daemon lets nobody in, also after the panel was closed', async () => {
  const daemon = fakeDaemon();
  const refuse = () => Promise.reject(new ApiError('denied', 'The credentials are wrong.'));
  using screen = show({ ...daemon.api, listSessions: refuse, verbs: refuse, vmState: refuse });
  await screen.shows('the recovery');
  screen.type('q');
  await screen.lacks('the recovery');
  await screen.shows('No session: The credentials are wrong.');
  screen.type('\x18c');
  await screen.shows('refused: The credentials are wrong.');
});

it('cancels the turn at Esc Esc', async () => {
  const daemon = fakeDaemon();
  daemon.log({ kind: 'user', text: 'x' });
  daemon.caughtUp();
  using screen = show(daemon.api);
  await screen.shows('Esc Esc cancel turn');
  screen.type('\x1b');
  await screen.shows('cancels the turn, not the VM');
  screen.type('\x1b');
  await expect.poll(() => daemon.cancels).toEqual([ID]);
});

it('draws a paste as a draft and does not send it', async () => {
  const daemon = fakeDaemon();
  daemon.caughtUp();
  using screen = show(daemon.api);
  await screen.shows('live');
  screen.type('\x1b[200~first\rsecond\r\x1b[201~');
  await screen.shows(/❯ first\n {2}second/);
  expect(daemon.prompts).toEqual([]);
});

it('lets choose where no session is recent', async () => {
  const daemon = fakeDaemon();
  const old = new Date(Date.now() - 48 * 3600 * 1000).toISOString();
  daemon.sessions.push({
    session_id: ID,
    title: 'last week',
    created_at: old,
    last_event_at: old,
    last_event_id: 4,
    turn: 'idle',
    attached: 0,
  });
  daemon.caughtUp();
  using screen = show(daemon.api);
  await screen.shows('▸ new session');
  screen.type('j');
  await screen.shows('▸ 3f2a1c04  last week');
  screen.type('\r');
  await screen.shows('live');
});

it('is not moved to another session by an answer that comes after one was made', async () => {
  const daemon = fakeDaemon();
  daemon.caughtUp();
  const late = Promise.withResolvers<SessionSummary[]>();
  using screen = show({ ...daemon.api, listSessions: () => late.promise });
  await screen.shows('looking for a session');
  screen.type('\x18n');
  await screen.shows('live');
  const now = new Date().toISOString();
  const other = { session_id: 'aaaaaaaa-0000-4000-8000-000000000000', title: 'other', created_at: now };
  late.resolve([{ ...other, last_event_at: now, last_event_id: 4, turn: 'running', attached: 0 }]);
  daemon.log({ kind: 'text', text: 'still here' });
  await screen.shows('still here');
  await screen.lacks('aaaaaaaa');
});
