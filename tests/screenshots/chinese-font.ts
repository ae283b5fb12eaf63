import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';

/** Provides a Chinese font from npm for machines without one. The pages themselves load no font. */

const folder = dirname(createRequire(import.meta.url).resolve('@fontsource/noto-sans-sc/400.css'));
const address = '/fonts-of-the-pictures/';

const faces = [400, 600, 700]
  .map((weight) => readFileSync(join(folder, `${weight}.css`), 'utf8'))
  .join('\n')
  .replaceAll(
    /url\(\.\/files\/([^)]+\.woff2)\) format\('woff2'\), url\([^)]+\) format\('woff'\)/g,
    `url(${address}$1)`,
  );

const style = `
  ${faces}
  body, button, input, select, textarea { font-family: 'Noto Sans SC', sans-serif !important; }
  *, *::before, *::after { transition: none !important; animation: none !important; caret-color: transparent !important; }
`;

/** Browsers load only the font subsets that the document's text needs, which does not include text on a canvas. */
const noteCanvasText = `
  window.canvasText = '';
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
    window.canvasText += text;
    return fillText.call(this, text, ...where);
  };
`;

export async function serveFont(context: BrowserContext): Promise<void> {
  await context.addInitScript(noteCanvasText);
  await context.route(`**${address}*`, (route) =>
    route.fulfill({
      path: join(folder, 'files', basename(new URL(route.request().url()).pathname)),
      contentType: 'font/woff2',
    }),
  );
}

/** Loads the font for all text of the page. Emoji, which it does not have, are removed. */
export async function drawWithFont(page: Page): Promise<void> {
  await page.addStyleTag({ content: style });
  await page.evaluate(`(async () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (/\\p{Extended_Pictographic}/u.test(node.data) && !node.parentElement.closest('script, style'))
        node.data = node.data.replaceAll(/\\s*\\p{Extended_Pictographic}\\uFE0F?/gu, '');
    const text = document.body.innerText + window.canvasText;
    await Promise.all([400, 600, 700].map((weight) => document.fonts.load(weight + " 16px 'Noto Sans SC'", text)));
    await document.fonts.ready;
    // Canvases were drawn without the font; the board redraws its charts after printing.
    dispatchEvent(new Event('afterprint'));
  })()`);
}
