import { expect, it } from 'vitest';
import { sanitize } from '../text/sanitize.ts';
import { addOutput, endJob, failJob, type PowerJob, startJob } from './power-job.ts';

const job = startJob(1, 'cycle', 0);
const out = (at: PowerJob, ...texts: string[]) =>
  texts.reduce((done, text) => addOutput(done, { stream: 'stdout', text }), at);
const texts = ({ lines }: PowerJob) => lines.map(({ text }) => text);
const result = { verb: 'cycle', exit_code: 0, stdout: '', stderr: '', rejected: false };

it('joins lines that arrive in pieces', () => {
  expect(texts(out(job, 'sto', 'p: gone\nsta', 'rt'))).toEqual(['stop: gone', 'start']);
  expect(texts(out(job, 'one\n', 'two\n'))).toEqual(['one', 'two']);
  expect(texts(out(job, 'one\n', '\n', 'two\n'))).toEqual(['one', '', 'two']);
});

it('keeps the streams apart', () => {
  const mixed = addOutput(out(job, 'half'), { stream: 'stderr', text: 'error\n' });
  expect(mixed.lines).toEqual([
    { stream: 'stdout', text: 'half' },
    { stream: 'stderr', text: 'error' },
  ]);
});

it('takes control sequences out, also those cut between pieces', () => {
  expect(texts(out(job, 'a\x1b]0;evil', '\x07b\n'))).toEqual(['ab']);
});

it('keeps the newest 2000 lines', () => {
  const long = out(job, Array.from({ length: 3000 }, (_, index) => `${index}\n`).join(''));
  expect(texts(long).at(0)).toBe('1000');
  expect(texts(long).at(-1)).toBe('2999');
});

it('shows what a daemon that does not stream sends with the result', () => {
  const ended = endJob(job, { ...result, stdout: 'a\n', stderr: 'b\n' }, 5);
  expect(texts(ended)).toEqual(['a', 'b']);
  expect(texts(endJob(out(job, 'a\n'), { ...result, stdout: 'a\n' }, 5))).toEqual(['a']);
});

it.each([
  [0, false, 'good', /done/],
  [22, false, 'bad', /exit code 22/],
  [10, true, 'bad', /refused.*nothing was changed/],
  [null, false, 'unknown', /unknown/],
  [255, false, 'unknown', /unknown/],
  [31, false, 'unknown', /unknown/],
] as const)('says how exit code %s ended', (exit_code, rejected, level, outcome) => {
  expect(endJob(job, { ...result, exit_code, rejected }, 5).ending).toMatchObject({
    level,
    outcome: expect.stringMatching(outcome),
  });
});

it("prefers the daemon's words, and adds its warnings", () => {
  const { ending } = endJob(job, { ...result, outcome: 'It runs.', warnings: ['No audit trail.'] }, 5);
  expect(ending?.outcome).toBe('It runs. No audit trail.');
});

it('asks to look first where the outcome is unknown', () => {
  const failure = { why: sanitize('the connection was lost'), hint: sanitize('hint') };
  expect(failJob(job, failure, 'unknown', 5).ending).toMatchObject({
    level: 'unknown',
    next: expect.stringMatching(/state/),
  });
  expect(failJob(job, failure, 'bad', 5).ending).toMatchObject({ level: 'bad', next: 'hint' });
});

it('says that nothing was begun, where that is certain', () => {
  const failure = { why: sanitize('nothing answers at http://x'), hint: sanitize('') };
  expect(failJob(job, failure, 'not-begun', 5).ending).toMatchObject({
    level: 'not-begun',
    outcome: 'not begun: nothing answers at http://x',
  });
  const { ending } = endJob(job, { ...result, exit_code: 255, begun: false }, 5);
  expect(ending).toMatchObject({ level: 'not-begun', outcome: expect.stringContaining('not begun') });
});

it('has no good word for a QEMU that does not answer, and the cure beside it', () => {
  const outcome = 'The VM is running, but its QEMU does not answer: cycle is likely the cure.';
  expect(endJob(startJob(1, 'status', 0), { ...result, verb: 'status', outcome }, 5).ending).toMatchObject({
    level: 'warn',
    next: expect.stringContaining('cycle'),
  });
});

it('says after a stop that the VM stays down, and how it starts', () => {
  expect(endJob(startJob(1, 'stop', 0), { ...result, verb: 'stop' }, 5).ending?.next).toBe(
    'the VM is down and stays down; ^X u starts it',
  );
  expect(endJob(job, result, 5).ending?.next).toContain('check that the VM answers');
});

it('cuts a line that has no end', () => {
  const long = out(job, ...Array.from({ length: 20 }, () => 'x'.repeat(1000)));
  expect(texts(long)).toEqual([`${'x'.repeat(4000)}…`]);
});
