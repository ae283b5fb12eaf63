import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, expect } from 'vitest';

export const phone = { width: 360, height: 740 };
/** A computer's screen, without fingers on it. */
export const desktop = { viewport: { width: 1440, height: 900 }, isMobile: false, hasTouch: false };

/** A page of its own device, with everything that went wrong in it. */
export type Visit = { page: Page; complaints: string[]; close: () => Promise<void> };

/**
 * Opens a page as on a phone, far from the city. Errors, refusals of the Content-Security-Policy and requests to
 * anywhere but this machine are gathered as complaints.
 */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: phone,
    isMobile: true,
    hasTouch: true,
    locale: 'zh-CN',
    timezoneId: 'America/New_York',
    ...options,
  });
  context.setDefaultTimeout(8_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A failed request is the test's own doing; the page tells of it in its own words.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(blob|data):|^http:\/\/127\.0\.0\.1:/.test(request.url()))
      complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/**
 * Watches over the visits of a `describe`'s tests: each ends with its test, and nothing may have gone wrong in any.
 * Answers what takes a visit in.
 */
export function watchVisits(): (visiting: Promise<Visit>) => Promise<Page> {
  let visits: Visit[] = [];
  afterEach(async () => {
    const ended = visits;
    visits = [];
    await Promise.all(ended.map(({ close }) => close()));
    expect(ended.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
  return async (visiting) => {
    const visit = await visiting;
    visits.push(visit);
    return visit.page;
  };
}

/** Through the page of who vouches for staff, as they are called there. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('button', { name }).click();
  await page.locator('summary').getByText(name).waitFor();
}

/** What a browser does when somebody comes back to the page, which then looks for news. */
export async function comeBack(page: Page): Promise<void> {
  await page.evaluate("dispatchEvent(new Event('focus'))");
}

/** How far the page can be scrolled sideways; a page that fits cannot. */
export async function sidewaysPixels(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Keeps a picture of the page where `SCREENSHOTS` says, for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
