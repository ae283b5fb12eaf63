import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Instance } from '../support/instance.ts';
import { copyTemplates } from '../support/templates.ts';

const demo = resolve(import.meta.dirname, '../demo/main.ts');
const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-demo-'));
let instance: Instance;

beforeAll(async () => {
  copyTemplates(dataDir);
  instance = await Instance.start(dataDir);
});
afterAll(async () => {
  await instance.kill('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

it('simulates a day after which all counts agree', async () => {
  // Its exit code is not 0 if anything it sent is missing, duplicated or shown differently.
  const { stdout } = await promisify(execFile)(process.execPath, [
    demo,
    ...['--url', instance.url, '--reports', '12', '--seed', '1'],
  ]);
  expect(stdout).toContain('全部一致。/ Every count agrees.');
  expect(stdout).toContain('挂起、延期并重办过 put on hold, extended and reopened: ');
});
