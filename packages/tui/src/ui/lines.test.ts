import type { SessionSummary, VmState } from '@breakglass/shared';
import { expect, it } from 'vitest';
import { confirmationOf } from '../state/confirmation.ts';
import { panesOf } from '../state/panes.ts';
import { startJob } from '../state/power-job.ts';
import { initialScreen, type Screen } from '../state/screen.ts';
import { emptyTranscript } from '../state/transcript.ts';
import { type Line, lineWidth } from '../text/line.ts';
import { sanitize } from '../text/sanitize.ts';
import { confirmLines } from './confirm-lines.ts';
import { footerLine } from './footer-line.ts';
import { headerLines } from './header-lines.ts';
import { helpLines, helpPage } from './help-lines.ts';
import { BINDINGS, chordLabel } from './keys.ts';
import { noticeLines } from './notice-line.ts';
import { panelLines } from './panel-lines.ts';
import { pickerLines } from './picker-lines.ts';

/** What stands on the screen beside the transcript. */

const NOW = Date.parse('2026-11-22T03:00:00Z');
const at = (ms: number) => new Date(NOW + ms).toISOString();
const vm: VmState = {
  target: { id: '102', name: 'devvm', simulated: true },
  state: 'running',
  observed_at: at(-2000),
  problem: null,
  running_verb: null,
};
const base: Screen = {
  ...initialScreen({ session: null, fresh: false }, NOW),
  session: { id: '3f2a1c04-0000-4000-8000-000000000000', title: sanitize('oom on devvm') },
  link: { state: 'live' },
  vm,
};
const running: Screen = {
  ...base,
  transcript: {
    ...emptyTranscript,
    turn: { running: true, startedAt: at(-42_000), tool: sanitize('ssh devvm free') },
  },
};
const summary: SessionSummary = {
  session_id: '3f2a1c04-0000-4000-8000-000000000000',
  title: 'oom on devvm',
  created_at: at(-60_000),
  last_event_at: null,
  last_event_id: -1,
  turn: 'running',
  attached: 2,
};
const words = (lines: readonly Line[]) =>
  lines.map((line) => line.map(({ text }) => text).join('')).join('\n');
const header = (change: Partial<Screen>) => words(headerLines({ ...running, ...change }));

it('heads the screen with VM, state, link, session, clock and tool', () => {
  expect(header({})).toMatch(
    /devvm \(VM 102\).*running.*SIMULATED.*live\n3f2a1c04 "oom on devvm".*turn 0:42.*ssh devvm free/,
  );
});

it('says how old the state of the VM is, and when nobody knows it', () => {
  expect(header({ vm: { ...vm, observed_at: at(-240_000) } })).toContain('running, seen 4 min ago');
  expect(header({ vm: { ...vm, problem: 'ssh timed out' } })).toContain('no answer since');
  expect(header({ vm: null })).toContain('state unknown');
});

it('names others who are attached, and the verb that runs', () => {
  const attached = [
    { operator: 'anna', since: at(0) },
    { operator: 'bob\x1b[2J', since: at(0) },
  ];
  expect(header({ presence: { attached }, columns: 120 })).toContain('2 attached: anna, bob');
  const running_verb = { job: 'j', verb: 'cycle', by: 'bob', since: at(-5000) } as const;
  expect(header({ vm: { ...vm, running_verb } })).toContain('cycle by bob 0:05');
});

const down = (at: Partial<Screen>): Screen => ({
  ...running,
  link: { state: 'waiting', retryAt: NOW + 2500, why: sanitize('connection refused') },
  lostAt: NOW - 60_000,
  ...at,
});

it('says how long the daemon was silent, once a keep-alive has not come', () => {
  expect(header({ heardAt: NOW - 19_000 })).toContain('● live');
  expect(header({ heardAt: NOW - 22_000 })).toContain('○ no word for 22 s');
});

it('runs no clock on what it can not see', () => {
  expect(words(headerLines(down({})))).toMatch(/turn \? seen \d\d:\d\d/);
  expect(words(headerLines(down({})))).not.toContain('0:42');
  const asked = words(confirmLines(down({}), confirmationOf('cycle', vm.target, 1), 76, 20));
  expect(asked).toContain('The link is down: this will probably not arrive');
});

