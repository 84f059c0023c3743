import type { Event, EventBody } from '@breakglass/shared';
import { describe, expect, it } from 'vitest';
import { event } from '../../test/wire-server.ts';
import { emptyTranscript, fold, foldMalformed, type Transcript } from './transcript.ts';

function foldAll(bodies: readonly EventBody[], start: Transcript = emptyTranscript): Transcript {
  const first = (start.lastId ?? -1) + 1;
  return bodies.reduce((transcript, body, i) => fold(transcript, event(first + i, body)), start);
}

const text = (piece: string): EventBody => ({ kind: 'text', text: piece });
const user = (prompt: string): EventBody => ({ kind: 'user', text: prompt });
const call = (call_id: string, command: string): EventBody => ({
  kind: 'tool',
  call_id,
  name: 'Bash',
  input: { command },
});
const answer = (call_id: string, output: string, is_error = false): EventBody => ({
  kind: 'tool_result',
  call_id,
  output,
  is_error,
  bytes: output.length,
  truncated: false,
});
const result = (said: string): EventBody => ({
  kind: 'result',
  is_error: false,
  result: said,
  duration_ms: 1200,
});

describe('a turn', () => {
  it('has an entry for each thing that happened, in order', () => {
    const { entries, turn, title, lastId } = foldAll([
      user('what is wrong?\nplease'),
      { kind: 'session', session_id: 'abc' },
      text('Let me '),
      text('look.'),
      call('1', 'ssh devvm free -m'),
      answer('1', 'Mem: 0 free'),
      text('No memory.'),
      result('No memory.'),
      { kind: 'turn_end' },
    ]);
    expect([...entries]).toMatchObject([
      { type: 'prompt', text: 'what is wrong?\nplease' },
      { type: 'prose', id: 2, text: 'Let me look.' },
      { type: 'tool', name: 'Bash', summary: 'ssh devvm free -m', output: 'Mem: 0 free', running: false },
      { type: 'prose', text: 'No memory.' },
      { type: 'result', text: null, durationMs: 1200, costUsd: null },
      { type: 'turn-end' },
    ]);
    expect(turn).toEqual({ running: false, startedAt: null, tool: null });
    expect(title).toBe('what is wrong?');
    expect(lastId).toBe(8);
  });

  it('shows a result that says more than the prose did', () => {
    expect(foldAll([user('x'), text('a'), result('b')]).entries.at(-1)).toMatchObject({ text: 'b' });
    const earlier = foldAll([user('x'), text('done'), { kind: 'turn_end' }, user('y'), result('done')]);
    expect(earlier.entries.at(-1)).toMatchObject({ text: 'done' });
  });

  it('knows which of several tools runs, and pairs each with its own output', () => {
    let transcript = foldAll([user('x'), call('1', 'first'), call('2', 'second')]);
    expect(transcript.turn).toMatchObject({
      running: true,
      startedAt: '2026-03-01T02:03:04.000Z',
      tool: 'second',
    });
    transcript = foldAll([answer('2', 'two', true)], transcript);
    expect(transcript.turn.tool).toBe('first');
    transcript = foldAll([answer('1', 'one')], transcript);
    expect(transcript.turn.tool).toBeNull();
    expect([...transcript.entries].slice(1)).toMatchObject([
      { summary: 'first', output: 'one', isError: false },
      { summary: 'second', output: 'two', isError: true },
    ]);
  });

  it('leaves no tool running behind it', () => {
    const { entries, turn } = foldAll([
      user('x'),
      call('1', 'sleep'),
      { kind: 'cancelled' },
      { kind: 'turn_end' },
    ]);
    expect(entries.at(1)).toMatchObject({ running: false, output: null });
    expect(turn.tool).toBeNull();
  });

  it('keeps output whose call it never saw', () => {
    expect(foldAll([answer('9', 'late')]).entries.at(0)).toMatchObject({ type: 'tool', output: 'late' });
  });

  it('goes on with a sentence after a notice from elsewhere', () => {
    const notice: EventBody = { kind: 'notice', level: 'warn', code: 'c', text: 'disk' };
    const { entries } = foldAll([user('x'), text('one '), notice, text('sentence')]);
    expect([...entries].map((entry) => ('text' in entry ? entry.text : null))).toEqual([
      'x',
      'one sentence',
      'disk',
    ]);
  });
});

