import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { Instance } from '../support/instance.ts';
import { copyTemplates } from '../support/templates.ts';
import { launchChromium } from './chromium.ts';

export type ProductPages = { browser: Browser; instance: Instance };

/** Starts a browser and a local instance, as a process of its own, for the tests of a `describe`. */
export function startProductPages(): ProductPages {
  const pages = {} as ProductPages;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-pages-'));
    copyTemplates(dataDir);
    [pages.browser, pages.instance] = await Promise.all([launchChromium(), Instance.start(dataDir)]);
  }, 90_000);
  afterAll(async () => {
    await pages.browser.close();
    await pages.instance.kill('SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  });
  return pages;
}
