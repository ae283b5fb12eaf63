import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { photoFile } from './photo.ts';
import { describeInBrowser, startProductPages } from './pages.ts';
import { comeBack, desktop, picture } from './visit.ts';

describeInBrowser('a report on the embedded cloud', () => {
  const product = startProductPages();

  it('is filed with photos, resolved, reopened, and overdue on the board', async () => {
    const resident = await product.open('/');
    const number = await report(resident);
    await followsTwoPhotos(resident);

    const handler = await product.openAs('王师傅', '/desk/');
    await acknowledge(handler, number);
    await resolve(handler);

    await seesBeforeAndAfter(resident);
    await rateAndReopen(resident);

    // After reopening, the property company misses the two-hour deadline.
    const advanced = await product.instance.call('POST', '/local/clock', { body: { advance: 'PT2H5M' } });
    expect(advanced.status).toBe(200);
    // The figures count what has happened a little later.
    await product.instance.idle();
    const manager = await product.openAs('高主任', '/board/', desktop);
    await isLateOnTheBoard(manager, number);
  });

  async function report(page: Page): Promise<string> {
    await page.getByRole('textbox', { name: '问题描述' }).fill('三号楼二单元楼道水管爆裂，一直漏水 🚰');
    await page.getByLabel('街道').selectOption({ label: '栖鹭街道' });
    await page.getByLabel('社区').selectOption({ label: '柳岸社区' });
    await page.getByLabel('小区').selectOption({ label: '汀兰苑' });
    await page
      .getByLabel('选择照片')
      .setInputFiles([await photoFile('1.jpg', '#8a4b2d'), await photoFile('2.jpg', '#2d5c8a')]);
    await page.getByAltText('第 2 张照片').waitFor();
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    const number = await page.getByText(/^YT-\d{6}-\w{6}$/).innerText();
    await page.getByRole('link', { name: '查看办理进度' }).click();
    return number;
  }

  /** The page updates without reloading. */
  async function followsTwoPhotos(page: Page): Promise<void> {
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    await page.getByText('已派单给康宁居物业').waitFor();
    const photos = page.getByRole('link', { name: /打开第 \d 张照片/ });
    await expect.poll(() => photos.count()).toBe(2);
    await drawn(photos);
    await photos.first().click();
    const large = page.getByRole('dialog').getByRole('img');
    await expect.poll(() => widthOf(large)).toBe(2048);
    await page.getByRole('button', { name: '关闭' }).click();
    await picture(page, 'walk-assigned');
  }

  async function acknowledge(page: Page, number: string): Promise<void> {
    await page.getByRole('link', { name: number }).tap();
    await page.getByRole('button', { name: '签收', exact: true }).tap();
    await page.getByText('康宁居物业已签收').waitFor();
  }

  async function resolve(page: Page): Promise<void> {
    await page.getByRole('button', { name: '办结', exact: true }).tap();
    await page.getByLabel('办理结果').fill('已更换水管，不再漏水。');
    await page.getByLabel('选择照片').setInputFiles(await photoFile('after.jpg', '#3a6'));
    await page.getByText('已上传').waitFor();
    await page.getByRole('button', { name: '确认办结' }).tap();
    await page.getByRole('heading', { name: '已办结' }).waitFor();
    await picture(page, 'walk-resolved');
  }

  async function seesBeforeAndAfter(page: Page): Promise<void> {
    await comeBack(page);
    await page.getByRole('heading', { name: '已办结' }).waitFor();
    await page.getByText('已更换水管，不再漏水。').first().waitFor();
    const of = (heading: string): Locator =>
      page
        .getByRole('heading', { name: heading, exact: true })
        .locator('xpath=..')
        .getByRole('link', { name: /打开第 \d 张照片/ });
    await expect.poll(() => of('办理后').count()).toBe(1);
    expect(await of('办理前').count()).toBe(2);
    await drawn(of('办理后'));
    await drawn(of('办理前'));
    await picture(page, 'walk-before-and-after');
  }

  async function rateAndReopen(page: Page): Promise<void> {
    await page.getByRole('radio', { name: '不满意', exact: true }).check();
    await page.getByRole('button', { name: '提交评价' }).click();
    await page.getByRole('heading', { name: '已归档' }).waitFor();
    await page.getByText('没有解决，要求重办').click();
    await page.getByLabel('哪里没有解决').fill('早上又开始漏水');
    await page.getByRole('button', { name: '要求重办' }).click();
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    await page.getByText('早上又开始漏水').waitFor();
    await picture(page, 'walk-reopened');
  }

  async function isLateOnTheBoard(page: Page, number: string): Promise<void> {
    const alert = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: number }) });
    await alert.getByRole('heading', { name: /超时未办结，已超/ }).waitFor();
    await alert.getByText('康宁居物业').waitFor();

    const figure = (name: string): Promise<string> =>
      page
        .getByRole('term')
        .filter({ hasText: new RegExp(`^${name}$`) })
        .locator('xpath=following-sibling::dd[1]')
        .innerText();
    await expect.poll(() => figure('在办')).toBe('1');
    // Assigned to the company twice, resolved once, and rated badly.
    const names = ['上报件数', '已超时', '办结', '解决率', '满意率'];
    expect(await Promise.all(names.map(figure))).toEqual(['1', '1', '1', '50.0%', '0.0%']);
    const token = await product.instance.tokenOf('gao-jiedao');
    // Not today's figures, which are the default: in the evening the clock has been moved to the next day.
    const clock = await product.instance.call('GET', '/local/clock');
    const now = Date.parse(String(clock.json['now']));
    const span = `from=${dayOf(now - 86_400_000)}&to=${dayOf(now)}`;
    const { json } = await product.instance.call('GET', `/api/desk/stats?by=department&${span}`, { token });
    expect(json['rows']).toMatchObject([
      { key: 'property-kangning', figures: { assigned: 2, resolved: 1, rated: 1, reopened: 1 } },
    ]);
    await picture(page, 'walk-late');
  }
});

/** The city's calendar day. */
function dayOf(time: number): string {
  return new Date(time + 8 * 3_600_000).toISOString().slice(0, 10);
}

/** Thumbnails are loaded when they become visible. */
async function drawn(photos: Locator): Promise<void> {
  for (const photo of await photos.all()) {
    await photo.scrollIntoViewIfNeeded();
    await expect.poll(() => widthOf(photo.getByRole('img'))).toBeGreaterThan(0);
  }
}

function widthOf(image: Locator): Promise<number> {
  return image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth);
}