it('keeps name, state or verb, SIM and link where the terminal is narrow', () => {
  const narrow = { columns: 45, vm: { ...vm, target: { ...vm.target, name: 'devvm-lab' } } };
  expect(header(narrow)).toMatch(/^devvm-lab \(VM 102\) {2}running.*SIM.*● live\n/);
  const running_verb = { job: 'j', verb: 'cycle', by: 'somebody-long', since: at(-7000) } as const;
  expect(header({ ...narrow, vm: { ...narrow.vm, running_verb } })).toMatch(
    /^devvm-lab {2}running {2}cycle 0:07.*SIM.*● live\n/,
  );
  const stale = { ...narrow.vm, running_verb, observed_at: at(-240_000), problem: 'ssh timed out' };
  expect(header({ ...narrow, columns: 32, vm: stale })).toMatch(/^devvm-lab.*running\?.*cycle 0:07/);
});

it('breaks a notice into rows instead of cutting it', () => {
  const text = sanitize('a turn is running: not sent, the draft is kept (Esc Esc cancels the turn)');
  const screen: Screen = { ...base, columns: 45, rows: 20, notice: { level: 'warn', text } };
  const shown = noticeLines(screen);
  expect(words(shown)).toContain('cancels the turn)');
  expect(panesOf(screen).notice).toBe(shown.length);
  expect(Object.values(panesOf(screen)).reduce((sum, height) => sum + height)).toBe(20);
});

it('names the power panel in the footer of an idle prompt, also on 45 columns', () => {
  for (const columns of [45, 80]) expect(words([footerLine({ ...base, columns })])).toContain('^X p power');
});

it('counts down to the next try, with the reason above the prompt', () => {
  const waiting = {
    ...base,
    link: { state: 'waiting', retryAt: NOW + 2500, why: sanitize('connection refused') },
  } as const;
  expect(header(waiting)).toContain('reconnecting in 3 s');
  expect(words(noticeLines(waiting))).toContain('connection refused');
});

it('shows in the footer how to cancel only while there is a turn', () => {
  expect(words([footerLine(running)])).toContain('Esc Esc cancel turn');
  expect(words([footerLine(base)])).not.toContain('cancel');
});

it('lists what the leader reaches, on two rows where one is too short', () => {
  for (const columns of [45, 80, 120]) {
    const screen = { ...base, leader: true, columns };
    const both = words([footerLine(screen), ...noticeLines(screen)]);
    for (const hint of ['c cycle', 'p power', 'd detach', '? help']) expect(both).toContain(hint);
  }
});

it('asks with the VM, the verb, its effect, who else is there and what the agent does', () => {
  const attached = ['anna', 'bob'].map((operator) => ({ operator, since: at(0) }));
  const asked = words(
    confirmLines({ ...running, presence: { attached } }, confirmationOf('cycle', vm.target, 1), 76, 20),
  );
  for (const part of [
    'CYCLE devvm (VM 102)?',
    'SIMULATED',
    'fresh QEMU',
    'ssh devvm free',
    'anna, bob',
    'y yes',
    'any other key: no',
  ]) {
    expect(asked).toContain(part);
  }
  expect(words(confirmLines(base, confirmationOf('stop', vm.target, 1), 76, 20))).toContain(
    'Type devvm and Enter',
  );
});

it('gives each verb a row with its effect in the panel, also where rows are few', () => {
  for (const height of [8, 20]) {
    const panel = words(panelLines(base, 60, height));
    for (const verb of ['cycle', 'reset', 'start', 'stop', 'status', 'forensics'])
      expect(panel).toContain(verb);
    expect(panel).toContain('the recovery');
  }
});

it('shows the newest output of a job, its clock, and the end with the next step', () => {
  const lines = Array.from({ length: 50 }, (_, index) => ({
    stream: 'stdout' as const,
    text: sanitize(`out ${index}`),
  }));
  const job = { ...startJob(1, 'cycle', NOW - 12_000), lines };
  expect(words(panelLines({ ...base, job }, 60, 12))).toMatch(/cycle: running 0:12.*out 49/s);
  const scrolled = { ...base, job, dialog: { type: 'panel', scroll: 40 } } as const;
  expect(words(panelLines(scrolled, 60, 12))).toMatch(/out 9$/);
  const ending = { level: 'unknown', outcome: sanitize('lost'), next: sanitize('look') } as const;
  expect(words(panelLines({ ...base, job: { ...job, ending } }, 60, 12))).toMatch(/\? lost\n {2}next: look$/);
});

