import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { imageSize } from 'image-size';
import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bucket } from '../support/api.ts';
import { describeInBrowser, startSitePages } from './pages.ts';
import type { Asked } from './site.ts';
import { picture, sidewaysPixels } from './visit.ts';

describeInBrowser('the form', () => {
  const site = startSitePages();
  let photo: Buffer;
  let folder: string;

  beforeAll(async () => {
    photo = await photoOf(320, 240);
    folder = mkdtempSync(join(tmpdir(), 'photos-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function open(options?: BrowserContextOptions): Promise<Page> {
    const page = await site.open('/', options);
    await page.getByLabel('街道').waitFor();
    return page;
  }

  /** The submissions that arrived, in order. */
  function submissions(): Asked[] {
    return site.asked.filter(({ request }) => request === 'POST /api/reports');
  }

  function fileOf(name: string, content: Uint8Array | string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  async function bytesOf(key: string): Promise<Uint8Array> {
    const { Body } = await site.api.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  it('can be used by keyboard alone', async () => {
    const page = await open();
    await tabTo(page, '问题描述');
    await page.keyboard.type('楼道水管爆了，一直在漏水 🚰');
    await tabTo(page, '街道');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, '社区');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, '小区');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, '详细位置');
    await page.keyboard.type('3栋2单元');
    await tabTo(page, '称呼');
    await page.keyboard.type('王女士');
    await tabTo(page, '电话');
    await page.keyboard.type('138 0013 8000');
    await picture(page, 'form-filled-zh');
    await tabTo(page, '提交');
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toContain('已提交');
    const number = await page.locator('.number').innerText();
    expect(number).toMatch(/^YT-\d{6}-[0-9A-Z]{6}$/);
    // The QR code contains the link.
    await page.getByRole('img', { name: '查询链接的二维码' }).waitFor();
    await picture(page, 'sent-zh');
    expect(submissions()[0]?.body).toEqual({
      description: '楼道水管爆了，一直在漏水 🚰',
      location: { area: 'tinglan-court', address: '3栋2单元' },
      contact: { name: '王女士', phone: '138 0013 8000' },
      photos: [],
      locale: 'zh',
    });

    await tabTo(page, '查看办理进度');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(new URL(page.url()).searchParams.get('report')).toBe(number);
  });

  it('says what is missing at its field, and sends nothing', async () => {
    const page = await open();
    await page.getByLabel('电话').fill('call me');
    await page.getByRole('button', { name: '提交' }).click();
    const description = page.getByRole('textbox', { name: '问题描述' });
    await page.getByText('请填写问题描述').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('description');
    expect(await description.getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('#phone-error').innerText()).toContain('电话号码只能包含数字');
    await picture(page, 'form-errors-zh');
    expect(submissions()).toEqual([]);
  });

  it("shows the API's refusal at its field, in the page's language", async () => {
    const page = await open();
    await page.getByRole('textbox', { name: '问题描述' }).fill('路灯不亮\uFFFE');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('含有无法识别的字符').waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByText('contains invalid characters').waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
    // The refused request created nothing, so the key is kept.
    await page.getByLabel('Description').fill('The street lamp is out');
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.getByText('Submitted, thank you!').waitFor();
    expect(new Set(submissions().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(submissions()[1]?.body?.['locale']).toBe('en');
  });

  it('remembers the language', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'What is the problem?' }).waitFor();
    await picture(page, 'form-en');
    await page.reload();
    await page.getByRole('heading', { name: 'What is the problem?' }).waitFor();
    expect(await page.title()).toBe('Report a problem · Suishoubao');
  });

  it('refuses files that are no photos, broken or too many before sending, each with its reason', async () => {
    const page = await open();
    const album = page.locator('#photos');
    const photos = Array.from({ length: 10 }, (_, index) => fileOf(`photo-${index + 1}.jpg`, photo));
    const huge = fileOf('huge.jpg', photo);
    truncateSync(huge, 40 * 1024 * 1024 + 1);
    const broken = fileOf('broken.jpg', photo.subarray(0, 20));
    await album.setInputFiles([fileOf('notes.txt', 'hello'), broken, huge, ...photos]);
    await page.getByText('最多 9 张照片，“photo-10.jpg”没有添加').waitFor();
    await page.getByText('“notes.txt”不是图片').waitFor();
    await page.getByText('“broken.jpg”打不开').waitFor();
    await page.getByText('“huge.jpg”超过 40 MB').waitFor();
    expect(await page.locator('.thumbs img').count()).toBe(9);
    expect(await album.count()).toBe(0);
    expect(site.asked.filter(({ request }) => request !== 'GET /api/city')).toEqual([]);
    await picture(page, 'form-photos-refused-zh');

    await page.getByRole('button', { name: '删除第 9 张照片' }).click();
    await album.waitFor({ state: 'attached' });
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('删除第 8 张照片');
  });

  it('sends a photo upright, with at most 2048 pixels, and without metadata', async () => {
    const page = await open();
    const original = await sharp(await photoOf(3000, 2000))
      .withExif({ IFD0: { Make: 'Camera' }, IFD3: { GPSLatitude: '36/1 0/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    await page.locator('#photos').setInputFiles(fileOf('lamp.jpg', original));
    await page.getByAltText('第 1 张照片').waitFor();
    await page.getByRole('textbox', { name: '问题描述' }).fill('路灯不亮');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    const [key] = submissions()[0]?.body?.['photos'] as [string];
    const sent = await bytesOf(key);
    expect(imageSize(sent)).toMatchObject({ type: 'jpg', width: 1365, height: 2048 });
    expect(Buffer.from(sent).includes('Exif')).toBe(false);
    // The stored photo is deleted with the draft.
    await page.getByRole('button', { name: '再报一件' }).click();
    expect(await page.locator('.thumbs img').count()).toBe(0);
  });

  it('uploads only the failed photos again', async () => {
    const page = await open();
    await page.locator('#photos').setInputFiles([fileOf('1.jpg', photo), fileOf('2.jpg', photo)]);
    await page.getByAltText('第 2 张照片').waitFor();
    await page.getByRole('textbox', { name: '问题描述' }).fill('路灯不亮');
    site.goWrong(/^POST bucket/, 'before');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('部分照片未上传成功').waitFor();
    await page.getByRole('button', { name: '重试' }).waitFor();
    await picture(page, 'form-photo-failed-zh');
    expect(submissions()).toEqual([]);
    await page.getByRole('button', { name: '再试一次' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    const uploads = site.asked.filter(({ request }) => request === 'POST /api/uploads');
    expect(uploads.map(({ body }) => (body?.['photos'] as unknown[]).length)).toEqual([2, 1]);
    expect(submissions()[0]?.body?.['photos']).toHaveLength(2);
  });

  it('is submitted once, however the connection fails', async () => {
    const page = await open();
    const description = page.getByRole('textbox', { name: '问题描述' });
    await description.fill('电梯困人，急！');
    await page.locator('#photos').setInputFiles(fileOf('1.jpg', photo));
    await page.getByAltText('第 1 张照片').waitFor();
    site.goWrong(/^POST \/api\/reports$/, 'before');
    site.goWrong(/^POST \/api\/reports$/, 'after');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('网络异常').waitFor();
    await picture(page, 'form-unanswered-zh');
    // The draft survives closing the page; opened again, the page sends it.
    await page.reload();
    await page.getByText('网络异常').waitFor();
    expect(await description.inputValue()).toBe('电梯困人，急！');
    // A changed language does not make a new report.
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Submitted, thank you!').waitFor();
    const [first, second] = submissions();
    expect(second).toEqual(first);
    expect(submissions()).toHaveLength(2);
    await page.getByRole('link', { name: 'My reports (1)' }).click();
    expect(await page.locator('.cards li').count()).toBe(1);
  });

  it('finds a report whose answer was lost, when it was changed before the next try', async () => {
    const page = await open();
    const description = page.getByRole('textbox', { name: '问题描述' });
    await description.fill('井盖没了');
    site.goWrong(/^POST \/api\/reports$/, 'after');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('网络异常').waitFor();
    await page.getByRole('button', { name: '我要修改' }).click();
    await description.fill('井盖没了，在学校门口');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('您上一次提交已成功').waitFor();
    await picture(page, 'form-earlier-received-zh');
    // Nothing was submitted twice, and the typed text is kept.
    const [arrived, ...later] = submissions();
    expect(new Set(later.map(({ idempotencyKey }) => idempotencyKey))).toEqual(
      new Set([arrived?.idempotencyKey]),
    );
    expect(await description.inputValue()).toBe('井盖没了，在学校门口');
    await page.getByRole('link', { name: '我的上报（1）' }).waitFor();
    // Sending it now creates a second report, under a new key.
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(submissions().at(-1)?.idempotencyKey).not.toBe(arrived?.idempotencyKey);
    await page.getByRole('link', { name: '我的上报（2）' }).waitFor();
  });

  it('sends changed content under the same key, if the first attempt had not arrived', async () => {
    const page = await open();
    const description = page.getByRole('textbox', { name: '问题描述' });
    await description.fill('井盖没了');
    site.goWrong(/^POST \/api\/reports$/, 'before');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('网络异常').waitFor();
    await page.getByRole('button', { name: '我要修改' }).click();
    await description.fill('井盖没了，在学校门口');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(submissions()).toHaveLength(1);
    await page.getByRole('link', { name: '我的上报（1）' }).waitFor();
  });

  it('does not mistake what another tab sent for its own', async () => {
    const page = await open();
    const description = page.getByRole('textbox', { name: '问题描述' });
    await description.fill('小区门禁坏了');
    const other = await page.context().newPage();
    await other.goto(site.url);
    await other.getByRole('button', { name: '提交' }).click();
    await other.getByRole('heading', { name: '已提交' }).waitFor();
    await description.fill('小区门禁坏了，快递员都能进');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    await page.getByRole('link', { name: '我的上报（2）' }).waitFor();
    const keys = submissions().map(({ idempotencyKey }) => idempotencyKey);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it("can be sent without the city's data", async () => {
    site.goWrong(/^GET \/api\/city/, 'before');
    const page = await site.open('/');
    await page.getByText('区域和类别加载失败').waitFor();
    await page.getByRole('textbox', { name: '问题描述' }).fill('مصباح الشارع معطل 路灯坏了');
    await page.getByRole('button', { name: '再试一次' }).click();
    await page.getByLabel('街道').waitFor();
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(submissions()[0]?.body?.['description']).toBe('مصباح الشارع معطل 路灯坏了');
  });

  it('sends the position as WGS-84, on request only', async () => {
    const page = await open({
      geolocation: { longitude: 116.5967123456, latitude: 35.9401, accuracy: 12 },
      permissions: ['geolocation'],
    });
    await page.getByRole('button', { name: '获取当前位置' }).click();
    await page.getByText('误差约 12 米').waitFor();
    await page.getByRole('textbox', { name: '问题描述' }).fill('路灯不亮');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(submissions()[0]?.body?.['location']).toEqual({
      longitude: 116.596712,
      latitude: 35.9401,
      crs: 'wgs84',
    });
  });

  it.each(['light', 'dark'] as const)('fits a phone of 360 pixels (%s)', async (colorScheme) => {
    const page = await open({ colorScheme });
    expect(await sidewaysPixels(page)).toBe(0);
    await picture(page, `form-zh-${colorScheme}`);
    await page.getByRole('button', { name: 'English' }).click();
    expect(await sidewaysPixels(page)).toBe(0);
  });

  /** Presses Tab until the control with this name has the focus. */
  async function tabTo(page: Page, name: string): Promise<void> {
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<string>(
        '(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()',
      );
      if (focused.startsWith(name)) return;
    }
    throw new Error(`no control "${name}" can be reached by keyboard`);
  }
});

/** A picture in which every part is different. */
async function photoOf(width: number, height: number): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  return sharp({ create: { width, height, channels: 3, background: '#456', noise } })
    .jpeg()
    .toBuffer();
}
