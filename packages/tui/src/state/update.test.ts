import type { Event, SessionSummary, VmState } from '@breakglass/shared';
import { expect, it } from 'vitest';
import { sanitize } from '../text/sanitize.ts';
import type { Action } from './action.ts';
import { DEAF_MS } from './confirmation.ts';
import type { Effect, Message } from './message.ts';
import { visibleLines } from './panes.ts';
import { focusOf, initialScreen, type Screen } from './screen.ts';
import { newLines } from './scrolling.ts';
import { ARMED_MS } from './turns.ts';
import { update } from './update.ts';

const NOW = Date.parse('2026-11-22T03:00:00Z');
const ID = '3f2a1c04-0000-4000-8000-000000000000';
const vm: VmState = {
  target: { id: '102', name: 'devvm', simulated: false },
  state: 'running',
  observed_at: new Date(NOW).toISOString(),
  problem: null,
  running_verb: null,
};
const summary: SessionSummary = {
  session_id: ID,
  title: 'oom',
  created_at: new Date(NOW).toISOString(),
  last_event_at: null,
  last_event_id: -1,
  turn: 'idle',
  attached: 0,
};
type Body = Event extends infer E ? (E extends Event ? Omit<E, 'id' | 'ts'> : never) : never;

/** A screen that is driven by messages, and what it asked for. */
function drive(...messages: Message[]) {
  let screen: Screen = initialScreen({ session: null, fresh: false }, NOW);
  const effects: Effect[] = [];
  let id = 0;
  const driver = {
    tell(...more: Message[]) {
      for (const message of more) {
        const next = update(screen, message);
        screen = next.state;
        effects.push(...next.effects);
      }
      return driver;
    },
    act: (action: Action, now = NOW) => driver.tell({ type: 'action', action, now }),
    type: (text: string, now = NOW) =>
      driver.tell(...[...text].map((letter) => ({ type: 'typed', text: letter, now }) as const)),
    log(...bodies: Body[]) {
      const changes = bodies.map((body) => {
        const event = { ...body, id: id++, ts: new Date(NOW).toISOString() } as Event;
        return { type: 'event', event } as const;
      });
      return driver.tell({ type: 'attached', changes, now: NOW });
    },
    screen: () => screen,
    effects: () => effects.splice(0),
    notice: () => screen.notice?.text ?? '',
  };
  return driver.tell(...messages);
}

const attached = () => drive({ type: 'opened', id: ID, title: null }, { type: 'vm', vm });
/** A confirmation that listens. */
const asked = (action: Action) =>
  attached()
    .act(action)
    .tell({ type: 'confirm-painted', now: NOW - DEAF_MS });

it('sends what was typed, once, and remembers it', () => {
  const screen = attached().type('why?').act('send');
  expect(screen.effects()).toEqual([{ type: 'prompt', session: ID, text: 'why?' }]);
  expect(screen.screen().composer).toMatchObject({ text: '', history: ['why?'] });
  expect(screen.type('again').act('send').effects()).toEqual([]);
});

it('keeps the draft while a turn runs, and says why it was not sent', () => {
  const screen = attached().log({ kind: 'user', text: 'theirs' }).type('mine').act('send');
  expect(screen.effects()).toEqual([]);
  expect(screen.screen().composer.text).toBe('mine');
  expect(screen.notice()).toContain('a turn is running');
});

it('gives a prompt back that the daemon did not take', () => {
  const failure = { why: sanitize('too many turns'), hint: sanitize('wait') };
  const screen = attached()
    .type('mine')
    .act('send')
    .tell({ type: 'prompt-refused', text: 'mine', failure, unsure: false });
  expect(screen.screen()).toMatchObject({ composer: { text: 'mine' }, sending: null });
  expect(screen.notice()).toBe('too many turns: wait');
});

