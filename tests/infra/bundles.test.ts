import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { buildFunctions, functionNames, readCity, type BuiltFunctions } from '../../infra/build.ts';

const run = promisify(execFile);
// Outside the repository, so that a bundle that imports the repository's packages fails, as on Lambda.
const scratch = mkdtempSync(join(tmpdir(), 'suishoubao-bundles-'));
let built: BuiltFunctions;

beforeAll(async () => {
  built = await buildFunctions({ output: join(scratch, 'first', 'functions') });
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** Runs code in a separate process with only these environment variables. */
async function runAlone(code: string, environment: Record<string, string>): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: scratch,
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...environment,
    },
  });
  return stdout.trim();
}

describe('bundles', () => {
  it.each(functionNames)('%s has at most 625 KB', (name) => {
    expect(statSync(join(built.root, name, 'index.mjs')).size).toBe(built.bytes[name]);
    expect(built.bytes[name]).toBeGreaterThan(100);
    expect(built.bytes[name]).toBeLessThanOrEqual(625_000);
  });

  it.each(functionNames)('%s starts with its own settings and has a handler', async (name) => {
    const { settings } = (await import(`../../functions/${name}/settings.ts`)) as { settings: z.ZodObject };
    const environment = Object.keys(settings.shape).map((key) => [
      key,
      'arn:aws:service:us-east-1:123456789012:thing',
    ]);
    const code = `const { handler } = await import(${JSON.stringify(join(built.root, name, 'index.mjs'))}); console.log(typeof handler)`;
    expect(await runAlone(code, Object.fromEntries(environment) as Record<string, string>)).toBe('function');
  });

  it('name a missing setting at start', async () => {
    const code = `await import(${JSON.stringify(join(built.root, 'sweep', 'index.mjs'))})`;
    await expect(runAlone(code, {})).rejects.toThrow('REPORTS_TABLE');
  });

  it('contain the city', () => {
    for (const name of functionNames)
      expect(JSON.parse(readFileSync(join(built.root, name, 'city.json'), 'utf8'))).toEqual(readCity());
  });

  it('contain only code, the city and, for photos, the image library', () => {
    for (const name of functionNames) {
      const expected =
        name === 'photos' ? ['city.json', 'index.mjs', 'node_modules'] : ['city.json', 'index.mjs'];
      expect(readdirSync(join(built.root, name)).sort()).toEqual(expected);
    }
  });

  it('are reproducible, and unchanged files are not rewritten', async () => {
    const times = (): number[] =>
      readdirSync(built.root, { recursive: true, withFileTypes: true }).map(
        (entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs,
      );
    const before = times();
    await buildFunctions({ output: built.root });
    expect(times()).toEqual(before);
  });

  it('of photos can process an image without installed packages', async () => {
    const photos = join(scratch, 'alone');
    cpSync(join(built.root, 'photos'), photos, { recursive: true });
    const code = `
      const { createRequire } = await import('node:module');
      const sharp = createRequire(${JSON.stringify(join(photos, 'index.mjs'))})('sharp');
      const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).jpeg().toBuffer();
      console.log((await sharp(picture).metadata()).format);`;
    expect(await runAlone(code, {})).toBe('jpeg');
  });
});

describe('a city file', () => {
  it('that is missing is named in the error', () => {
    expect(() => readCity('nowhere/city.json')).toThrow(/nowhere\/city\.json/);
  });

  it('that is invalid is refused with its problems and their paths', () => {
    expect(() => readCity('package.json')).toThrow(/package\.json[^]*departments/);
  });
});
