import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildFunctions, buildWeb, readCity } from '../build.ts';
import { createApp } from '../create-app.ts';

/**
 * Builds and synthesizes into the folder that the first argument names. A process of its own: the CDK and the
 * bundlers take more memory than all that runs afterwards.
 */
const [, , outdir] = process.argv;
if (outdir === undefined) throw new Error('name the folder for the templates');

try {
  const city = readCity();
  const [functions, pages] = await Promise.all([buildFunctions({ city }), buildWeb()]);
  // What the checks say about the template does not depend on the machine; deploying and testing run them.
  createApp({ city, functions, pages, outdir, validation: false }).app.synth();
  removeLeftOver(outdir);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Assets of earlier starts that no template names any more. */
function removeLeftOver(folder: string): void {
  const files = readdirSync(folder);
  const named = files
    .filter((file) => file.endsWith('.assets.json'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  for (const file of files) {
    if (file.startsWith('asset.') && !named.some((text) => text.includes(`"${file}"`)))
      rmSync(join(folder, file), { recursive: true });
  }
}