it('says of a prompt without an answer that it may have been sent, and takes its draft away when it was', () => {
  const failure = { why: sanitize('no answer within 10 s'), hint: sanitize('') };
  const refused = { type: 'prompt-refused', text: 'mine', failure, unsure: true } as const;
  const screen = attached().type('mine').act('send').tell(refused);
  expect(screen.screen()).toMatchObject({ composer: { text: 'mine' }, sending: null });
  expect(screen.notice()).toMatch(/^it may have been sent: look before you send again .*no answer/);
  screen.log({ kind: 'user', text: 'mine' });
  expect(screen.screen()).toMatchObject({ composer: { text: '' }, unsure: null });
});

it('sends, cancels and believes nothing while the link is down', () => {
  const down: Message = {
    type: 'attached',
    changes: [{ type: 'link', link: { state: 'waiting', retryAt: NOW, why: sanitize('lost') } }],
    now: NOW,
  };
  const screen = attached().log({ kind: 'user', text: 'theirs' }).tell(down).type('mine').act('send');
  expect(screen.notice()).toBe('no link: not sent, the draft is kept');
  expect(screen.screen().composer.text).toBe('mine');
  screen.act('cancel-turn');
  expect(screen.notice()).toContain('no link: nothing was cancelled');
  expect(screen.act('escape-turn').act('escape-turn').effects()).toEqual([]);
  screen.tell({ type: 'attached', changes: [{ type: 'link', link: { state: 'live' } }], now: NOW });
  expect(screen.act('cancel-turn').effects()).toEqual([{ type: 'cancel', session: ID }]);
});

it('forgets what it said of a running verb when that ends', () => {
  const screen = asked('confirm-cycle').act('yes').act('confirm-reset');
  expect(screen.notice()).toContain('cycle is running');
  const result = { verb: 'cycle', exit_code: 0, stdout: '', stderr: '', rejected: false };
  expect(screen.tell({ type: 'job-ended', job: 1, result, now: NOW }).notice()).toBe('');
});

it('answers a verb with the refusal where the daemon lets nobody in', () => {
  const failure = { why: sanitize('The credentials are wrong.'), hint: sanitize(''), refused: true };
  const screen = drive({ type: 'open-failed', failure, retryAt: null }).act('confirm-cycle');
  expect(screen.notice()).toBe('refused: The credentials are wrong.');
});

it('refuses a prompt over 64 KiB and keeps it', () => {
  const screen = attached()
    .tell({ type: 'pasted', text: 'é'.repeat(40_000), now: NOW })
    .act('send');
  expect(screen.effects()).toEqual([]);
  expect(screen.screen().composer.text).toHaveLength(40_000);
});

it('never sends a paste, and takes control sequences out of it', () => {
  const screen = attached().tell({ type: 'pasted', text: 'one\r\ntwo\r\x1b[2J', now: NOW });
  expect(screen.effects()).toEqual([]);
  expect(screen.screen().composer.text).toBe('one\ntwo\n');
});

it('takes a paste only in the prompt line', () => {
  const screen = attached().act('open-panel').tell({ type: 'pasted', text: 'c', now: NOW });
  expect(screen.screen().composer.text).toBe('');
  expect(screen.notice()).toContain('paste ignored');
});

it('makes a new line of a backslash and Enter', () => {
  expect(attached().type('one\\').act('send').screen().composer.text).toBe('one\n');
});

it('does not send an unknown command', () => {
  const screen = attached().type('/nonsense').act('send');
  expect(screen.effects()).toEqual([]);
  expect(screen.notice()).toContain('/nonsense');
  expect(screen.screen().composer.text).toBe('/nonsense');
});

it('runs a preset by command, and by key without touching the draft', () => {
  expect(attached().type('/disk').act('send').effects()).toMatchObject([
    { type: 'prompt', text: expect.stringMatching(/full disk/) },
  ]);
  expect(attached().type('draft').act('preset-memory').screen().composer.text).toBe('draft');
});

