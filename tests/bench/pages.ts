import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, noBrowser } from '../browser/chromium.ts';
import { desktop, signIn, visit } from '../browser/visit.ts';
import { firstLoad, type PageName } from '../support/first-load.ts';
import { Instance } from '../support/instance.ts';
import { quantile } from './quantile.ts';

/**
 * How much each page loads, and how soon it is usable without a cache, on a slow 4G connection and a processor four
 * times slower than this one. Staff are signed in already. Usable is the first frame that shows
 *  - to a resident: the form's first field, ready for typing;
 *  - at the desk: the first report of the inbox;
 *  - on the board: the first figure.
 */
const runs = 5;
const network = { down: 1_600_000, up: 750_000, roundTripMilliseconds: 150 };
const slowerProcessor = 4;

const measured: { page: PageName; path: string; user?: string; isUsable: string }[] = [
  {
    page: 'resident',
    path: '/',
    isUsable: `(() => {
      const field = document.querySelector('main textarea');
      return field !== null && !field.disabled && field.closest('[inert]') === null;
    })()`,
  },
  {
    page: 'desk',
    path: '/desk/',
    user: '王师傅',
    isUsable: `[...document.querySelectorAll('main li a')].some((line) => /YT-\\d{6}-/.test(line.textContent))`,
  },
  {
    page: 'board',
    path: '/board/',
    user: '系统管理员',
    isUsable: `[...document.querySelectorAll('main dd')].some((figure) => /^\\d+$/.test(figure.textContent.trim()))`,
  },
];
/** Compressed bytes and milliseconds; only for residents, who use any phone and connection. */
const goals: Partial<Record<PageName, { bytes: number; usable: number }>> = {
  resident: { bytes: 120_000, usable: 2_500 },
};

if (noBrowser !== undefined) throw new Error(noBrowser);
const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-bench-'));
const [browser, instance] = await Promise.all([launchChromium(), Instance.start(dataDir)]);
let isMet = true;
try {
  await submitReports();
  console.log(
    `${network.down / 1e6} Mbit/s down, ${network.up / 1e6} up, ${network.roundTripMilliseconds} ms round trip, ` +
      `processor ${slowerProcessor}× slower, no cache, ${runs} loads each`,
  );
  for (const each of measured) {
    const { page } = each;
    const goal = goals[page];
    const gzipBytes = firstLoad(page).reduce((sum, file) => sum + file.gzipBytes, 0);
    const { transferred, usable } = await load(browser, each);
    const median = quantile(usable, 0.5);
    isMet &&= goal === undefined || (gzipBytes <= goal.bytes && median <= goal.usable);
    row(
      `${page}: first scripts and styles, gzip`,
      kilobytes(gzipBytes),
      goal && `≤ ${kilobytes(goal.bytes)}`,
    );
    row(`${page}: transferred until usable, all kinds`, kilobytes(transferred));
    row(`${page}: usable, p50`, seconds(median), goal && `≤ ${seconds(goal.usable)}`);
    row(`${page}: usable, slowest`, seconds(Math.max(...usable)));
  }
} finally {
  await browser.close();
  await instance.kill('SIGINT');
  rmSync(dataDir, { recursive: true, force: true });
}
if (!isMet) process.exitCode = 1;

/** Submits reports for the desk's inbox and the board's figures. */
async function submitReports(): Promise<void> {
  for (let filed = 0; filed < 20; filed += 1) {
    const body = { description: '三号楼二单元楼道水管漏水', location: { area: 'tinglan-court' } };
    const { status } = await instance.call('POST', '/api/reports', { key: randomUUID(), body });
    if (status !== 201) throw new Error(`submit answered ${status}`);
  }
  await instance.call('GET', '/local/idle');
}

async function load(
  browser: Browser,
  { page: name, path, user, isUsable }: (typeof measured)[number],
): Promise<{ transferred: number; usable: number[] }> {
  const { page, close } = await visit(browser, instance.url + path, name === 'board' ? desktop : {});
  if (user !== undefined) await signIn(page, user);
  await page.addInitScript(`window.usable = new Promise((resolve) => {
    (function look() {
      if (${isUsable}) resolve(performance.now());
      else requestAnimationFrame(look);
    })();
  })`);
  await slowDown(page);
  const usable: number[] = [];
  let transferred = 0;
  for (let run = 0; run < runs; run += 1) {
    await page.goto(`${instance.url}${path}`, { waitUntil: 'commit' });
    const usableAfter = await page.evaluate<number>('usable');
    usable.push(usableAfter);
    transferred = await page.evaluate<number>(`
      [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter(({ responseEnd }) => responseEnd > 0 && responseEnd <= ${usableAfter})
        .reduce((sum, { transferSize }) => sum + transferSize, 0)`);
    await page.waitForLoadState('networkidle');
  }
  await close();
  return { transferred, usable };
}

async function slowDown(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    downloadThroughput: network.down / 8,
    uploadThroughput: network.up / 8,
    latency: network.roundTripMilliseconds,
  });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowerProcessor });
}

function row(figure: string, value: string, goal = ''): void {
  console.log(`${figure.padEnd(46)} ${value.padStart(10)}   ${goal}`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
