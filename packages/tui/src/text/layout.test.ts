import { expect, it } from 'vitest';
import type { Entry, PowerEntry, ResultEntry, ToolEntry } from '../state/entry.ts';
import { formatTime } from './format.ts';
import { isFoldable, type LayoutOptions, layoutEntry } from './layout.ts';
import { sanitize } from './sanitize.ts';

const stamp = { id: 1, ts: '2026-11-22T03:00:00.000Z' };
const tool: ToolEntry = {
  ...stamp,
  type: 'tool',
  callId: 'c',
  name: sanitize('Bash'),
  summary: sanitize('ssh devvm free -m'),
  input: sanitize(''),
  output: null,
  isError: false,
  truncated: false,
  bytes: 0,
  running: true,
  endedAt: null,
};
const result: ResultEntry = {
  ...stamp,
  type: 'result',
  isError: false,
  text: null,
  durationMs: 12_300,
  costUsd: 0.0213,
  turns: 4,
  model: sanitize('sonnet'),
};
const power: PowerEntry = {
  ...stamp,
  type: 'power',
  job: 'j',
  verb: sanitize('cycle'),
  target: sanitize('devvm'),
  by: sanitize('anna'),
  state: 'running',
  exitCode: null,
  outcome: null,
  text: sanitize(''),
};
const rows = (entry: Entry, options: Partial<LayoutOptions> = {}) =>
  layoutEntry(entry, { width: 60, unfolded: false, times: false, ...options }).map((line) =>
    line.map(({ text }) => text).join(''),
  );
const lines = (count: number) =>
  sanitize(Array.from({ length: count }, (_, index) => `line ${index}`).join('\n'));

it('says by a sign whether a tool runs, went well, failed, or never answered', () => {
  const ended = { ...tool, running: false, output: sanitize('ok') };
  expect(rows(tool)).toEqual(['', '▸ Bash  ssh devvm free -m']);
  expect(rows(ended)).toEqual(['', '✓ Bash  ssh devvm free -m', '  │ ok']);
  expect(rows({ ...ended, isError: true })[1]).toMatch(/^✗/);
  expect(rows({ ...tool, running: false })[1]).toMatch(/^■ .*\(cut off\)$/);
  expect(rows({ ...tool, running: false, callId: null })[1]).toMatch(/^· Bash {2}ssh devvm free -m$/);
});

it('folds output to four rows and says how many are away', () => {
  const long = { ...tool, output: lines(10) };
  expect(rows(long).slice(2)).toEqual([
    '  │ line 0',
    '  │ line 1',
    '  │ line 2',
    '  │ line 3',
    '  │ … 6 more lines (PgUp, then o)',
  ]);
  expect(rows(long, { unfolded: true })).toHaveLength(12);
  expect(rows({ ...tool, output: sanitize('x'.repeat(200)) })[2]).toHaveLength(60);
  expect([isFoldable(long), isFoldable(tool)]).toEqual([true, false]);
});

it('says when the daemon cut the output, and when there was none', () => {
  expect(rows({ ...tool, output: lines(2), truncated: true, bytes: 2_000_000 }).at(-1)).toBe(
    '  │ the output was cut: 1.9 MiB in all',
  );
  expect(rows({ ...tool, output: sanitize('\n') }).at(-1)).toBe('  │ (no output)');
});

it('sums a turn up', () => {
  expect(rows(result)).toEqual(['', '✓ turn done in 12.3 s · 4 steps · $0.0213 · sonnet']);
  const bare = { ...result, isError: true, durationMs: null, costUsd: null, turns: null, model: null };
  expect(rows({ ...bare, turns: 0 })).toEqual(['', '✗ turn failed']);
});

it('tells the states of a power job apart in words', () => {
  const word = (change: Partial<PowerEntry>) => rows({ ...power, ...change })[1];
  expect(word({})).toBe(`⏻ ${formatTime(stamp.ts)} cycle devvm by anna: running`);
  expect(word({ state: 'done', exitCode: 0, text: sanitize('It runs again.') })).toMatch(
    /anna: It runs again\.$/,
  );
  expect(word({ state: 'done', exitCode: 0 })).toMatch(/done$/);
  expect(word({ state: 'done', exitCode: 22 })).toMatch(/failed, exit code 22$/);
  expect(word({ state: 'done' })).toMatch(/outcome unknown$/);
  expect(word({ state: 'refused' })).toMatch(/refused$/);
});

it('names who prompted and who cancelled', () => {
  expect(rows({ ...stamp, type: 'prompt', operator: sanitize('anna'), text: sanitize('one\ntwo') })).toEqual([
    '',
    'anna ❯ one',
    '       two',
  ]);
  expect(rows({ ...stamp, type: 'cancelled', operator: null })).toEqual(['', '■ turn cancelled']);
});

it('shows local times when asked, and nothing for the end of a turn', () => {
  expect(rows({ ...stamp, type: 'error', text: sanitize('gone') }, { times: true })[1]).toMatch(
    /^\d\d:\d\d:\d\d ✗ gone$/,
  );
  expect(rows({ ...stamp, type: 'error', text: sanitize('one\ntwo') }, { times: true })[2]).toBe(
    `${' '.repeat(11)}two`,
  );
  expect(rows({ ...stamp, type: 'turn-end' })).toEqual([]);
});

it('lays an entry out once for each width and folding', () => {
  const options = { width: 60, unfolded: false, times: false };
  expect(layoutEntry(result, options)).toBe(layoutEntry(result, { ...options }));
  expect(layoutEntry(result, { ...options, width: 20 })).not.toBe(layoutEntry(result, options));
});

// The bound is far above what it takes, and far below what a quadratic search takes.
it.each([' ', '\n', '\t'])(
  'lays out a long run of %j within the output',
  (blank) => {
    const output = sanitize(`a${blank.repeat(100_000)}b`);
    const done = { ...tool, output, running: false };
    const rows = layoutEntry(done, { width: 80, unfolded: false, times: false });
    expect(rows.length).toBeLessThan(10);
  },
  5000,
);
