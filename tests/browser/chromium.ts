import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

/** Why no browser can be had here, if it cannot: the package holds a Chromium for one platform. */
export const noBrowser: string | undefined =
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : `@sparticuz/chromium runs on Linux x64 only, this is ${process.platform} ${process.arch}`;

export async function launchChromium(): Promise<Browser> {
  const folder = await unpackedChromium();
  const launch = (env: Record<string, string>): Promise<Browser> =>
    chromium.launch({
      executablePath: join(folder, 'chromium'),
      // Not the package's own arguments: they are for Lambda, and switch off what tests rely on (CORS).
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none'],
      env: { ...process.env, ...env },
    });
  try {
    return await launch({});
  } catch (error) {
    if (!String(error).includes('error while loading shared libraries')) throw error;
    // A system without NSS, such as a slim container image; the package brings one.
    return launch({ LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') });
  }
}

const entry = import.meta.resolve('@sparticuz/chromium');
const bundle = fileURLToPath(new URL('..', entry));

/**
 * Unpacks the package's Chromium once a version. The package itself would unpack to a fixed place, and take a
 * file that another process is still writing for a whole one.
 */
async function unpackedChromium(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(bundle, 'package.json'), 'utf8')) as { version: string };
  const folder = join(tmpdir(), `suishoubao-chromium-${version}`);
  if (existsSync(folder)) return folder;
  const incomplete = mkdtempSync(`${folder}-`);
  await unpack(['chromium.br', 'al2023.tar.br'], incomplete);
  try {
    renameSync(incomplete, folder);
  } catch (error) {
    // Another process was faster.
    rmSync(incomplete, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** In a process of its own: the package unpacks to TMPDIR, which here is everybody's. */
async function unpack(parts: string[], folder: string): Promise<void> {
  const program = `
    import { inflate } from ${JSON.stringify(entry)};
    await Promise.all(process.argv.slice(1).map((part) => inflate(part)));
  `;
  const files = parts.map((part) => join(bundle, 'bin', part));
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program, ...files], {
    env: { ...process.env, TMPDIR: folder },
  });
}