it('cancels the turn at the second Escape within its time, and not later', () => {
  const running = () => attached().log({ kind: 'user', text: 'x' }).act('escape-turn');
  expect(running().effects()).toEqual([]);
  expect(running().notice()).toContain('cancels the turn');
  expect(
    running()
      .act('escape-turn', NOW + ARMED_MS - 1)
      .effects(),
  ).toEqual([{ type: 'cancel', session: ID }]);
  expect(
    running()
      .act('escape-turn', NOW + ARMED_MS)
      .effects(),
  ).toEqual([]);
  expect(running().type('a').act('escape-turn').effects()).toEqual([]);
});

it('clears a draft with Ctrl-C, then arms; the second cancels the turn', () => {
  const screen = attached().log({ kind: 'user', text: 'x' }).type('draft').act('interrupt');
  expect(screen.screen().composer.text).toBe('');
  expect(screen.act('interrupt').effects()).toEqual([]);
  expect(screen.act('interrupt').effects()).toEqual([{ type: 'cancel', session: ID }]);
});

it('detaches at the second Ctrl-C when idle, and with the detach key at once, even unattached', () => {
  expect(attached().act('interrupt').act('interrupt').effects()).toEqual([{ type: 'exit' }]);
  expect(drive().act('detach').effects()).toEqual([{ type: 'exit' }]);
});

it('swallows an unknown key after the leader', () => {
  const screen = attached().act('leader').type('z');
  expect(screen.screen()).toMatchObject({ leader: false, composer: { text: '' } });
});

it('asks before a mutating verb, and runs it on y', () => {
  const screen = asked('confirm-cycle');
  expect(focusOf(screen.screen())).toBe('confirm');
  expect(screen.effects()).toEqual([]);
  expect(screen.act('yes').effects()).toEqual([{ type: 'run-verb', verb: 'cycle', job: 1 }]);
  expect(screen.screen()).toMatchObject({
    confirmation: null,
    dialog: { type: 'panel' },
    job: { verb: 'cycle' },
  });
});

it.each<[string, Message]>([
  ['another letter', { type: 'typed', text: 'x', now: NOW }],
  ['Enter', { type: 'unbound', key: 'enter', now: NOW }],
  ['the leader', { type: 'unbound', key: 'ctrl+x', now: NOW }],
  ['n', { type: 'action', action: 'no', now: NOW }],
])('takes %s for no', (_, message) => {
  const screen = asked('confirm-cycle').tell(message);
  expect(screen.effects()).toEqual([]);
  expect(screen.screen()).toMatchObject({ confirmation: null, job: null });
});

it('hears nothing before it was painted, nor for 500 ms after', () => {
  const screen = attached().act('confirm-cycle').act('yes').act('no');
  expect(screen.screen().confirmation).not.toBeNull();
  screen.tell({ type: 'confirm-painted', now: NOW }).act('yes', NOW + DEAF_MS - 1);
  expect(screen.effects()).toEqual([]);
  expect(screen.act('yes', NOW + DEAF_MS).effects()).toMatchObject([{ type: 'run-verb' }]);
});

it('ignores pastes while it asks', () => {
  const screen = asked('confirm-stop').tell({ type: 'pasted', text: 'devvm', now: NOW });
  expect(screen.screen().confirmation).toMatchObject({ typed: '' });
  expect(screen.act('accept').effects()).toEqual([]);
});

it('stops the VM only by its name', () => {
  expect(asked('confirm-stop').type('y').act('accept').effects()).toEqual([]);
  expect(
    asked('confirm-stop')
      .type('devvn')
      .tell({ type: 'unbound', key: 'backspace', now: NOW })
      .type('m')
      .act('accept')
      .effects(),
  ).toMatchObject([{ type: 'run-verb', verb: 'stop' }]);
});

it('wants the name for any verb where there are several VMs', () => {
  const targets = [vm.target, { ...vm.target, id: '103', name: 'other' }];
  const screen = attached().tell({ type: 'targets', targets }).act('confirm-reset');
  expect(focusOf(screen.screen())).toBe('confirm-name');
});

it('does not ask about a VM that it does not know', () => {
  const screen = drive().act('confirm-cycle');
  expect(screen.screen().confirmation).toBeNull();
  expect(screen.effects()).toEqual([{ type: 'look-at-vm' }]);
});

