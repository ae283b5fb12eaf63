import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { photoFile } from './photo.ts';
import { describeInBrowser, startProductPages } from './pages.ts';
import { desktop, picture, sidewaysPixels } from './visit.ts';

const people = {
  wang: { user: 'wang-wuye', name: '王师傅' },
  lin: { user: 'lin-wangge', name: '林网格员' },
  gao: { user: 'gao-jiedao', name: '高主任' },
};
type Person = keyof typeof people;

describeInBrowser('the desk', () => {
  const product = startProductPages();

  /** Files a report that is dispatched to Kangning's property company, or waits to be dispatched if it is unclear. */
  async function filed(description = '三号楼二单元楼道水管爆裂，一直漏水'): Promise<string> {
    const location = { area: 'tinglan-court', address: '3号楼2单元' };
    const contact = { name: '张女士', phone: '13812345678' };
    const { number } = await product.instance.file({ description, location, contact });
    return number;
  }

  type Read = {
    version: number;
    status: { code: string };
    acknowledgedAt?: string;
    commands: string[];
    photos: { purpose: string }[];
    timeline: { type: string; words?: string }[];
  };

  const read = (number: string, user?: string): Promise<Read> => product.instance.report<Read>(number, user);

  /** Sends a command as another member of staff, outside the page. */
  const command = (number: string, body: Record<string, unknown>): Promise<void> =>
    product.instance.command(number, body);

  async function signedIn(person: Person, options: BrowserContextOptions = {}, hash = ''): Promise<Page> {
    return product.openAs(people[person].name, `/desk/${hash}`, options);
  }

  function line(page: Page, number: string) {
    return page.locator('.line').filter({ hasText: number });
  }

  /** Fires the event of a restored connection, on which the page polls at once. */
  async function lookAgain(page: Page): Promise<void> {
    await page.evaluate("dispatchEvent(new Event('online'))");
  }

  async function focused(page: Page): Promise<string> {
    return page.evaluate<string>(
      'document.activeElement === document.body ? "" : document.activeElement.id || document.activeElement.innerText',
    );
  }

  /** The number of photos that the desk page has stored on this device. */
  async function photosOnDevice(page: Page): Promise<number> {
    return page.evaluate<number>(`new Promise((resolve, reject) => {
      const opening = indexedDB.open('suishoubao.staff');
      opening.onerror = reject;
      opening.onsuccess = () => {
        const counting = opening.result.transaction('draft-photos').objectStore('draft-photos').count();
        counting.onsuccess = () => resolve(counting.result);
      };
    })`);
  }

  it('needs two taps from signing in to acknowledge a report, and one from its line', async () => {
    const [first, second] = [await filed(), await filed('5号楼水管漏水，水流到楼道里')];
    const page = await signedIn('wang');
    await page.getByText('王师傅').waitFor();
    expect(await page.evaluate('location.href')).toBe(`${product.instance.url}/desk/`);
    await picture(page, 'desk-inbox-phone');
    await line(page, first).getByRole('link').tap();
    await page.locator('article').waitFor();
    // Background events, such as a revealed contact, cause no conflict.
    await command(first, { type: 'reveal', reason: '核实情况' });
    await page.getByRole('button', { name: '签收', exact: true }).tap();
    await page.getByText('康宁居物业已签收').waitFor();
    expect((await read(first)).acknowledgedAt).toEqual(expect.any(String));
    await picture(page, 'desk-report-phone');

    await page.getByRole('button', { name: '返回列表' }).tap();
    await page.getByRole('button', { name: `签收 ${second}` }).tap();
    await line(page, second).getByText('✓ 已签收').waitFor();
    expect((await read(second)).acknowledgedAt).toEqual(expect.any(String));
    expect(await sidewaysPixels(page)).toBe(0);
  });

  it('resolves with an after-photo', async () => {
    const number = await filed();
    const page = await signedIn('wang', desktop, `#/reports/${number}`);
    await page.getByRole('button', { name: '办结', exact: true }).click();
    await page.getByRole('button', { name: '确认办结' }).click();
    await page.getByText('请填写办理结果').waitFor();
    await page.getByLabel('办理结果').fill('已更换阀门，不再漏水。');
    await page.locator('#resolve-photos').setInputFiles(await photoFile('after.jpg', '#2d5c8a'));
    await page.getByText('已上传').waitFor();
    await picture(page, 'desk-resolve-desktop');
    await page.getByRole('button', { name: '确认办结' }).click();
    await page.getByRole('heading', { name: '已办结' }).waitFor();
    await page.getByRole('heading', { name: '办理后', exact: true }).waitFor();
    const { status, photos } = await read(number);
    expect(status.code).toBe('resolved');
    expect(photos.map(({ purpose }) => purpose)).toEqual(['result']);
    // The line shows it, and disappears with the next poll.
    await line(page, number).getByText('已不在此列表中').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(1);
  });

  it('shows changes by others, and keeps the typed text', async () => {
    const number = await filed();
    const page = await signedIn('wang', {}, `#/reports/${number}`);
    await page.getByRole('button', { name: '办结', exact: true }).tap();
    await page.getByLabel('办理结果').fill('已关总阀，正在更换水管。');
    await page.locator('#resolve-photos').setInputFiles(await photoFile('after.jpg', '#2d5c8a'));
    await page.getByText('已上传').waitFor();
    await command(number, { type: 'note', text: '居民说水已经流到一楼', audience: 'staff' });
    await page.getByRole('button', { name: '确认办结' }).tap();
    await page.locator('.changes').getByText('居民说水已经流到一楼').waitFor();
    expect(await page.locator('.changes li').count()).toBe(1);
    expect(await page.getByLabel('办理结果').inputValue()).toBe('已关总阀，正在更换水管。');
    expect((await read(number)).status.code).toBe('assigned');
    await picture(page, 'desk-conflict-phone');
    await page.getByRole('button', { name: '按最新情况提交' }).tap();
    await page.getByRole('heading', { name: '已办结' }).waitFor();
    expect((await read(number)).photos).toHaveLength(1);
  });

  it('says when a command is no longer possible, and offers its text as a note', async () => {
    const number = await filed();
    const page = await signedIn('wang', {}, `#/reports/${number}`);
    await page.getByRole('button', { name: '退单' }).tap();
    await page.getByLabel('退单原因').fill('这里不归我们管');
    await command(number, { type: 'resolve', text: '供水公司已修好' });
    await page.getByRole('button', { name: '确认退单' }).tap();
    await page.getByText('此操作已不能进行').waitFor();
    await page.getByRole('button', { name: '改为进展反馈' }).tap();
    await page.getByRole('button', { name: '进展反馈或备注' }).tap();
    expect(await page.getByLabel('内容').inputValue()).toBe('这里不归我们管');
    await page.getByRole('radio', { name: '仅工作人员' }).check();
    await page.getByRole('button', { name: '提交' }).tap();
    await page.locator('.timeline').getByText('这里不归我们管').waitFor();
  });

  it.each([
    ['wang', ['签收', '开始办理', '办结', '进展反馈或备注', '挂起', '申请延期', '请求协办', '转派', '退单']],
    ['lin', ['进展反馈或备注']],
    [
      'gao',
      [
        ...['进展反馈或备注', '请求协办', '转派', '退单', '归类', '派单'],
        ...['合并办理', '不予办理', '调整紧急程度', '督办', '停用查询链接'],
      ],
    ],
  ] as const)('offers %s what they may do, and no more', async (person, names) => {
    const number = await filed();
    const page = await signedIn(person, {}, `#/reports/${number}`);
    await page.locator('article').waitFor();
    const buttons = await page.locator('.commands .buttons button').allInnerTexts();
    expect(buttons).toEqual(names);
    const { commands } = await read(number, people[person].user);
    expect(commands.filter((one) => one !== 'reveal')).toHaveLength(names.length);
    expect(await page.getByRole('button', { name: '查看联系方式' }).count()).toBe(
      commands.includes('reveal') ? 1 : 0,
    );
  });

  it('finds a department by part of its name', async () => {
    const number = await filed();
    const page = await signedIn('gao', {}, `#/reports/${number}`);
    await page.getByRole('button', { name: '派单', exact: true }).tap();
    const radios = page.getByRole('radio');
    await expect.poll(() => radios.count()).toBeGreaterThan(5);
    await page.getByRole('searchbox', { name: '输入单位名称的一部分' }).fill('供水');
    await expect.poll(() => radios.count()).toBe(1);
    await page.getByRole('radio', { name: '汀水供水公司' }).check();
    await page.getByRole('button', { name: '确认派单' }).tap();
    await page.getByText('已派单给汀水供水公司').waitFor();
  });

  it('lets a grid worker dispatch an unclear report', async () => {
    const number = await filed('帮忙看看这个情况');
    const page = await signedIn('lin');
    await page.getByRole('heading', { name: '待派单' }).waitFor();
    await line(page, number).getByRole('link').tap();
    await page.getByRole('button', { name: '归类' }).tap();
    await page.getByRole('button', { name: '按此类别派单' }).tap();
    await page.getByText('请选择类别').waitFor();
    await page.getByLabel('问题类别').selectOption('building.leak');
    await page.getByRole('button', { name: '按此类别派单' }).tap();
    await page.getByRole('heading', { name: '已派单 · 楼宇漏水渗水' }).waitFor();
    await page.getByRole('button', { name: '返回列表' }).tap();
    await line(page, number).getByText('已不在此列表中').waitFor();
  });

  it('shows the contact once, for a reason that is recorded', async () => {
    const number = await filed();
    const page = await signedIn('wang', {}, `#/reports/${number}`);
    await page.getByText('138****5678').waitFor();
    await page.getByRole('button', { name: '查看联系方式' }).tap();
    await page.getByRole('button', { name: '上门前联系居民' }).tap();
    await page.getByRole('button', { name: '查看一次' }).tap();
    await page.getByRole('link', { name: '13812345678' }).waitFor();
    await page.locator('.timeline').getByText('上门前联系居民').waitFor();
    await picture(page, 'desk-reveal-phone');
    await page.locator('.revealed').getByRole('button', { name: '收起' }).tap();
    expect(await page.getByText('13812345678').count()).toBe(0);
    await page.getByText('138****5678').waitFor();
    const { timeline } = await read(number);
    expect(timeline.at(-1)).toMatchObject({ type: 'contact-revealed.v1', words: '上门前联系居民' });
  });

  it('shows new reports without reloading, and without moving lines in use', async () => {
    await filed();
    const page = await signedIn('wang', desktop);
    const top = page.locator('.line').first();
    await top.waitFor();
    await page.mouse.move(200, 400);
    const before = await top.boundingBox();
    const number = await filed('8号楼水管爆裂，水漏到楼道');
    await page.mouse.move(210, 410);
    await lookAgain(page);
    const offer = page.getByRole('button', { name: /新到 1 件/ });
    await offer.waitFor();
    expect(await top.boundingBox()).toEqual(before);
    expect(await page.title()).toMatch(/^\(1\) 待办/);
    await page.locator('[aria-live]').getByText('新到 1 件工单').waitFor({ state: 'attached' });
    await picture(page, 'desk-arrival-desktop');
    await offer.click();
    await line(page, number).getByText('新', { exact: true }).waitFor();
    expect(await focused(page)).toBe(`line-${number}`);
    await page.keyboard.press('Enter');
    await page.locator('article').waitFor();
    expect(await page.title()).toMatch(new RegExp(`^${number}`));

    // After a while without input, new reports are inserted at once.
    const next = await filed('9号楼水管爆裂，水漏到楼道');
    await page.waitForTimeout(3_100);
    await lookAgain(page);
    await line(page, next).waitFor();
  });

  it('files for a resident, and shows number and link', async () => {
    const page = await signedIn('wang');
    await page.getByRole('link', { name: '代居民上报' }).tap();
    expect(await focused(page)).toBe('new-description');
    await page.getByRole('button', { name: '提交' }).tap();
    await page.getByText('请填写问题描述').waitFor();
    await page.getByLabel('问题描述').fill('12号楼楼道灯不亮三天了');
    await page.getByLabel('街道').selectOption({ label: '栖鹭街道' });
    await page.getByLabel('社区').selectOption({ label: '柳岸社区' });
    await page.getByLabel('小区').selectOption({ label: '汀兰苑' });
    await page.getByLabel('居民电话').fill('139 0000 1111');
    await page.locator('#new-photos').setInputFiles(await photoFile('lamp.jpg', '#2d5c8a'));
    await page.getByText('已上传').waitFor();
    await page.getByRole('button', { name: '提交' }).tap();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    const number = await page.locator('.filed .number').innerText();
    expect(await page.getByLabel('查询链接').inputValue()).toContain(
      `${product.instance.url}/?report=${number}#`,
    );
    await picture(page, 'desk-filed-phone');
    await eventually(async () => ((await read(number)).status.code === 'assigned' ? true : undefined));
    await page.getByRole('link', { name: '打开工单' }).tap();
    await page.getByText('工作人员代报').waitFor();
    // The area is kept for the next report.
    await page.getByRole('button', { name: '返回列表' }).tap();
    await page.getByRole('link', { name: '代居民上报' }).tap();
    await expect.poll(() => page.getByLabel('小区').inputValue()).toBe('tinglan-court');
  });

  it("finds a report by its typed number, and a person's reports by phone number", async () => {
    const number = await filed();
    const page = await signedIn('gao');
    const search = page.getByRole('searchbox');
    await search.fill('几号来着');
    await page.getByRole('button', { name: '查找' }).tap();
    await page.getByText('不是有效的编号或电话').waitFor();
    await search.fill(number.toLowerCase().replaceAll('-', ' '));
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: number }).locator('article').waitFor();
    await page.getByRole('button', { name: '返回列表' }).tap();
    // Without the prefix, which is the same for the whole city.
    expect(await search.getAttribute('placeholder')).toContain('YT-');
    await search.fill(number.slice('YT-'.length));
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: number }).locator('article').waitFor();
    await page.getByRole('button', { name: '返回列表' }).tap();
    await search.fill('138 1234 5678');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '138 1234 5678 的工单' }).waitFor();
    await line(page, number).waitFor();
    await page.getByRole('button', { name: '返回列表' }).tap();
    await page.getByRole('heading', { name: '待办' }).waitFor();
  });

  it('keeps the typed text when the session ends, and restores it after signing in again', async () => {
    const number = await filed();
    const page = await signedIn('wang', {}, `#/reports/${number}`);
    await page.getByRole('button', { name: '进展反馈或备注' }).tap();
    await page.getByLabel('内容').fill('已联系居民，下午上门');
    await page.locator('#note-photos').setInputFiles(await photoFile('before.jpg', '#2d5c8a'));
    await page.getByText('已上传').waitFor();
    await page.evaluate(`for (const key of Object.keys(sessionStorage)) if (key.startsWith('oidc.user')) {
      const user = JSON.parse(sessionStorage.getItem(key));
      sessionStorage.setItem(key, JSON.stringify({ ...user, access_token: 'spent', refresh_token: 'spent' }));
    }`);
    await page.getByRole('button', { name: '提交' }).tap();
    await page.getByText('登录已过期').waitFor();
    expect(await page.getByLabel('内容').inputValue()).toBe('已联系居民，下午上门');
    // Another photo, which cannot be uploaded before the page closes.
    await page.route('**/api/uploads', (route) => route.abort());
    await page.locator('#note-photos').setInputFiles(await photoFile('behind.jpg', '#2d5c8a'));
    await page.getByRole('button', { name: '重试' }).waitFor();
    await page.unroute('**/api/uploads');
    await picture(page, 'desk-expired-phone');
    await page.getByRole('button', { name: '重新登录' }).tap();
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    expect(await page.getByLabel('内容').inputValue()).toBe('已联系居民，下午上门');
    await page.getByAltText('第 2 张照片').waitFor();
    await page.getByRole('button', { name: '提交' }).tap();
    await page.locator('.timeline').getByText('已联系居民，下午上门').waitFor();
    expect((await read(number)).photos).toHaveLength(2);
    await expect.poll(() => photosOnDevice(page)).toBe(0);
  });

  it('renews its token, and deletes all stored data at sign-out', async () => {
    const number = await filed();
    const page = await signedIn('wang');
    await line(page, number).waitFor();
    await page.evaluate(`for (const key of Object.keys(sessionStorage)) if (key.startsWith('oidc.user')) {
      const user = JSON.parse(sessionStorage.getItem(key));
      sessionStorage.setItem(key, JSON.stringify({ ...user, expires_at: 1 }));
    }`);
    await line(page, number).getByRole('link').tap();
    await page.getByRole('heading', { name: '已派单' }).waitFor();
    await page.getByRole('button', { name: '进展反馈或备注' }).tap();
    await page.locator('#note-photos').setInputFiles(await photoFile('before.jpg', '#2d5c8a'));
    await page.getByText('已上传').waitFor();
    await expect.poll(() => photosOnDevice(page)).toBe(1);
    await page.getByText('王师傅').tap();
    await page.getByRole('button', { name: '退出登录' }).tap();
    await page.getByRole('button', { name: /退出/ }).tap();
    await page.getByRole('button', { name: '登录', exact: true }).waitFor();
    expect(
      await page.evaluate('Object.keys(sessionStorage).filter((key) => key.startsWith("oidc.user"))'),
    ).toEqual([]);
    expect(await photosOnDevice(page)).toBe(0);
  });

  it('says that it is offline, and recognises a command whose answer was lost', async () => {
    const number = await filed();
    const page = await signedIn('wang', {}, `#/reports/${number}`);
    await page.getByRole('button', { name: '进展反馈或备注' }).tap();
    await page.getByLabel('内容').fill('正在路上');
    await page.route('**/commands', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await page.getByRole('button', { name: '提交' }).tap();
    await page.getByText('网络异常').waitFor();
    await page.unroute('**/commands');
    await page.context().setOffline(true);
    await page.getByText('网络已断开').waitFor();
    await page.context().setOffline(false);
    await page.getByText('网络已断开').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: '再试一次' }).tap();
    await page.locator('.timeline').getByText('正在路上').waitFor();
    expect((await read(number)).timeline.filter(({ words }) => words === '正在路上')).toHaveLength(1);
  });
});
