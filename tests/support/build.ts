import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildFingerprint } from '../../infra/local/build-fingerprint.ts';
import { templates } from './templates.ts';

const synthesis = fileURLToPath(new URL('../../infra/local/synthesis.ts', import.meta.url));

/** Vitest's global setup: builds and synthesizes once for all test files, if the sources have changed. */
export async function setup(): Promise<void> {
  // Workers inherit the environment.
  process.env['TEST_RUN_FOLDER'] ??= mkdtempSync(join(tmpdir(), 'suishoubao-run-'));
  const record = join(templates, 'fingerprint.txt');
  const wanted = buildFingerprint(process.env['CITY_FILE']);
  if (existsSync(record) && readFileSync(record, 'utf8') === wanted) return;
  await promisify(execFile)(process.execPath, [synthesis, templates]);
  writeFileSync(record, wanted);
}

export function teardown(): void {
  rmSync(process.env['TEST_RUN_FOLDER'] ?? '', { recursive: true, force: true });
}