it('lets a hanging status never stand in the way of cycle, but one cycle in that of another', () => {
  const screen = attached()
    .act('run-status')
    .act('confirm-cycle')
    .tell({ type: 'confirm-painted', now: NOW - DEAF_MS })
    .act('yes');
  expect(screen.effects()).toMatchObject([
    { verb: 'status', job: 1 },
    { verb: 'cycle', job: 2 },
  ]);
  screen.tell({ type: 'job-output', job: 1, output: { stream: 'stdout', text: 'late\n' } });
  expect(screen.screen().job?.lines).toEqual([]);
  expect(screen.act('confirm-reset').screen().confirmation).toBeNull();
});

it('leaves the panel while a job goes on, says so, and tells its end', () => {
  const screen = asked('confirm-cycle').act('yes').act('back');
  expect(screen.screen().dialog).toBeNull();
  expect(screen.notice()).toContain('cycle goes on');
  const result = {
    verb: 'cycle',
    exit_code: 0,
    stdout: '',
    stderr: '',
    rejected: false,
    outcome: 'It runs.',
  };
  expect(screen.tell({ type: 'job-ended', job: 1, result, now: NOW }).notice()).toContain('It runs.');
});

it('opens the power panel by itself where there is no session, and tries again when it is time', () => {
  const failure = { why: sanitize('unreachable'), hint: sanitize('') };
  const screen = drive({ type: 'open-failed', failure, retryAt: NOW + 5000 });
  expect(screen.screen().dialog?.type).toBe('panel');
  expect(screen.tell({ type: 'tick', now: NOW + 4999 }).effects()).toEqual([]);
  expect(screen.tell({ type: 'tick', now: NOW + 5000 }).effects()).toMatchObject([
    { type: 'open' },
    { type: 'look-at-vm' },
  ]);
  expect(screen.tell({ type: 'tick', now: NOW + 6000 }).effects()).toEqual([]);
  expect(screen.act('retry').act('retry').effects()).toEqual([]);
  screen.tell({ type: 'open-failed', failure, retryAt: null });
  const retried = [{ type: 'open' }, { type: 'look-at-vm' }];
  expect(screen.act('retry').act('retry').effects()).toMatchObject(retried);
  expect(screen.tell({ type: 'opened', id: ID, title: null }).screen()).toMatchObject({
    failure: null,
    dialog: null,
  });
});

it('picks a session; the first row makes a new one', () => {
  const screen = attached().act('open-picker');
  expect(screen.effects()).toEqual([{ type: 'list-sessions' }]);
  const other = { ...summary, session_id: ID.replace('3', '4') };
  screen.tell({ type: 'sessions', sessions: [summary, other] });
  expect(screen.act('select-down').act('accept').screen()).toMatchObject({
    session: { id: other.session_id },
    dialog: null,
  });
  screen.act('open-picker').tell({ type: 'sessions', sessions: [] }).effects();
  expect(screen.act('select-up').act('accept').effects()).toEqual([{ type: 'create-session' }]);
});

it('closes the picker where the sessions can not be listed', () => {
  const failure = { why: sanitize('no log'), hint: sanitize('') };
  const screen = attached().act('open-picker').tell({ type: 'failed', failure });
  expect(screen.screen().dialog).toBeNull();
  expect(screen.notice()).toBe('no log');
});

it('starts another session empty, and keeps the draft', () => {
  const screen = attached()
    .log({ kind: 'text', text: 'old' })
    .type('draft')
    .tell({ type: 'opened', id: ID.replace('3', '4'), title: null });
  expect(screen.screen()).toMatchObject({ composer: { text: 'draft' }, transcript: { lastId: null } });
});

it('shows a log again from its start after the daemon lost it', () => {
  const screen = attached().log({ kind: 'text', text: 'old' });
  screen.tell({ type: 'attached', changes: [{ type: 'log-reset' }], now: NOW });
  expect(screen.screen().transcript.lastId).toBeNull();
  expect(screen.notice()).toContain('lost its log');
});

