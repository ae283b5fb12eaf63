import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '..', '..');

/** Everything that a synthesized template depends on, besides the city file and Node. */
const sources = [
  '{infra,functions,shared,events,web}/**/*',
  'package-lock.json',
  'cdk.json',
  'tsconfig.json',
];

/** A hash of all inputs of the build and the synthesis. */
export function buildFingerprint(cityFile: string | undefined): string {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`);
  const files = globSync(sources, { cwd: repository }).map((path) => resolve(repository, path));
  if (cityFile !== undefined) files.push(resolve(repository, cityFile));
  for (const file of files.sort()) {
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    hash.update(`\0${relative(repository, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}
