import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export const phone = { width: 360, height: 740 };
/** A desktop screen without touch. */
export const desktop = { viewport: { width: 1440, height: 900 }, isMobile: false, hasTouch: false };

/** A page in a browser context of its own, with the errors that occurred in it. */
export type Visit = { page: Page; complaints: string[]; close: () => Promise<void> };

/**
 * Opens a page as on a phone in another time zone. Errors, violations of the Content-Security-Policy and requests
 * to other machines are collected as complaints.
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
  // A limit costs nothing while tests pass; a busy machine needs it.
  context.setDefaultTimeout(300_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // Failed requests are caused by the test.
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

/** Through the sign-in page, which lists the staff by name. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('button', { name }).click();
  await page.locator('summary').getByText(name).waitFor();
}

/** Fires the event of returning to the page, on which it polls. */
export async function comeBack(page: Page): Promise<void> {
  await page.evaluate("dispatchEvent(new Event('focus'))");
}

/** How many pixels the page can be scrolled sideways; 0 if it fits. */
export async function sidewaysPixels(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Saves a screenshot of the page to the folder in `SCREENSHOTS`, if set. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
