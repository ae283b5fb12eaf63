import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createHandler as createPhotos } from '../../functions/photos/handler.ts';
import { timeWords } from '../../shared/language/wording.ts';
import { bucket } from '../support/api.ts';
import { city } from '../support/city.ts';
import { batch, parkingLot } from '../support/queue.ts';
import { leak, system } from '../support/reports.ts';
import { describeInBrowser, startSitePages } from './pages.ts';
import { comeBack, picture, sidewaysPixels } from './visit.ts';

const wang = { username: 'wang-wuye', role: 'handler', departments: 'property-kangning' };

type Filed = { number: string; token: string; path: string };

describeInBrowser('following a report', () => {
  const site = startSitePages();

  async function open(path: string): Promise<Page> {
    return site.open(path);
  }

  /** A report of a leak with photos, dispatched. */
  async function filed(photos: Uint8Array[] = []): Promise<Filed> {
    const key = randomUUID();
    const { body } = await site.api.call('POST /api/reports', {
      headers: { 'idempotency-key': key },
      body: {
        description: '3号楼2单元水管爆了，\n一直在漏水 🚰',
        location: { area: 'tinglan-court', address: '3号楼2单元' },
        photos: photos.length > 0 ? await site.api.upload(key, photos) : [],
      },
    });
    const [number, token] = [String(body['number']), String(body['trackingToken'])];
    await site.api.store.execute(number, leak, { now: site.api.clock.now, actor: system('classify'), city });
    return { number, token, path: `/?report=${number}#${token}` };
  }

  async function processPhotos({ number }: Filed): Promise<void> {
    const { api } = site;
    const { parking } = parkingLot();
    const photos = { client: api.s3, bucket };
    const process = createPhotos({ city, store: api.store, photos, parking, now: () => api.clock.now });
    const stored = await api.store.load(number);
    await process(batch(...(stored?.events ?? [])));
  }

  async function desk({ number }: Filed, command: Record<string, unknown>): Promise<void> {
    const stored = await site.api.store.load(number);
    const reply = await site.api.call(`POST /api/desk/reports/${number}/commands`, {
      staff: wang,
      body: { version: stored?.record.version, ...command },
    });
    expect(reply.status).toBe(200);
  }

  function commandsGiven(): (string | undefined)[] {
    return site.asked
      .filter(({ request }) => request.endsWith('/commands'))
      .map(({ idempotencyKey }) => idempotencyKey);
  }

  it("shows state, department, place and due times in the city's time zone", async () => {
    const report = await filed();
    const stored = await site.api.store.load(report.number);
    const page = await open(report.path);
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    expect(await page.title()).toBe(`${report.number} · 随手报`);
    const dueAt = stored?.record.clocks.resolve?.dueAt ?? '';
    await page
      .getByText(`应于 ${timeWords(dueAt, 'Asia/Shanghai').zh} 前办结`)
      .first()
      .waitFor();
    await page.getByText('云汀新区 › 栖鹭街道 › 柳岸社区 › 汀兰苑，3号楼2单元').waitFor();
    await page.getByText('楼宇漏水渗水').waitFor();
    expect(await page.getByRole('definition').first().innerText()).toBe(
      '3号楼2单元水管爆了，\n一直在漏水 🚰',
    );
    await picture(page, 'follow-assigned-zh');

    await page.getByRole('button', { name: 'English' }).click();
    await page
      .getByText(`Due by ${timeWords(dueAt, 'Asia/Shanghai').en}`)
      .first()
      .waitFor();
    await page.getByRole('heading', { name: 'Dispatched' }).waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    await picture(page, 'follow-assigned-en');
  });

  it('shows changes at the desk without reloading, and missed deadlines as overdue', async () => {
    const report = await filed();
    const page = await open(report.path);
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    await desk(report, { type: 'start' });
    await comeBack(page);
    await page.getByRole('heading', { name: '办理中' }).waitFor();
    await page.clock.install({ time: Date.now() + 400 * 86_400_000 });
    await page.reload();
    await page.getByText('前办结，已超时').waitFor();
  });

  it('opens photos large, and loads no thumbnail twice', async () => {
    const photos = await Promise.all(['#a33', '#36a'].map((colour) => photoOf(colour)));
    const report = await filed(photos);
    const page = await open(report.path);
    await page.getByText('处理中…').first().waitFor();
    await processPhotos(report);
    await comeBack(page);
    const thumbnail = page.getByRole('link', { name: '打开第 2 张照片' });
    await thumbnail.scrollIntoViewIfNeeded();
    await expect.poll(() => site.photosRead.length).toBe(2);
    await comeBack(page);
    await comeBack(page);
    await expect
      .poll(() => site.asked.filter(({ request }) => request.includes(report.number)).length)
      .toBeGreaterThan(3);
    expect(site.photosRead.length).toBe(2);

    await thumbnail.focus();
    await page.keyboard.press('Enter');
    const photo = page.getByRole('dialog').getByRole('img', { name: '第 2 张照片' });
    await photo.waitFor();
    await expect.poll(() => page.evaluate("document.querySelector('dialog img').naturalWidth")).toBe(1200);
    await picture(page, 'follow-photo-open');
    await page.keyboard.press('Escape');
    await photo.waitFor({ state: 'hidden' });
    await picture(page, 'follow-photos-zh');
  });

  it('polls sooner while a later photo is being processed', async () => {
    const report = await filed();
    const page = await open(report.path);
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    const key = randomUUID();
    const { status } = await site.api.call(`POST /api/reports/${report.number}/commands`, {
      headers: { authorization: `Bearer ${report.token}`, 'idempotency-key': key },
      body: { type: 'note', text: '还在漏', photos: await site.api.upload(key, [await photoOf('#3a6')]) },
    });
    expect(status).toBe(200);
    await comeBack(page);
    await page.getByText('处理中…').waitFor();
    await processPhotos(report);
    // The usual interval is fifteen seconds.
    await page.getByRole('link', { name: '打开第 1 张照片' }).waitFor();
  });

  it('takes a rating on five levels, then a reopening with its reason', async () => {
    const report = await filed();
    await desk(report, { type: 'resolve', text: '已更换阀门，不再漏水。' });
    const page = await open(report.path);
    await page.getByRole('heading', { name: '已办结' }).waitFor();
    expect(await page.getByRole('radio').count()).toBe(5);
    expect(await page.getByText('撤回', { exact: true }).count()).toBe(0);
    await picture(page, 'follow-resolved-zh');
    await page.getByRole('button', { name: '提交评价' }).click();
    await page.getByText('请选择满意程度').waitFor();
    expect(commandsGiven()).toEqual([]);
    await page.getByRole('radio', { name: '不满意', exact: true }).check();
    await page.getByLabel('其他意见').fill('又漏了');
    await page.getByRole('button', { name: '提交评价' }).click();
    await page.getByRole('heading', { name: '已归档' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('state');
    await page.getByText('评价：不满意').waitFor();

    await page.getByText('没有解决，要求重办').click();
    await page.getByRole('button', { name: '要求重办' }).click();
    await page.getByText('请填写哪里没有解决').waitFor();
    await page.getByLabel('哪里没有解决').fill('急');
    await page.getByRole('button', { name: '要求重办' }).click();
    await page.getByText('内容太短或为空').waitFor();
    await page.getByLabel('哪里没有解决').fill('早上又开始漏水');
    await page.getByRole('button', { name: '要求重办' }).click();
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    await picture(page, 'follow-reopened-zh');
  });

  it('posts a note once when its answer is lost, and a changed text as a new note', async () => {
    const report = await filed();
    const page = await open(report.path);
    await page.getByText('补充说明').click();
    const words = page.getByLabel('补充内容');
    await words.fill('水已经流到一楼了');
    site.goWrong(/commands$/, 'after');
    await page.getByRole('button', { name: '提交补充' }).click();
    await page.getByText('网络异常').waitFor();
    expect(await words.inputValue()).toBe('水已经流到一楼了');
    await page.getByRole('button', { name: '再试一次' }).click();
    await page.locator('.timeline').getByText('水已经流到一楼了').waitFor();
    expect(await page.locator('.timeline').getByText('补充说明').count()).toBe(1);

    await words.fill('物业到了');
    site.goWrong(/commands$/, 'before');
    await page.getByRole('button', { name: '提交补充' }).click();
    await page.getByText('网络异常').waitFor();
    await words.fill('物业到了，谢谢');
    await page.getByRole('button', { name: '再试一次' }).click();
    await page.locator('.timeline').getByText('物业到了，谢谢').waitFor();
    const [first, second, ...others] = commandsGiven();
    expect(second).toBe(first);
    expect(others).not.toContain(first);
  });

  it('adds a photo with a note once, under a new key', async () => {
    const report = await filed();
    const page = await open(report.path);
    await page.getByText('补充说明或照片').click();
    await page.getByLabel('补充内容').fill('现在是这样');
    const buffer = await photoOf('#693');
    await page.locator('#note-photos').setInputFiles([{ name: 'now.jpg', mimeType: 'image/jpeg', buffer }]);
    await page.getByAltText('第 1 张照片').waitFor();
    site.goWrong(/^POST bucket/, 'before');
    await page.getByRole('button', { name: '提交补充' }).click();
    await page.getByText('部分照片未上传成功').waitFor();
    expect(commandsGiven()).toEqual([]);
    site.goWrong(/commands$/, 'after');
    await page.getByRole('button', { name: '再试一次' }).click();
    await page.getByText('网络异常').waitFor();
    await page.getByRole('button', { name: '再试一次' }).click();
    await page.locator('.timeline').getByText('现在是这样').waitFor();
    await page.getByRole('heading', { name: '补充的照片' }).waitFor();
    expect(new Set(commandsGiven()).size).toBe(1);
    expect(await page.locator('.gallery li').count()).toBe(1);
    // The form is empty again.
    expect(await page.locator('.commands .thumbs img').count()).toBe(0);
  });

  it('shows photos before and after', async () => {
    const report = await filed([await photoOf('#a33')]);
    const key = randomUUID();
    const stored = await site.api.store.load(report.number);
    const reply = await site.api.call(`POST /api/desk/reports/${report.number}/commands`, {
      staff: wang,
      headers: { 'idempotency-key': key },
      body: {
        type: 'resolve',
        text: '已更换阀门',
        photos: await site.api.upload(key, [await photoOf('#3a6')]),
        version: stored?.record.version,
      },
    });
    expect(reply.status).toBe(200);
    await processPhotos(report);
    const page = await open(report.path);
    await page.getByRole('heading', { name: '办理前' }).waitFor();
    await page.getByRole('heading', { name: '办理后' }).waitFor();
    await expect.poll(() => page.locator('.gallery img').count()).toBe(2);
    await picture(page, 'follow-before-after-zh');
  });

  it('withdraws a report', async () => {
    const report = await filed();
    const page = await open(report.path);
    await page.getByText('撤回', { exact: true }).click();
    await page.getByRole('button', { name: '确认撤回' }).click();
    await page.getByRole('heading', { name: '已撤回' }).waitFor();
    // The only command left is to delete personal data.
    expect((await page.locator('.commands summary').allTextContents()).map((text) => text.trim())).toEqual([
      '删除个人信息',
    ]);
  });

  it.each([
    ['zh', '删除个人信息', '确认删除', '不能恢复', '已撤回'],
    ['en', 'Delete personal data', 'Delete', 'for good', 'Withdrawn'],
  ])('erases what was sent, for good, in %s', async (language, name, send, warning, ended) => {
    const report = await filed([await photoOf('#a33')]);
    await processPhotos(report);
    const reply = await site.api.call(`POST /api/reports/${report.number}/commands`, {
      headers: { authorization: `Bearer ${report.token}`, 'idempotency-key': randomUUID() },
      body: { type: 'withdraw' },
    });
    expect(reply.status).toBe(200);
    const page = await open(report.path);
    if (language === 'en') await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: ended }).waitFor();
    await page.locator('.gallery img').waitFor();
    await page.getByText(name, { exact: true }).click();
    await page.getByText(warning).waitFor();
    await picture(page, `follow-erase-${language}`);
    await page.getByRole('button', { name: send, exact: true }).click();
    await page.getByText('（已删除 Erased）').first().waitFor();
    await page.getByText('水管爆了').waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('.gallery img').count()).toBe(0);
    expect(await page.locator('.commands summary').count()).toBe(0);
    await picture(page, `follow-erased-${language}`);
    const kept = JSON.stringify(await site.api.store.load(report.number));
    for (const words of ['水管爆了', '3号楼']) expect(kept).not.toContain(words);
  });

  it('says when a command came too late, and which are possible now', async () => {
    const report = await filed();
    const page = await open(report.path);
    await page.getByText('撤回', { exact: true }).click();
    await desk(report, { type: 'resolve', text: '已修好' });
    await page.getByRole('button', { name: '确认撤回' }).click();
    await page.getByText('当前状态不允许此操作').waitFor();
    await page.getByRole('heading', { name: '已办结' }).waitFor();
    await page.getByRole('button', { name: '提交评价' }).waitFor();
    await picture(page, 'follow-too-late-zh');
  });

  it('tells an invalid link from a missing connection', async () => {
    const { number, path } = await filed();
    const page = await open(`/?report=${number}#wrong`);
    await page.getByText('未查到该编号，或查询链接已失效。').waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByText('No report with this number').waitFor();
    expect(await page.getByRole('link', { name: 'My reports' }).innerText()).toBe('My reports');
    await picture(page, 'follow-not-found-en');

    site.goWrong(/^GET \/api\/reports/, 'before');
    const other = await open(path);
    await other.getByText('暂时无法连接').waitFor();
    await other.getByRole('button', { name: '再试一次' }).click();
    await other.getByRole('heading', { name: '已派单' }).waitFor();
    // The report stays visible, though it may be outdated.
    site.goWrong(/^GET \/api\/reports/, 'before');
    await comeBack(other);
    await other.getByText('以下为之前的进度').waitFor();
    await comeBack(other);
    await other.getByText('以下为之前的进度').waitFor({ state: 'detached' });
  });

  it('lists the reports of this device, with their latest state', async () => {
    const [first, second] = [await filed(), await filed()];
    const page = await open('/?mine');
    await page.getByText('暂无上报').waitFor();
    for (const { path } of [first, second]) {
      await page.goto(site.url + path);
      await page.getByRole('heading', { name: '已派单' }).waitFor();
    }
    await desk(first, { type: 'resolve', text: '已修好' });
    await page.getByRole('link', { name: '我的上报（2）' }).click();
    await page.locator('.cards').getByText('已办结').waitFor();
    expect(await page.locator('.cards .number').allInnerTexts()).toEqual([second.number, first.number]);
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await sidewaysPixels(page)).toBe(0);
    await picture(page, 'mine-zh');

    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: `移除 ${second.number}` }).click();
    await page.locator('.cards').getByRole('link').click();
    await page.getByRole('heading', { name: '已办结' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: '我的上报' }).waitFor();
  });
});

function photoOf(background: string): Promise<Buffer> {
  return sharp({ create: { width: 1200, height: 900, channels: 3, background } })
    .jpeg()
    .toBuffer();
}
