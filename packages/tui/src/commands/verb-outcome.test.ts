import { expect, it } from 'vitest';
import { verbOutcome } from './verb-outcome.ts';

const result = { verb: 'cycle', stdout: '', stderr: '', rejected: false };

it.each<[number | null, number]>([
  [0, 0],
  [2, 4],
  [10, 4],
  [3, 5],
  [null, 6],
  [255, 6],
  [31, 6],
  [22, 1],
  [1, 1],
  [70, 1],
])('maps the exit code %s of the host to %i', (exit_code, expected) => {
  const outcome = verbOutcome({ ...result, exit_code });
  expect(outcome.exitCode).toBe(expected);
  expect(outcome.said).not.toBe('');
});

it('says where to look whenever the outcome is unknown', () => {
  for (const exit_code of [null, 255, 31]) {
    expect(verbOutcome({ ...result, exit_code }).hint).toContain('breakglass pve status');
  }
});

it('says by its exit code that certainly nothing was run', () => {
  const outcome = 'Nothing was run: ssh did not get in.';
  expect(verbOutcome({ ...result, exit_code: 255, begun: false, outcome })).toMatchObject({
    exitCode: 7,
    said: outcome,
  });
  expect(verbOutcome({ ...result, exit_code: null, begun: false }).said).toContain('cycle: not begun');
});

it('believes the host that it refused, and prefers the words of the daemon', () => {
  expect(verbOutcome({ ...result, exit_code: 1, rejected: true, outcome: 'not that one' })).toMatchObject({
    exitCode: 4,
    said: 'not that one',
    hint: '',
  });
});
