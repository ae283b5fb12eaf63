import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { City } from '../../shared/config/city.ts';
import { Instance } from '../support/instance.ts';
import { copyTemplates } from '../support/templates.ts';
import { launchChromium, noBrowser } from './chromium.ts';
import { startSite, type Site } from './site.ts';
import { signIn, visit, type Visit } from './visit.ts';

// Straight to the terminal: the runner hides what passing tests log.
if (noBrowser !== undefined) writeSync(2, `The browser tests are skipped: ${noBrowser}.\n`);

/** A `describe` whose tests need a browser; skipped where there is none. */
export const describeInBrowser = describe.skipIf(noBrowser !== undefined);

/** A browser and a server of the pages, for the tests of a `describe`. The fields are set before its `beforeAll`. */
export type Pages = {
  url: string;
  browser: Browser;
  /** Opens a path or a whole URL. The page is closed after the test, which fails if the page reported an error. */
  open: (address: string, options?: BrowserContextOptions) => Promise<Page>;
  /** The same, signed in as a member of staff. */
  openAs: (name: string, path: string, options?: BrowserContextOptions) => Promise<Page>;
  stop: () => Promise<void>;
};

export type SitePages = Pages & Site;
export type ProductPages = Pages & { instance: Instance };

/** The pages with the functions in this process, which tests can inspect and disturb. */
export function startSitePages(rules?: City): SitePages {
  const pages = startPages(() => startSite(rules));
  beforeEach(() => {
    pages.asked.length = 0;
    pages.photosRead.length = 0;
  });
  return pages;
}

/** The whole product as `npm start` runs it, in a process of its own. */
export function startProductPages(): ProductPages {
  return startPages(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-pages-'));
    copyTemplates(dataDir);
    const instance = await Instance.start(dataDir);
    const stop = async (): Promise<void> => {
      await instance.kill('SIGTERM');
      rmSync(dataDir, { recursive: true, force: true });
    };
    return { url: instance.url, instance, stop };
  });
}

function startPages<Server extends { url: string; stop: () => Promise<void> }>(
  start: () => Promise<Server>,
): Server & Pages {
  const pages = {} as Server & Pages;
  let visits: Visit[] = [];
  const open: Pages['open'] = async (address, options) => {
    const opened = await visit(pages.browser, new URL(address, pages.url).href, options);
    visits.push(opened);
    return opened.page;
  };
  const openAs: Pages['openAs'] = async (name, path, options) => {
    const page = await open(path, options);
    await signIn(page, name);
    return page;
  };
  beforeAll(async () => {
    const [browser, server] = await Promise.all([launchChromium(), start()]);
    Object.assign(pages, server, { browser, open, openAs });
  });
  afterEach(async () => {
    const ended = visits;
    visits = [];
    await Promise.all(ended.map(({ close }) => close()));
    expect(ended.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
  afterAll(async () => {
    await pages.browser.close();
    await pages.stop();
  });
  return pages;
}
