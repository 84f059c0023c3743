#!/usr/bin/env node
// Reads the JSON report of the test runner (its path is the argument) and prints one line about it.
// Exit code 1 where something failed or nothing ran.
import { readFileSync } from 'node:fs';

const { passed, failed, skipped } = count(readFileSync(process.argv[2], 'utf8'));
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/** A file that could not be loaded has no failed test in it: it counts as one. */
function count(report) {
  if (report === '') return { passed: 0, failed: 1, skipped: 0 };
  const files = JSON.parse(report).testResults;
  const states = files.flatMap((file) => file.assertionResults.map((test) => test.status));
  const of = (state) => states.filter((it) => it === state).length;
  const broken = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const [passed, failed] = [of('passed'), of('failed')];
  return { passed, failed: failed + broken.length, skipped: states.length - passed - failed };
}
