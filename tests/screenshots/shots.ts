import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { drawWithFont, serveFont } from './chinese-font.ts';

export type Language = 'zh' | 'en';

/** One screen: phone or desktop. */
export type Screen = { width: 360 | 1440; language: Language };

export type Studio = { browser: Browser; url: string; folder: string; report: (line: string) => void };

const heights = { 360: { screen: 780, most: 1500 }, 1440: { screen: 900, most: 1200 } };

/** Opens a page in a new browser context with only the given local storage. */
export async function openPage(
  { browser, url }: Studio,
  { width, language }: Screen,
  path: string,
  stored: Record<string, unknown> = {},
): Promise<Page> {
  const isPhone = width === 360;
  const context = await browser.newContext({
    viewport: { width, height: heights[width].screen },
    deviceScaleFactor: isPhone ? 2 : 1,
    isMobile: isPhone,
    hasTouch: isPhone,
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    timezoneId: 'Asia/Shanghai',
    colorScheme: 'light',
    // The pages' policy would forbid the font.
    bypassCSP: true,
  });
  context.setDefaultTimeout(20_000);
  await serveFont(context);
  const entries = Object.entries({ language, ...stored });
  await context.addInitScript(`
    for (const [name, value] of ${JSON.stringify(entries)})
      localStorage.getItem('suishoubao.' + name) ?? localStorage.setItem('suishoubao.' + name, JSON.stringify(value));
  `);
  const page = await context.newPage();
  await page.goto(url + path);
  return page;
}

/** Saves a screenshot of the page, with limited height and colours. */
export async function takePicture(
  { folder, report }: Studio,
  page: Page,
  name: string,
  { width, language }: Screen,
): Promise<void> {
  await page.evaluate('scrollTo(0, 0); document.activeElement?.blur?.()');
  await drawWithFont(page);
  // Photos and figures may still be loading.
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
  await setTimeout(600);
  const height = Math.min(
    heights[width].most,
    Math.max(heights[width].screen, await page.evaluate<number>('document.documentElement.scrollHeight')),
  );
  const full = await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height } });
  mkdirSync(folder, { recursive: true });
  const file = `${name}-${width}-${language}.png`;
  const { size } = await sharp(full)
    .png({ palette: true, colours: 128, effort: 10, compressionLevel: 9 })
    .toFile(join(folder, file));
  report(`${file} ${Math.round(size / 1024)} KB`);
}
