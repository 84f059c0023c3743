#!/usr/bin/env node
// Reads JSON reports of the test runner (their paths are the arguments) and prints one line about them all.
// Exit code 1 where something failed or nothing ran.
import { readFileSync } from 'node:fs';

const counts = process.argv.slice(2).map((path) => count(readFileSync(path, 'utf8')));
const sum = (of) => counts.reduce((total, one) => total + one[of], 0);
const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
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
