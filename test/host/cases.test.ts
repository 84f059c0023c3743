import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** The ways in which a power verb is known to go wrong, by number. Each is a test here, or has a reason why not. */

const CASES = 40;

const NOT_HERE: Readonly<Record<number, string>> = {
  7: 'A process that no signal ends needs a frozen block device, and a frozen file system can take the test machine along.',
};

/** What a test shows, but not in the way of the real thing. */
const IN_PART: Readonly<Record<number, string>> = {
  4: 'The process and its D state are files of a simulated /proc; see 7.',
  5: 'The signal is withheld by the simulated cgroup; the zombie leader and its thread are real.',
  16: 'A pipe stands for a hung pmxcfs: reading it blocks, but ends at SIGKILL.',
  17: 'HA is refused, so its delays have no test.',
  36: 'That nothing is retried on an unknown outcome is the daemon’s part, and tested there.',
  39: 'The clock of the test machine is not set; the sources are searched for it.',
};

it('has a test or a reason for each case', () => {
  const files = globSync('*.test.ts', { cwd: import.meta.dirname });
  const text = files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n');
  const tested = new Set([...text.matchAll(/['`]#(\d+) /g)].map(([, number]) => Number(number)));
  const all = Array.from({ length: CASES }, (_, index) => index + 1);
  expect(all.filter((number) => tested.has(number) === number in NOT_HERE)).toEqual([]);
  expect(Object.keys(IN_PART).filter((number) => !tested.has(Number(number)))).toEqual([]);
});