it('reads back with the draft kept, and comes back', () => {
  const screen = attached().tell({ type: 'resized', columns: 40, rows: 15 });
  screen
    .log({ kind: 'text', text: 'line\n\n'.repeat(50) })
    .type('draft')
    .act('read');
  expect(screen.screen()).toMatchObject({
    reading: true,
    viewport: { follow: false },
    composer: { text: 'draft' },
  });
  expect(screen.act('back').screen()).toMatchObject({ reading: false, viewport: { follow: true } });
});

it('counts the lines that came while reading', () => {
  const screen = attached().tell({ type: 'resized', columns: 40, rows: 15 });
  screen.log({ kind: 'text', text: 'line\n\n'.repeat(50) }).act('read');
  expect(newLines(screen.screen())).toBe(0);
  screen.log({ kind: 'error', error: 'one line' });
  expect(newLines(screen.screen())).toBe(2);
  expect(newLines(screen.act('follow').screen())).toBe(0);
});

it('goes to the top, and keeps following where all of it is on the screen', () => {
  const screen = attached().log({ kind: 'text', text: 'short' }).act('read').act('top');
  expect(screen.screen().viewport).toEqual({ follow: true });
  screen.log({ kind: 'text', text: 'line\n\n'.repeat(50) }).act('top');
  expect(screen.screen().viewport).toEqual({ follow: false, top: { entry: 0, line: 0 } });
});

it('unfolds the output on the screen, and folds it again', () => {
  const output = 'line\n'.repeat(20);
  const screen = attached().log(
    { kind: 'tool', call_id: 'c', name: 'Bash', input: { command: 'free' } },
    { kind: 'tool_result', call_id: 'c', output, is_error: false, bytes: 100, truncated: false },
  );
  expect(visibleLines(screen.act('read').screen()).length).toBeLessThan(8);
  expect(visibleLines(screen.act('unfold').screen()).length).toBeGreaterThan(15);
  expect(visibleLines(screen.act('unfold').screen()).length).toBeLessThan(8);
  expect(visibleLines(screen.act('unfold-all').screen()).length).toBeGreaterThan(15);
});

it('leaves the keys where they are when a session fails again, or while somebody types', () => {
  const failure = { why: sanitize('the log is full'), hint: sanitize('') };
  const failed = { type: 'open-failed', failure, retryAt: NOW } as const;
  const closed = drive(failed).act('back').tell(failed);
  expect(focusOf(closed.screen())).toBe('prompt');
  expect(closed.notice()).toContain('the log is full');
  const typing = drive().type('c').tell(failed);
  expect(focusOf(typing.screen())).toBe('prompt');
  expect(typing.notice()).toContain('^X p');
});

it('shows the output of a new job from its end, wherever the last one was scrolled to', () => {
  const screen = drive().act('open-panel').act('run-forensics');
  const output = { stream: 'stdout', text: 'line\n'.repeat(100) } as const;
  screen.tell({ type: 'job-output', job: 1, output }).act('page-up');
  expect(screen.screen().dialog).not.toMatchObject({ scroll: 0 });
  expect(screen.act('run-status').screen().dialog).toMatchObject({ scroll: 0 });
});

it('brings a prompt of somebody else back as what it looks like, and so that Enter sends it again', () => {
  const screen = attached().log({ kind: 'user', text: '/etc/fstab\u200b\u001b[31m' }, { kind: 'turn_end' });
  expect(screen.act('history-back').screen().composer.text).toBe('//etc/fstab');
  expect(screen.act('send').effects()).toMatchObject([{ type: 'prompt', text: '/etc/fstab' }]);
});

it('does not take a paste that would make each key slow', () => {
  const screen = drive().tell({ type: 'pasted', text: 'x'.repeat(300_000), now: NOW });
  expect(screen.screen().composer.text).toBe('');
  expect(screen.notice()).toContain('paste ignored');
});
