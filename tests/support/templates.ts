import { cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder of the synthesized product: templates, bundled functions and pages. */
export const templates = resolve(import.meta.dirname, '..', '..', 'dist', 'cdk.out');

/** For files shared by several test files. The global setup removes it when the run ends. */
export const runFolder = process.env['TEST_RUN_FOLDER'] ?? tmpdir();

/** Copies the templates into a data folder, so that `npm start` does not build again. */
export function copyTemplates(dataDir: string): void {
  cpSync(templates, join(dataDir, 'cdk.out'), { recursive: true });
}
