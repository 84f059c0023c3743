import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}'],
    // More workers than cores: most of these tests wait for processes and hosts.
    maxWorkers: 5,
    // A bound, not a measure: a busy machine must not fail a test.
    expect: { poll: { timeout: 10_000 } },
    globalSetup: 'test/build.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
