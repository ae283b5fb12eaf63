import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildFingerprint } from '../../infra/local/build-fingerprint.ts';
import { templates } from './templates.ts';

const synthesis = fileURLToPath(new URL('../../infra/local/synthesis.ts', import.meta.url));

/** Vitest's global setup: builds and synthesizes once for all test files, unless the sources are as they were. */
export default async function build(): Promise<void> {
  const record = join(templates, 'fingerprint.txt');
  const wanted = buildFingerprint(process.env['CITY_FILE']);
  if (existsSync(record) && readFileSync(record, 'utf8') === wanted) return;
  await promisify(execFile)(process.execPath, [synthesis, templates]);
  writeFileSync(record, wanted);
}