it('says how much output is above, and leaves the RESULT line to the outcome', () => {
  const output = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      stream: 'stdout' as const,
      text: sanitize(`out ${index}`),
    }));
  const result = { stream: 'stdout' as const, text: sanitize('RESULT verb=cycle code=0') };
  const panel = (lines: number) =>
    words(
      panelLines(
        { ...base, job: { ...startJob(1, 'cycle', NOW), lines: [...output(lines), result] } },
        60,
        12,
      ),
    );
  expect(panel(50)).toMatch(/↑ \d+ lines above \(PgUp\)\nout \d+\n.*out 49$/s);
  expect(panel(3)).toMatch(/out 0\nout 1\nout 2$/);
  expect(panel(3)).not.toContain('above');
});

it('keeps each key beside its word in the panel', () => {
  const job = startJob(1, 'cycle', NOW);
  const panel = words(panelLines({ ...base, job }, 41, 14));
  for (const pair of ['c cycle', 'r reset', 'u start', 's stop', 'i status', 'f forensics']) {
    expect(panel).toContain(pair);
  }
});

it('pages the help, with what is needed most on the first page', () => {
  const first = words(helpPage(0, 41, 12));
  expect(first).toContain('cancel the turn');
  expect(first).toMatch(/rows 1 to 11 of \d+ {2}PgDn: more$/);
  expect(helpPage(0, 41, 12)).toHaveLength(12);
  expect(words(helpPage(9999, 41, 12))).toContain('PgUp: back');
  expect(words(helpLines(76))).toContain('/stop-vm');
  expect(words(helpLines(76))).not.toMatch(/^ +Left/m);
});

it('says on top of the panel why there is no session', () => {
  const failure = { why: sanitize('nothing answers'), hint: sanitize('is it up?'), retryAt: NOW + 3000 };
  expect(words(panelLines({ ...base, failure }, 76, 20))).toMatch(
    /No session: nothing answers; is it up\? Next try in 3 s; Enter: now/,
  );
});

it('lists the sessions with a row for a new one, and keeps the selected in view', () => {
  const sessions = Array.from({ length: 30 }, (_, index) => ({ ...summary, title: `title ${index}` }));
  const picking = { ...base, dialog: { type: 'picker', sessions, selected: 25 } } as const;
  expect(words(pickerLines(picking, 76, 10))).toMatch(
    /▸ 3f2a1c04 {2}title 24 .*here.*turn running.*2 attached/,
  );
  expect(
    words(pickerLines({ ...base, dialog: { type: 'picker', sessions, selected: 0 } }, 76, 10)),
  ).toContain('▸ new session');
});

it('has every key of the table in its help', () => {
  const help = words(helpLines(76));
  for (const binding of BINDINGS.filter(({ where, help }) => where !== 'help' && help !== ''))
    expect(help).toContain(chordLabel(binding));
});

it.each([
  [45, 20],
  [80, 24],
  [120, 40],
  [80, 15],
])('fits %i by %i', (columns, rows) => {
  const screen: Screen = {
    ...running,
    columns,
    rows,
    failure: { why: sanitize('no '.repeat(60)), hint: sanitize('x'), retryAt: null },
  };
  const panes = panesOf(screen);
  expect(panes.header + panes.main + panes.notice + panes.prompt + panes.footer).toBe(rows);
  const all = [
    ...headerLines(screen),
    ...noticeLines(screen),
    footerLine(screen),
    footerLine({ ...screen, leader: true }),
    ...helpLines(columns),
    ...panelLines(screen, columns, panes.main),
    ...confirmLines(screen, confirmationOf('stop', vm.target, 1), columns, 20),
    ...pickerLines(
      { ...screen, dialog: { type: 'picker', sessions: [summary], selected: 1 } },
      columns,
      panes.main,
    ),
  ];
  for (const line of all) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
  expect(panelLines(screen, columns - 4, panes.main - 2).length).toBeLessThanOrEqual(panes.main - 2);
});

it('keeps the VM and how to answer in sight, however few the rows and long what the agent runs', () => {
  const tool = sanitize('ssh devvm '.repeat(30));
  const busy = {
    ...running,
    transcript: { ...running.transcript, turn: { ...running.transcript.turn, tool } },
  };
  for (const height of [2, 4, 6, 10]) {
    const lines = confirmLines(busy, confirmationOf('cycle', vm.target, 1), 41, height);
    expect(lines.length).toBeLessThanOrEqual(height);
    expect(words(lines)).toContain('CYCLE devvm');
    expect(words(lines)).toContain('y yes');
  }
});

it('divides no more rows than there are', () => {
  for (const rows of [5, 8, 15, 24, 80]) {
    const panes = panesOf({ ...base, columns: 20, rows });
    expect(Object.values(panes).reduce((sum, height) => sum + height)).toBe(rows);
  }
});
