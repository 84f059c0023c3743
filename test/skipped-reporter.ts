import type { Reporter, TestModule } from 'vitest/node';

/** Names every test that was skipped, after the summary. Its title says what it would have needed. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    if (skipped.length === 0) return;
    const lines = skipped.map((test) => `  ${test.module.relativeModuleId} > ${test.fullName}`);
    process.stdout.write(`\nSkipped, because something is missing here:\n${lines.join('\n')}\n`);
  }
}
