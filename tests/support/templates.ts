import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where the global setup leaves the synthesized product: templates, bundled functions and pages. */
export const templates = resolve(import.meta.dirname, '..', '..', 'dist', 'cdk.out');

/** Copies them into a data folder, so that `npm start` finds them there and does not build again. */
export function copyTemplates(dataDir: string): void {
  cpSync(templates, join(dataDir, 'cdk.out'), { recursive: true });
}
