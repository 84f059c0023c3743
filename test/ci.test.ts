import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The last line of a CI run: what it counts, and when it is a failure. */

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'breakglass-ci-'));
});
afterAll(() => rm(dir, { recursive: true }));

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

describe('.ci/count.js', () => {
  it.each([
    ['all is well', [file('passed', 'passed', 'passed')], '2 passed, 0 failed, 0 skipped', 0],
    [
      'some are skipped',
      [file('passed', 'passed', 'skipped', 'pending')],
      '1 passed, 0 failed, 2 skipped',
      0,
    ],
    [
      'one fails',
      [file('failed', 'passed', 'failed'), file('passed', 'passed')],
      '2 passed, 1 failed, 0 skipped',
      1,
    ],
    [
      'a file can not be loaded',
      [file('failed'), file('passed', 'passed')],
      '1 passed, 1 failed, 0 skipped',
      1,
    ],
    ['a hook fails', [file('failed', 'skipped', 'skipped')], '0 passed, 1 failed, 2 skipped', 1],
    ['nothing ran', [], '0 passed, 0 failed, 0 skipped', 1],
    ['the runner did not come up', null, '0 passed, 1 failed, 0 skipped', 1],
  ])('when %s', async (_case, testResults, line, code) => {
    const report = join(dir, `${crypto.randomUUID()}.json`);
    await writeFile(report, testResults === null ? '' : JSON.stringify({ testResults }));
    const child = execFile(process.execPath, [join(import.meta.dirname, '../.ci/count.js'), report]);
    let stdout = '';
    child.stdout?.on('data', (text: string) => (stdout += text));
    expect(await once(child, 'close')).toEqual([code, null]);
    expect(stdout).toBe(`${line}\n`);
  });

  it('counts several reports together', async () => {
    const reports = [[file('passed', 'passed')], [file('passed', 'passed', 'skipped')]].map((testResults) => {
      const report = join(dir, `${crypto.randomUUID()}.json`);
      return { report, content: JSON.stringify({ testResults }) };
    });
    for (const { report, content } of reports) await writeFile(report, content);
    const count = join(import.meta.dirname, '../.ci/count.js');
    const child = execFile(process.execPath, [count, ...reports.map(({ report }) => report)]);
    let stdout = '';
    child.stdout?.on('data', (text: string) => (stdout += text));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(stdout).toBe('2 passed, 0 failed, 1 skipped\n');
  });
});