it('has one entry for a power job, at the place where it was asked for', () => {
  const power = (
    state: 'asked' | 'running' | 'done',
    exit_code: number | null,
    outcome: string | null,
  ): EventBody => ({
    kind: 'power',
    job: 'j1',
    verb: 'cycle',
    target: 'devvm',
    by: 'eve',
    state,
    exit_code,
    outcome,
    text: state,
  });
  const { entries } = foldAll([
    power('asked', null, null),
    text('a'),
    power('running', null, null),
    power('done', 0, 'up'),
  ]);
  expect([...entries]).toMatchObject([
    { type: 'power', id: 0, state: 'done', exitCode: 0, outcome: 'up', by: 'eve' },
    { type: 'prose' },
  ]);
});

it('never lets a control character through, wherever it stands', () => {
  const evil = '\u001b]0;x\u0007\u202e\u009b2J!';
  const stamped = { operator: evil };
  const bodies: EventBody[] = [
    user(evil),
    text(evil),
    { kind: 'tool', call_id: evil, name: evil, input: { command: evil, [evil]: evil } },
    { kind: 'tool', name: evil, input: [evil] },
    answer('other', evil),
    { kind: 'result', is_error: true, result: evil, duration_ms: null, model: evil },
    { kind: 'error', error: evil },
    { kind: 'notice', level: 'error', code: evil, text: evil },
    { kind: 'cancelled' },
    {
      kind: 'power',
      job: 'j',
      verb: evil,
      target: evil,
      by: evil,
      state: 'done',
      exit_code: 0,
      outcome: evil,
      text: evil,
    },
  ];
  const folded = bodies.reduce(
    (transcript, body, id) => fold(transcript, event(id, body, stamped)),
    emptyTranscript,
  );
  const shown = { ...foldMalformed(folded, { id: 99, why: evil }), open: null };
  const strings: string[] = [];
  JSON.stringify({ ...shown, entries: shown.entries.toArray() }, (key, value: unknown) => {
    if (typeof value === 'string' && key !== 'callId') strings.push(value);
    return value;
  });
  expect(strings.filter((value) => value.includes('!')).length).toBeGreaterThan(15);
  for (const value of strings) expect(value).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
});

it('joins a sequence that is cut between two deltas', () => {
  expect(foldAll([text('a\u001b[3'), text('1mb')]).entries.at(0)).toMatchObject({ text: 'ab' });
});

it('passes unknown kinds with their id, and puts a notice for malformed ones', () => {
  const later = fold(emptyTranscript, { kind: 'unknown', id: 0, ts: '', original_kind: 'later' });
  expect(later).toMatchObject({ lastId: 0 });
  expect(later.entries.length).toBe(0);
  const { entries, lastId } = foldMalformed(later, { id: 1, why: 'text: expected string' });
  expect(lastId).toBe(1);
  expect(entries.at(0)).toMatchObject({ type: 'notice', level: 'warn', code: 'malformed-event' });
});

it('never changes a transcript that was handed out', () => {
  const before = foldAll([user('x'), text('a'), call('1', 'c')]);
  const shown = structuredClone([...before.entries]);
  foldAll([answer('1', 'o'), text('b'), { kind: 'turn_end' }], before);
  expect([...before.entries]).toEqual(shown);
});

it('folds a hundred thousand events, of one long answer or of many short ones', () => {
  const long: Event[] = Array.from({ length: 100_000 }, (_, id) => event(id, text('word ')));
  expect(long.reduce(fold, emptyTranscript).entries.at(0)).toMatchObject({ text: 'word '.repeat(100_000) });
  const many: Event[] = Array.from({ length: 100_000 }, (_, id) =>
    event(id, id % 2 === 0 ? call(`${id}`, 'c') : answer(`${id - 1}`, 'o')),
  );
  const { entries } = many.reduce(fold, emptyTranscript);
  expect(entries.length).toBe(50_000);
  expect(entries.at(-1)).toMatchObject({ id: 99_998, output: 'o', running: false });
});

it('keeps a bounded number of calls open, however many a turn begins', () => {
  const calls = Array.from({ length: 10_000 }, (_, id) => event(id, call(`${id}`, 'c')));
  const transcript = calls.reduce(fold, emptyTranscript);
  expect(transcript.open.tools.size).toBeLessThan(100);
  expect(transcript.entries.at(0)).toMatchObject({ running: false });
  expect(transcript.entries.at(-1)).toMatchObject({ running: true });
});

it('remembers no power job beyond its end', () => {
  const power = { kind: 'power', job: 'j', verb: 'status', target: 'devvm', by: 'eve' } as const;
  const rest = { exit_code: null, outcome: null, text: '' };
  const begun = foldAll([{ ...power, ...rest, state: 'running' }]);
  expect(begun.open.jobs.size).toBe(1);
  const ended = foldAll([{ ...power, ...rest, state: 'done', exit_code: 0 }], begun);
  expect(ended.open.jobs.size).toBe(0);
  expect(ended.entries.length).toBe(1);
});
