import type { EventBody } from '@breakglass/shared';
import { expect, it } from 'vitest';
import { event } from '../../test/wire-server.ts';
import { formatTime } from '../text/format.ts';
import { emptyPlain, plain } from './plain.ts';

function print(bodies: readonly EventBody[]): string {
  let state = emptyPlain;
  return bodies
    .map((body, id) => {
      const next = plain(state, event(id, body, { operator: 'eve' }));
      state = next.plain;
      return next.text;
    })
    .join('');
}

const tool = (call_id: string, name: string, input: unknown): EventBody => ({
  kind: 'tool',
  call_id,
  name,
  input,
});
const answer = (call_id: string, output: string, is_error = false, truncated = false): EventBody => ({
  kind: 'tool_result',
  call_id,
  output,
  is_error,
  bytes: 40_000,
  truncated,
});
const at = formatTime('2026-03-01T02:03:04.000Z');

it('prints a session as lines', () => {
  const power = (state: 'asked' | 'done', outcome: string | null): EventBody => ({
    kind: 'power',
    job: 'j',
    verb: 'cycle',
    target: 'devvm',
    by: 'eve',
    state,
    exit_code: null,
    outcome,
    text: outcome === null ? '' : 'The VM runs again.',
  });
  expect(
    print([
      { kind: 'user', text: 'look' },
      { kind: 'text', text: 'I ' },
      { kind: 'text', text: 'look.' },
      tool('1', 'Bash', { command: 'free' }),
      answer('1', 'a\nb\n'),
      tool('2', 'Read', { file_path: '/etc/fstab' }),
      answer('2', 'no such file', true, true),
      power('asked', null),
      power('done', 'the VM runs'),
      { kind: 'notice', level: 'warn', code: 'x', text: 'the log is in memory' },
      { kind: 'error', error: 'it broke' },
      {
        kind: 'result',
        is_error: false,
        result: 'All well.',
        duration_ms: 61_000,
        turns: 3,
        cost_usd: 0.0123,
        model: 'm',
      },
      { kind: 'cancelled' },
      { kind: 'turn_end' },
    ]).split('\n'),
  ).toEqual([
    `> ${at} eve: look`,
    'I look.',
    '$ free',
    '  a',
    '  b',
    '$ Read: /etc/fstab',
    '  no such file',
    '  … cut: the whole output has 39.1 KiB',
    '  (failed)',
    `# ${at} cycle of devvm by eve: asked`,
    `# ${at} cycle of devvm by eve: The VM runs again.`,
    '! the log is in memory',
    '! it broke',
    'All well.',
    '= done in 1:01, 3 steps, $0.0123, m',
    '- cancelled by eve',
    '',
  ]);
});

it('names the call again where others came between it and its output', () => {
  expect(
    print([
      tool('1', 'Bash', { command: 'a' }),
      tool('2', 'Bash', { command: 'b' }),
      answer('1', 'A'),
      answer('2', 'B'),
    ]),
  ).toBe('$ a\n$ b\n$ a\n  A\n  B\n');
});

it('does not say a result twice that was streamed, but says it where it was not', () => {
  const result: EventBody = { kind: 'result', is_error: true, result: 'done', duration_ms: null };
  expect(print([{ kind: 'user', text: 'x' }, { kind: 'text', text: 'done' }, result])).toMatch(
    /x\ndone\n= failed\n$/,
  );
  expect(print([{ kind: 'user', text: 'x' }, result])).toMatch(/x\ndone\n= failed\n$/);
});

it('keeps nothing of a turn that is over', () => {
  const { plain: state } = plain(emptyPlain, event(0, { kind: 'user', text: 'x' }));
  expect(plain(state, event(1, { kind: 'turn_end' })).plain.transcript.entries.length).toBe(0);
});
