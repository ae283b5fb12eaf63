import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { build } from 'esbuild';
import type { City } from '../shared/config/city.ts';
import { loadCity } from '../shared/config/load-city.ts';
import { withOfficialDays } from '../shared/config/official-days.ts';
import { webhookProblems } from '../shared/webhook/addresses.ts';
import { shakenSchemas } from './shaken-schemas.ts';

const repository = resolve(import.meta.dirname, '..');

/** The functions' architecture; the stack and the copied native part of sharp must agree on it. */
export type Architecture = 'x86_64' | 'arm64';

export type BuiltFunctions = {
  /** Contains one folder per function, each a complete Lambda asset. */
  root: string;
  /** Size of each function's bundle. */
  bytes: Record<string, number>;
  architecture: Architecture;
  /** Whether the photos function contains sharp's binary for Lambda, or only the one for this machine. */
  photosRunOnLambda: boolean;
};

export type BuildOptions = {
  /** One folder per function, each with an index.ts. */
  sources?: string;
  output?: string;
  city?: City;
};

/** Each folder of functions/ with an index.ts is a function. */
export const functionNames = functionsIn(join(repository, 'functions'));

function functionsIn(folder: string): string[] {
  return globSync('*/index.ts', { cwd: folder }).map(dirname).sort();
}

/** The packages of sharp's native part for Lambda. */
function nativePackages(architecture: Architecture): string[] {
  const platform = `linux-${architecture === 'arm64' ? 'arm64' : 'x64'}`;
  return [`@img/sharp-${platform}`, `@img/sharp-libvips-${platform}`];
}

/** The command that installs sharp's native part for Lambda, in addition to the one for this machine. */
export function fetchNativePart(architecture: Architecture): string {
  const folder = findPackage('sharp', repository);
  const versions = folder === undefined ? undefined : readManifest(folder).optionalDependencies;
  const packages = nativePackages(architecture).map((name) => `${name}@${versions?.[name] ?? 'latest'}`);
  // npm refuses packages for another platform without --force.
  return `npm install --no-save --force ${packages.join(' ')}`;
}

/** x86_64, except on ARM Linux, where the binaries of this machine also run on Lambda. */
export function lambdaArchitecture(): Architecture {
  return process.platform === 'linux' && process.arch === 'arm64' ? 'arm64' : 'x86_64';
}

