import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildFunctions, buildWeb, readCity } from '../build.ts';
import { createApp } from '../create-app.ts';

/**
 * Builds and synthesizes into the folder given as first argument. Run as a separate process, since the CDK and the
 * bundlers take more memory than everything that runs afterwards.
 */
const [, , outdir] = process.argv;
if (outdir === undefined) throw new Error('name the folder for the templates');

try {
  const city = readCity();
  const [functions, pages] = await Promise.all([buildFunctions({ city }), buildWeb()]);
  // The template checks do not depend on the machine; deployments and tests run them.
  createApp({ city, functions, pages, outdir, validation: false }).app.synth();
  removeUnusedAssets(outdir);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Removes assets of earlier starts that no template uses. */
function removeUnusedAssets(folder: string): void {
  const files = readdirSync(folder);
  const assetLists = files
    .filter((file) => file.endsWith('.assets.json'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  for (const file of files) {
    if (file.startsWith('asset.') && !assetLists.some((text) => text.includes(`"${file}"`)))
      rmSync(join(folder, file), { recursive: true });
  }
}
