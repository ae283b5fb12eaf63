import type { Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { city } from '../support/city.ts';
import { describeInBrowser, startSitePages } from './pages.ts';

describeInBrowser('rate limits and leaked links', () => {
  const { reports } = city.limits;
  const limits = { ...city.limits, reports: { ...reports, device: { most: 1, per: 'minute' } as const } };
  const site = startSitePages({ ...city, limits });
  let page: Page;

  beforeEach(async () => {
    site.api.clock.now = new Date(Math.ceil(Date.now() / 60_000) * 60_000).toISOString();
    page = await site.open('about:blank');
  });

  async function fillIn(words: string): Promise<void> {
    await page.getByRole('textbox', { name: '问题描述' }).fill(words);
    await page.getByRole('button', { name: '提交' }).click();
  }

  it('shows when a limit ends, keeps the draft, and sends it automatically then', async () => {
    await page.clock.install();
    await page.goto(site.url);
    await fillIn('第一件：路灯不亮');
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    await page.getByRole('button', { name: '再报一件' }).click();
    await fillIn('第二件：井盖松动');
    await page.getByText('着急的事，请拨打 12345，或请社区网格员代您上报').waitFor();
    await page.getByText('到时自动提交').waitFor();
    expect(await page.getByRole('textbox', { name: '问题描述' }).inputValue()).toBe('第二件：井盖松动');
    const sent = (): number => site.asked.filter(({ request }) => request === 'POST /api/reports').length;
    const before = sent();
    await page.clock.runFor(30_000);
    expect(sent()).toBe(before);
    site.api.clock.now = new Date(Date.parse(site.api.clock.now) + 60_000).toISOString();
    await page.clock.runFor(31_000);
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(sent()).toBe(before + 1);
  });

  it('accepts a captcha to lift the limit, if the city has one', async () => {
    const tokens: (string | undefined)[] = [];
    await page.route('**/api/city', async (route) => {
      const response = await route.fetch();
      const captcha = { siteKey: 'site-key', script: '/captcha.js', global: 'ourCaptcha' };
      await route.fulfill({ response, json: { ...((await response.json()) as object), captcha } });
    });
    await page.route('**/captcha.js', (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: `window.ourCaptcha = { render(box, { sitekey, callback }) {
          const button = document.createElement('button');
          button.type = 'button';
          button.textContent = 'solve ' + sitekey;
          button.onclick = () => callback('solved');
          box.append(button);
        } }`,
      }),
    );
    await page.route('**/api/reports', async (route) => {
      const token = route.request().headers()['x-captcha-token'];
      tokens.push(token);
      if (token === 'solved') return route.continue();
      return route.fulfill({
        status: 429,
        contentType: 'application/problem+json',
        headers: { 'retry-after': '60' },
        json: {
          code: 'too-many-requests',
          status: 429,
          text: { zh: '提交的太多了', en: 'Too many' },
          retryAfterSeconds: 60,
          captcha: true,
        },
      });
    });
    await page.goto(site.url);
    await page.getByLabel('街道').waitFor();
    await fillIn('垃圾没人清运');
    await page.getByRole('button', { name: 'solve site-key' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    expect(tokens).toEqual([undefined, 'solved']);
  });

  it('revokes a renewed link, and recovers a link that staff have revoked', async () => {
    await page.goto(site.url);
    await fillIn('楼道堆物');
    await page.getByRole('link', { name: '查看办理进度' }).click();
    await page.getByRole('button', { name: '更换链接' }).waitFor();
    const old = page.url();
    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: '更换链接' }).click();
    await page.getByText('已更换链接').waitFor();
    const renewed = page.url();
    expect(renewed).not.toBe(old);
    expect(await page.getByLabel('查询链接').inputValue()).toBe(renewed);

    const stranger = await site.open(old);
    await stranger.getByText('未查到该编号').waitFor();
    expect(await stranger.getByRole('button', { name: '找回链接' }).count()).toBe(0);

    const number = new URL(renewed).searchParams.get('report') ?? '';
    const stored = await site.api.store.load(number);
    const { status } = await site.api.call(`POST /api/desk/reports/${number}/commands`, {
      staff: { username: 'admin', role: 'admin', departments: '', areas: 'yunting' },
      body: { type: 'revoke-link', reason: '链接泄露', version: stored?.record.version },
    });
    expect(status).toBe(200);
    await page.reload();
    await page.getByRole('button', { name: '找回链接' }).click();
    await page.getByText('链接泄露').waitFor();
    expect([old, renewed]).not.toContain(page.url());
  });
});
