import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Instance } from '../support/instance.ts';
import { launchChromium, noBrowser } from './chromium.ts';
import { picture, visit, type Visit } from './visit.ts';

describe.skipIf(noBrowser !== undefined)('the page on the embedded cloud', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-browser-'));
  let browser: Browser;
  let instance: Instance;
  let visitor: Visit;

  beforeAll(async () => {
    [browser, instance] = await Promise.all([launchChromium(), Instance.start(dataDir)]);
    visitor = await visit(browser, instance.url);
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await instance.kill('SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('takes a report with two photos to its department, and back for a rating and a reopening', async () => {
    const { page, complaints } = visitor;
    const photos = await Promise.all(
      ['#8a4b2d', '#2d5c8a'].map(async (background, index) => ({
        name: `photo-${index + 1}.jpg`,
        mimeType: 'image/jpeg',
        buffer: await sharp({ create: { width: 2400, height: 1600, channels: 3, background } })
          .jpeg()
          .toBuffer(),
      })),
    );
    await page.getByRole('textbox', { name: '问题描述' }).fill('三号楼二单元楼道水管爆裂，一直漏水 🚰');
    await page.getByLabel('街道').selectOption({ label: '栖鹭街道' });
    await page.getByLabel('社区').selectOption({ label: '柳岸社区' });
    await page.getByLabel('小区').selectOption({ label: '汀兰苑' });
    await page.locator('#photos').setInputFiles(photos);
    await page.getByAltText('第 2 张照片').waitFor();
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已收到' }).waitFor();
    const number = await page.locator('.number').innerText();

    await page.getByRole('link', { name: '查看办理进度' }).click();
    // Nobody has to ask again: the page keeps up.
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    await page.getByText('已派单给康宁居物业').waitFor();
    await expect.poll(() => page.locator('.thumbs .ready').count(), { timeout: 15_000 }).toBe(2);
    const thumbnail = page.getByRole('link', { name: '打开第 1 张照片' });
    await thumbnail.scrollIntoViewIfNeeded();
    await expect
      .poll(() =>
        page.evaluate("[...document.querySelectorAll('.thumbs img')].map((image) => image.naturalWidth > 0)"),
      )
      .toEqual([true, true]);
    await thumbnail.click();
    await expect.poll(() => page.evaluate("document.querySelector('dialog img')?.naturalWidth")).toBe(2048);
    await page.getByRole('button', { name: '关闭' }).click();
    await picture(page, 'cloud-assigned-zh');

    const token = await instance.tokenOf('wang-wuye');
    const { json } = await instance.call('GET', `/api/desk/reports/${number}`, { token });
    const { status } = await instance.call('POST', `/api/desk/reports/${number}/commands`, {
      token,
      body: { type: 'resolve', text: '已更换水管，不再漏水。', version: json['version'] },
    });
    expect(status).toBe(200);
    await page.evaluate("dispatchEvent(new Event('focus'))");
    await page.getByRole('heading', { name: '已办结' }).waitFor();
    await page.getByRole('radio', { name: '不满意', exact: true }).check();
    await page.getByRole('button', { name: '提交评价' }).click();
    await page.getByRole('heading', { name: '已归档' }).waitFor();
    await page.getByText('没有解决，要求重办').click();
    await page.getByLabel('哪里没有解决').fill('早上又开始漏水');
    await page.getByRole('button', { name: '要求重办' }).click();
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    await picture(page, 'cloud-reopened-zh');
    expect(complaints).toEqual([]);
  });
});
