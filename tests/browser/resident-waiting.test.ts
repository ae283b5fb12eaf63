import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeEach, expect, it } from 'vitest';
import { describeInBrowser, startSitePages } from './pages.ts';
import type { Asked } from './site.ts';
import { picture } from './visit.ts';

describeInBrowser('a report sent without a connection', () => {
  const site = startSitePages();
  let page: Page;

  beforeEach(async () => {
    page = await site.open('/');
    await page.getByLabel('街道').waitFor();
  });

  function submissions(): Asked[] {
    return site.asked.filter(({ request }) => request === 'POST /api/reports');
  }

  async function fillIn(words: string): Promise<void> {
    await page.getByRole('textbox', { name: '问题描述' }).fill(words);
    const buffer = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#374' } })
      .jpeg()
      .toBuffer();
    await page.locator('#photos').setInputFiles([{ name: '1.jpg', mimeType: 'image/jpeg', buffer }]);
    await page.getByAltText('第 1 张照片').waitFor();
  }

  it('is sent once, automatically, when the connection is back', async () => {
    await fillIn('消防通道被堵');
    await page.context().setOffline(true);
    await page.getByText('当前没有网络').waitFor();
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('网络恢复后自动提交').waitFor();
    await picture(page, 'form-waiting-zh');
    expect(submissions()).toEqual([]);
    await page.context().setOffline(false);
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(submissions()).toHaveLength(1);
    expect(submissions()[0]?.body).toMatchObject({
      description: '消防通道被堵',
      photos: [expect.any(String)],
    });
    // No draft is left that could be sent again.
    await page.reload();
    await page.getByRole('link', { name: '我的上报（1）' }).waitFor();
    expect(await page.getByRole('textbox', { name: '问题描述' }).inputValue()).toBe('');
    await page.evaluate("dispatchEvent(new Event('online'))");
    expect(submissions()).toHaveLength(1);
  });

  it('is sent when any view of the page is opened again', async () => {
    await fillIn('窨井冒水');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('网络恢复后自动提交').waitFor();
    const context = page.context();
    await page.close();
    await context.setOffline(false);
    const later = await context.newPage();
    await later.goto(`${site.url}/?mine`);
    await later.getByText('等待网络的上报已提交').waitFor();
    expect(await later.locator('.cards li').count()).toBe(1);
    expect(submissions()).toHaveLength(1);
    await later.getByRole('link', { name: '查看', exact: true }).click();
    await later.getByRole('heading', { name: '已提交' }).waitFor();
  });

  it('is sent once from two windows', async () => {
    await fillIn('垃圾没人清运');
    site.goWrong(/^POST \/api\/uploads$/, 'before');
    site.goWrong(/^POST \/api\/uploads$/, 'before');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('网络恢复后自动提交').waitFor();
    const other = await page.context().newPage();
    await other.goto(site.url);
    await other.getByText('网络恢复后自动提交').waitFor();
    await Promise.all([page, other].map((one) => one.evaluate("dispatchEvent(new Event('online'))")));
    const received = (one: Page): Promise<unknown> =>
      one.getByRole('heading', { name: '已提交' }).or(one.getByText('已在另一个窗口处理')).waitFor();
    await Promise.all([received(page), received(other)]);
    expect(submissions()).toHaveLength(1);
  });

  it('can be stopped and changed before it is sent', async () => {
    await fillIn('路灯不亮');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('button', { name: '我要修改' }).click();
    await page.context().setOffline(false);
    const description = page.getByRole('textbox', { name: '问题描述' });
    await description.fill('路灯不亮，整条街');
    await page.reload();
    expect(await description.inputValue()).toBe('路灯不亮，整条街');
    expect(submissions()).toEqual([]);
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(submissions()).toHaveLength(1);
  });
});