/** The city in CITY_FILE, or the demo city. @throws an error that lists every problem with its path. */
export function readCity(file: string | undefined = process.env['CITY_FILE']): City {
  const path = resolve(repository, file ?? 'shared/config/demo-city.json');
  try {
    const city = withOfficialDays(loadCity(path));
    const [refused] = webhookProblems(city);
    if (refused) throw new Error(`${refused.path}: ${refused.message}`);
    return city;
  } catch (cause) {
    throw new Error(`The city file ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/**
 * Bundles every function into a folder that Lambda and the embedded cloud run unchanged. The output is reproducible and
 * unchanged files are not rewritten, so asset hashes stay the same and a running process is not disturbed.
 */
export async function buildFunctions(options: BuildOptions = {}): Promise<BuiltFunctions> {
  const sources = options.sources ?? join(repository, 'functions');
  const output = options.output ?? join(repository, 'dist', 'functions');
  const maps = join(output, '..', 'maps');
  const city = JSON.stringify(options.city ?? readCity());

  const names = functionsIn(sources);

  const result = await build({
    absWorkingDir: repository,
    entryPoints: names.map((name) => ({ in: join(sources, name, 'index.ts'), out: `${name}/index` })),
    outdir: output,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    // Source maps are only for reading stack traces, so they are not part of the assets.
    sourcemap: 'external',
    sourcesContent: false,
    alias: {
      '@aws-sdk/credential-provider-node': join(import.meta.dirname, 'lambda-credentials.ts'),
    },
    plugins: [shakenSchemas],
    // Its native part cannot be bundled; the installed package is copied.
    external: ['sharp'],
    // Some of the SDK's dependencies are CommonJS and call require.
    banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" },
    logLevel: 'silent',
  });

  const bytes: Record<string, number> = {};
  for (const file of result.outputFiles) {
    const path = relative(output, file.path);
    if (path.endsWith('.map')) {
      writeWhenChanged(join(maps, `${dirname(path)}.mjs.map`), file.contents);
    } else {
      writeWhenChanged(file.path, file.contents);
      bytes[dirname(path)] = file.contents.byteLength;
    }
  }
  for (const name of names) writeWhenChanged(join(output, name, 'city.json'), Buffer.from(city));
  for (const entry of readdirSync(output)) {
    if (!names.includes(entry)) rmSync(join(output, entry), { recursive: true, force: true });
  }

  const architecture = lambdaArchitecture();
  const copied = copySharp(join(output, 'photos', 'node_modules'));
  return {
    root: output,
    bytes,
    architecture,
    photosRunOnLambda: nativePackages(architecture).every((name) => copied.includes(name)),
  };
}

/** Builds web/ into dist/web with Vite, unless its sources are unchanged. Returns the output folder. */
export async function buildWeb(): Promise<string> {
  const source = join(repository, 'web');
  const output = join(repository, 'dist', 'web');
  const record = join(repository, 'dist', 'web-fingerprint.txt');
  if (!existsSync(join(source, 'index.html'))) {
    if (existsSync(join(output, 'index.html'))) return output;
    throw new Error(
      'There is neither web/index.html to build the pages from, nor dist/web with pages built before.',
    );
  }

  const fingerprint = hashOfFiles([
    join(source, '**/*'),
    join(repository, 'shared', '**/*'),
    join(repository, 'package-lock.json'),
  ]);
  const upToDate =
    existsSync(join(output, 'index.html')) &&
    existsSync(record) &&
    readFileSync(record, 'utf8') === fingerprint;
  if (upToDate) return output;

  // Built in another folder and renamed: another process may be serving or building the same output.
  const draft = `${output}-${process.pid}`;
  // Loading Vite takes longer than the rest of a start, so only when there is something to build.
  const vite = await import('vite');
  await vite.build({
    configFile: join(source, 'vite.config.ts'),
    root: source,
    logLevel: 'warn',
    build: { outDir: draft, emptyOutDir: true },
  });
  rmSync(record, { force: true });
  rmSync(output, { recursive: true, force: true });
  renameSync(draft, output);
  writeFileSync(record, fingerprint);
  return output;
}

function hashOfFiles(patterns: string[]): string {
  const hash = createHash('sha256');
  const files = patterns.flatMap((pattern) =>
    globSync(pattern, { exclude: (name) => name === 'node_modules' }),
  );
  for (const file of files.sort()) {
    if (!statSync(file).isFile()) continue;
    hash
      .update(relative(repository, file).split(sep).join('/'))
      .update('\0')
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function writeWhenChanged(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  // Written to another file and renamed, so that a reader never sees a partial file.
  const incomplete = `${path}.${process.pid}`;
  writeFileSync(incomplete, contents);
  renameSync(incomplete, path);
}

/**
 * Copies sharp, its run-time dependencies and every native part installed. Returns the names of the packages.
 */
function copySharp(target: string): string[] {
  const packages = new Map<string, string>();
  const collect = (name: string, from: string): void => {
    if (packages.has(name)) return;
    const folder = findPackage(name, from);
    if (folder === undefined) return;
    packages.set(name, folder);
    const manifest = readManifest(folder);
    const needed = { ...manifest.dependencies, ...manifest.optionalDependencies };
    for (const dependency of Object.keys(needed)) collect(dependency, folder);
  };
  collect('sharp', repository);
  if (!packages.has('sharp')) throw new Error('The package sharp is not installed: run npm ci.');

  for (const [name, folder] of packages) {
    const to = join(target, ...name.split('/'));
    const manifest = readFileSync(join(folder, 'package.json'));
    const copied = join(to, 'package.json');
    if (existsSync(copied) && readFileSync(copied).equals(manifest)) continue;
    const incomplete = `${to}.${process.pid}`;
    rmSync(incomplete, { recursive: true, force: true });
    cpSync(folder, incomplete, {
      recursive: true,
      dereference: true,
      filter: (path) => neededAtRunTime(relative(folder, path)),
    });
    rmSync(to, { recursive: true, force: true });
    renameSync(incomplete, to);
  }
  for (const entry of globSync(['*', '@*/*'], { cwd: target })) {
    const name = entry.split(sep).join('/');
    if (!name.startsWith('@') || name.includes('/')) {
      if (!packages.has(name)) rmSync(join(target, entry), { recursive: true, force: true });
    }
  }
  return [...packages.keys()];
}

/** Where Node would load the package from; `require.resolve` alone fails on packages that hide their manifest. */
function findPackage(name: string, from: string): string | undefined {
  const places = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  return places
    .map((place) => join(place, ...name.split('/')))
    .find((folder) => existsSync(join(folder, 'package.json')));
}

type Manifest = { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> };

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function neededAtRunTime(path: string): boolean {
  const [top] = path.split(sep);
  return top !== 'src' && top !== 'install' && top !== 'node_modules' && !/\.d\.[cm]?ts$|\.md$/.test(path);
}

if (import.meta.main) {
  const started = performance.now();
  const built = await buildFunctions();
  for (const [name, bytes] of Object.entries(built.bytes))
    console.log(`${name.padEnd(18)} ${(bytes / 1000).toFixed(0).padStart(5)} KB`);
  const functionsDone = performance.now();
  console.log(`functions in ${((functionsDone - started) / 1000).toFixed(1)} s`);
  if (!built.photosRunOnLambda)
    console.warn(
      `photos cannot run on Lambda yet; before deploying run: ${fetchNativePart(built.architecture)}`,
    );
  await buildWeb();
  console.log(`pages in ${((performance.now() - functionsDone) / 1000).toFixed(1)} s`);
}
