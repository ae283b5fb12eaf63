import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Workers, and the processes that tests start, compile each module once.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'suishoubao-compile-cache');

/** Files that replace modules, or measure the memory of their process. */
const isolated = ['tests/kinds/*.test.ts', 'tests/integration/hostile-photos.test.ts'];

export default defineConfig({
  test: {
    // The functions and pages are built once, before any file that starts the product.
    globalSetup: ['tests/support/build.ts'],
    setupFiles: ['tests/support/seed.ts'],
    // Limits cost nothing while tests pass: tests wait for conditions, not for times. On a busy machine a function may
    // time out, and its message is received again only after six times that limit.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 300_000 } },
    // Two cores: more workers only wait for each other.
    maxWorkers: 2,
    silent: 'passed-only',
    env: { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    projects: [
      {
        extends: true,
        test: { name: 'shared', include: ['tests/**/*.test.ts'], exclude: isolated, isolate: false },
      },
      { extends: true, test: { name: 'isolated', include: isolated } },
    ],
  },
});
