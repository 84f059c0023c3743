import { describe, expect, it } from 'vitest';
import { type Event, event, eventKinds, parseEvent } from './event.ts';

const ts = '2026-03-01T03:12:45.123Z';

/** One frozen example of each kind: the contract with clients that exist. Change none of them; add. */
const EXAMPLES: Event[] = [
  { id: 0, ts, kind: 'user', text: 'what is wrong?', operator: 'viktor' },
  { id: 1, ts, kind: 'session', session_id: '0b0e6a0e-6c1a-4f0e-9a44-8a5d1b1c2d3e' },
  { id: 2, ts, kind: 'text', text: 'Looking at the memory first.' },
  { id: 3, ts, kind: 'tool', call_id: 'toolu_1', name: 'Bash', input: { command: 'ssh devvm free -h' } },
  {
    id: 4,
    ts,
    kind: 'tool_result',
    call_id: 'toolu_1',
    output: 'Mem: 31Gi',
    is_error: false,
    bytes: 9,
    truncated: false,
  },
  {
    id: 5,
    ts,
    kind: 'result',
    is_error: false,
    result: 'Done.',
    duration_ms: 1234,
    cost_usd: 0.02,
    turns: 2,
    model: 'sonnet',
  },
  { id: 6, ts, kind: 'error', error: 'the agent could not be started' },
  { id: 7, ts, kind: 'cancelled', operator: 'viktor' },
  { id: 8, ts, kind: 'turn_end' },
  { id: 9, ts, kind: 'notice', level: 'warn', code: 'turn-interrupted', text: 'The daemon ended.' },
  {
    id: 10,
    ts,
    kind: 'power',
    job: 'j1',
    verb: 'cycle',
    target: '102',
    by: 'viktor',
    state: 'done',
    exit_code: 0,
    outcome: 'ok',
    text: 'cycle: done.',
  },
];

describe('the event kinds', () => {
  it('have an example each', () => {
    expect(EXAMPLES.map(({ kind }) => kind).sort()).toEqual([...eventKinds].sort());
  });

  it.each(EXAMPLES)('$kind survives the wire unchanged', (example) => {
    expect(parseEvent(JSON.parse(JSON.stringify(example)))).toEqual(example);
  });

  it('accepts a tool event of the service in use today, which has no call_id', () => {
    expect(event.safeParse({ id: 3, ts, kind: 'tool', name: 'Bash', input: {} }).success).toBe(true);
  });
});

describe('parseEvent', () => {
  it('keeps the id of an unknown kind, so that a cursor can advance past it', () => {
    expect(parseEvent({ id: 7, ts, kind: 'hologram', beams: 3 })).toEqual({
      kind: 'unknown',
      id: 7,
      ts,
      original_kind: 'hologram',
    });
  });

  it('reports a malformed known kind with its id and why', () => {
    const parsed = parseEvent({ id: 8, ts, kind: 'text', text: 42 });
    expect(parsed).toMatchObject({ kind: 'malformed', id: 8, why: expect.stringContaining('text') });
  });

  it.each([null, 7, 'text', [], {}, { kind: 'text' }, { id: -1, ts, kind: 'text', text: '' }])(
    'reports %j as malformed without an id',
    (data) => {
      expect(parseEvent(data)).toMatchObject({ kind: 'malformed', id: null });
    },
  );

  it('does not take an id that is not a whole number', () => {
    expect(parseEvent({ id: 1.5, ts, kind: 'turn_end' })).toMatchObject({ kind: 'malformed', id: null });
  });
});
