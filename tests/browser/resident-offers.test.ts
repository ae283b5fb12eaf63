import { randomUUID } from 'node:crypto';
import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { gcj02ToWgs84, wgs84ToGcj02 } from '../../shared/place/gcj02.ts';
import { city } from '../support/city.ts';
import { leak, resident, system } from '../support/reports.ts';
import { describeInBrowser, startSitePages } from './pages.ts';
import type { Asked } from './site.ts';
import { picture, sidewaysPixels } from './visit.ts';

describeInBrowser('suggestions of the form', () => {
  const site = startSitePages();

  async function open(options?: BrowserContextOptions): Promise<Page> {
    const page = await site.open('/', options);
    await page.getByLabel('街道').waitFor();
    return page;
  }

  function submissions(): Asked[] {
    return site.asked.filter(({ request }) => request === 'POST /api/reports');
  }

  /** Files an open report of a leak at Tinglan Court. */
  async function leakAt(description: string): Promise<string> {
    const { body } = await site.api.call('POST /api/reports', {
      headers: { 'idempotency-key': randomUUID() },
      body: { description, location: { area: 'tinglan-court' } },
    });
    const number = String(body['number']);
    await site.api.store.execute(number, leak, { now: site.api.clock.now, actor: system('classify'), city });
    return number;
  }

  async function chooseTinglanCourt(page: Page): Promise<void> {
    await page.getByLabel('街道').selectOption({ label: '栖鹭街道' });
    await page.getByLabel('社区').selectOption({ label: '柳岸社区' });
    await page.getByLabel('小区').selectOption({ label: '汀兰苑' });
  }

  it('suggests a category while typing, and shows the targets', async () => {
    const page = await open();
    await page.getByText('承办单位按类别规定的时限').waitFor();
    const description = page.getByRole('textbox', { name: '问题描述' });
    await description.pressSequentially('电梯坏了，有人困在里面');
    const suggested = page.getByRole('button', { name: /电梯/ });
    await suggested.waitFor();
    await page.getByText(/一般 \d+ (分钟|小时)内签收/).waitFor();
    await picture(page, 'form-suggested-zh');
    // A suggestion is not chosen automatically.
    expect(await page.getByLabel('问题类别').inputValue()).toBe('');
    await suggested.click();
    expect(await suggested.getAttribute('aria-pressed')).toBe('true');
    await page.getByLabel('问题类别').selectOption({ index: 1 });
    const chosen = await page.getByLabel('问题类别').inputValue();
    await description.pressSequentially('，电梯');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(submissions()[0]?.body?.['category']).toBe(chosen);
  });

  it('suggests in English as well', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByLabel('Description').fill('Water is leaking through the bathroom ceiling');
    await page.getByRole('button', { name: /leak/i }).waitFor();
    await page
      .getByText(/Usually acknowledged within \d+ (hours?|minutes?)/)
      .first()
      .waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
  });

  it('offers open reports nearby, and merges into the chosen one', async () => {
    const target = await leakAt('七号楼楼道漏水');
    const page = await open();
    await page.getByRole('textbox', { name: '问题描述' }).fill('楼道漏水，墙都湿了');
    await chooseTinglanCourt(page);
    await page.getByText('附近已有人上报，是同一件吗').waitFor();
    // Descriptions by others are not shown.
    expect(await page.locator('.nearby').innerText()).not.toContain('七号楼');
    await page.locator('.nearby').getByRole('radio').first().check();
    await page.getByText(`您的上报将与 ${target}`).waitFor();
    await picture(page, 'form-nearby-zh');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText(`已与 ${target} 合并办理`).waitFor();
    expect(submissions()[0]?.body?.['joins']).toBe(target);
    await page.getByRole('link', { name: '查看办理进度' }).click();
    await page.getByRole('heading', { name: '已合并办理', exact: true }).waitFor();
    const followed = page.locator('.followed');
    await followed.getByText(target).waitFor();
    await followed.getByText('已派单', { exact: true }).waitFor();
    await followed.getByText('承办单位：康宁居物业').waitFor();
    await picture(page, 'follow-joined-zh');
  });

  it('says when the chosen report has ended in the meantime', async () => {
    const target = await leakAt('阳台漏水');
    const page = await open();
    await page.getByRole('textbox', { name: '问题描述' }).fill('阳台漏水');
    await chooseTinglanCourt(page);
    await page.locator(`input[value="${target}"]`).check();
    const context = { now: site.api.clock.now, actor: resident, city };
    await site.api.store.execute(target, { type: 'withdraw' }, context);
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('该上报已结束').waitFor();
    await page.getByLabel('都不是').check();
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(submissions().at(-1)?.body?.['joins']).toBeUndefined();
  });

  it("shows a map if the city has one, in the map's coordinate system", async () => {
    const page = await site.open('about:blank');
    const map = {
      tileUrl: '/tiles/{z}/{x}/{y}.png',
      attribution: '示例地图 <b>',
      crs: 'gcj02',
      maxZoom: 18,
    };
    const tile = await sharp({ create: { width: 256, height: 256, channels: 3, background: '#dfe6d8' } })
      .png()
      .toBuffer();
    const tiles: string[] = [];
    await page.route('**/tiles/**', (route) => {
      tiles.push(route.request().url());
      return route.fulfill({ body: tile, contentType: 'image/png' });
    });
    await page.route('**/api/city', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ json: { ...((await response.json()) as object), map } });
    });
    await page.goto(site.url);
    await chooseTinglanCourt(page);
    await page.getByRole('textbox', { name: '问题描述' }).fill('路灯不亮');
    expect(tiles).toEqual([]);
    await page.getByRole('button', { name: '在地图上选位置' }).click();
    await expect.poll(() => tiles.length).toBeGreaterThan(0);
    await page.getByText('示例地图 <b>').waitFor();
    await picture(page, 'form-map-zh');
    await page.getByRole('button', { name: '选定' }).click();
    await page.getByText('已附上地图上选择的位置').waitFor();
    const centre = city.areas.find(({ id }) => id === 'tinglan-court')?.centre;
    await page.getByRole('application', { name: '地图' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    const location = submissions()[0]?.body?.['location'] as { longitude: number; latitude: number };
    // The map was at the compound's centre; the position sent is WGS-84, not GCJ-02.
    expect(location).toMatchObject({ crs: 'wgs84', area: 'tinglan-court' });
    expect(Math.abs(location.longitude - (centre?.longitude ?? 0))).toBeLessThan(0.0005);
    expect(Math.abs(location.latitude - (centre?.latitude ?? 0))).toBeLessThan(0.0005);
    const unshifted = gcj02ToWgs84(centre?.longitude ?? 0, centre?.latitude ?? 0);
    expect(Math.abs(location.longitude - unshifted.longitude)).toBeGreaterThan(0.002);

    await page.getByRole('link', { name: '查看办理进度' }).click();
    await page.getByRole('button', { name: '在地图上查看' }).click();
    await page.locator('.map path').waitFor();
    await page.locator('.map img').first().waitFor();
    await picture(page, 'follow-map-zh');
    // The marker is where the crosshair was, on a map in GCJ-02.
    const { tile: under, share } = await page.evaluate<{ tile: string; share: number }>(`(() => {
      const { left, width, top, height } = document.querySelector('.map path').getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      for (const image of document.querySelectorAll('.map img')) {
        const { left, right, top, bottom } = image.getBoundingClientRect();
        if (left <= x && x < right && top <= y && y < bottom)
          return { tile: image.src, share: (x - left) / (right - left) };
      }
    })()`);
    const [, zoom, column] = /\/tiles\/(\d+)\/(\d+)\//.exec(under) ?? [];
    const longitude = ((Number(column) + share) / 2 ** Number(zoom)) * 360 - 180;
    const drawn = wgs84ToGcj02(location.longitude, location.latitude);
    expect(Math.abs(longitude - drawn.longitude)).toBeLessThan(0.0001);
  });
});
