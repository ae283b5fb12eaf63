import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Workers, and the processes that tests start, compile each module once.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'suishoubao-compile-cache');

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // The functions and pages are built once, before any file that starts the product.
    globalSetup: ['tests/support/build.ts'],
    setupFiles: ['tests/support/seed.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // What a page shows comes as soon as it can: on a busy machine, later than the second that is usual here.
    expect: { poll: { timeout: 8_000 } },
    // Two cores: more workers only wait for each other.
    maxWorkers: 2,
    silent: 'passed-only',
    env: { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
  },
});
