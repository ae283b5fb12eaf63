import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import type { Filed } from '../support/running-instance.ts';
import { barriers } from './barriers.ts';
import { BoardReports } from './board-reports.ts';
import { photoFile } from './photo.ts';
import { describeInBrowser, startProductPages } from './pages.ts';
import { desktop, phone, picture, sidewaysPixels } from './visit.ts';

const languages = [
  { name: '中文', code: 'zh' },
  { name: 'English', code: 'en' },
];
const colourSchemes = ['light', 'dark'] as const;
/** Pages with another layout on wide screens are checked on those too. */
const both = [phone, desktop.viewport];

describeInBrowser('accessibility of every view', () => {
  const product = startProductPages();
  let reports: BoardReports;
  let photo: Buffer;

  beforeAll(async () => {
    ({ buffer: photo } = await photoFile('leak.jpg', '#8a4b2d'));
    reports = new BoardReports(product.instance);
    await reports.fill();
  });

  function leak(): Promise<Filed> {
    const location = { area: 'tinglan-court', address: '3号楼2单元' };
    const contact = { name: '张女士', phone: '13812345678' };
    return product.instance.file({ description: '三号楼楼道水管爆裂，一直漏水', location, contact }, [photo]);
  }

  /** Checks the page in both languages and both colour schemes, and restores it. */
  async function look(page: Page, view: string, screens = [phone]): Promise<void> {
    for (const screen of screens) {
      await page.setViewportSize(screen);
      for (const { name, code } of languages) {
        await speak(page, name);
        for (const colorScheme of colourSchemes) {
          await page.emulateMedia({ colorScheme });
          const where = `${view}-${screen.width}-${code}-${colorScheme}`;
          expect.soft(await barriers(page), where).toEqual([]);
          expect.soft(await sidewaysPixels(page), where).toBe(0);
          await picture(page, `everybody-${where}`);
        }
      }
    }
    await speak(page, '中文');
    await page.setViewportSize(phone);
  }

  /** Switches the language if the page has a button for it that no dialog covers. */
  async function speak(page: Page, name: string): Promise<void> {
    const button = page.getByRole('button', { name, exact: true });
    if (await button.isVisible()) await button.dispatchEvent('click');
  }

  it("the resident's form: empty, with errors, filled in and sent", async () => {
    const page = await product.open('/');
    await page.getByLabel('街道').waitFor();
    await look(page, 'form', both);
    await page.getByLabel('电话').fill('call me');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('请填写问题描述').waitFor();
    await look(page, 'form-errors');
    await page.getByLabel('电话').fill('');
    await page.getByRole('textbox', { name: '问题描述' }).fill('楼道水管漏水，墙都湿了');
    await page.getByLabel('街道').selectOption({ label: '栖鹭街道' });
    await page.getByLabel('社区').selectOption({ label: '柳岸社区' });
    await page.getByLabel('小区').selectOption({ label: '汀兰苑' });
    await page.getByLabel('选择照片').setInputFiles(await photoFile('leak.jpg', '#2d5c8a'));
    await page.getByAltText('第 1 张照片').waitFor();
    await page.getByText('附近已有人上报，是同一件吗').waitFor();
    await look(page, 'form-filled');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('img', { name: '二维码' }).waitFor();
    await look(page, 'sent');
    await page.getByRole('link', { name: /我的上报/ }).click();
    await page.getByText('楼道水管漏水，墙都湿了').waitFor();
    await look(page, 'mine');
  });

  it('a report on the resident page in each state', async () => {
    const { number, trackingToken } = await leak();
    const page = await product.open(`/?report=${number}#${trackingToken}`);
    const advanceTo = async (state: string): Promise<void> => {
      await page.reload();
      await page.getByRole('heading', { name: state }).waitFor();
      const closed = page.locator('details:not([open]) > summary');
      while ((await closed.count()) > 0) await closed.first().click();
    };
    await product.instance.command(number, { type: 'start' }, 'wang-wuye');
    await advanceTo('办理中');
    await look(page, 'follow-in-progress', both);
    await product.instance.command(number, { type: 'resolve', text: '已更换阀门。' }, 'wang-wuye', [photo]);
    await advanceTo('已办结');
    await page.getByRole('button', { name: '提交评价' }).click();
    await page.getByText('请选择满意程度').waitFor();
    await look(page, 'follow-resolved');
    await page.getByRole('link', { name: '打开第 1 张照片' }).click();
    await page.getByRole('dialog').getByRole('img').waitFor();
    await look(page, 'follow-photo');
    await page.getByRole('button', { name: '关闭' }).click();
    await page.getByRole('radio', { name: '不满意', exact: true }).check();
    await page.getByRole('button', { name: '提交评价' }).click();
    await page.getByRole('heading', { name: '已归档' }).waitFor();
    await look(page, 'follow-rated');
    await page.goto(`${product.instance.url}/?report=${number}#nobody`);
    await page.reload();
    await page.getByRole('alert').waitFor();
    await look(page, 'follow-refused');
  });

  it("each step of the form in elders' mode", async () => {
    const page = await product.open('/');
    await page.getByRole('button', { name: '长辈版' }).click();
    const next = page.getByRole('button', { name: '下一步' });
    await next.click();
    await page.getByText('请填写问题描述').waitFor();
    await look(page, 'elders-words', both);
    await page.getByRole('textbox', { name: '问题描述' }).fill('楼道灯不亮，看不清台阶');
    for (const step of ['photos', 'place', 'contact', 'check']) {
      await next.click();
      await look(page, `elders-${step}`);
    }
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('img', { name: '二维码' }).waitFor();
    await look(page, 'elders-sent');
    await page.getByRole('link', { name: '查看办理进度' }).click();
    await page.getByRole('heading', { name: /^已/ }).waitFor();
    await look(page, 'elders-follow');
    await page.getByRole('link', { name: /我的上报/ }).click();
    await page.getByText('楼道灯不亮，看不清台阶').waitFor();
    await look(page, 'elders-mine');
  });

  it('the staff sign-in, and an account without access', async () => {
    for (const place of ['desk', 'board']) {
      const page = await product.open(`/${place}/`);
      await page.getByRole('button', { name: '登录' }).waitFor();
      await look(page, `${place}-signed-out`, both);
      if (place === 'desk') continue;
      await page.getByRole('button', { name: '登录' }).click();
      await page.getByRole('heading', { name: '选择身份登录' }).waitFor();
      await look(page, 'sign-in', both);
      await page.getByRole('button', { name: '王师傅' }).click();
      await page.getByText('您是经办人角色').waitFor();
      await look(page, 'board-not-for-handlers', both);
      await page.route('**/api/city', (route) => route.abort());
      await page.reload();
      await page.getByText('无法连接服务器').waitFor();
      await look(page, 'board-unreachable');
    }
  });

  it("the desk's inboxes, search and account menu", async () => {
    const page = await product.openAs('高主任', '/desk/');
    await page.getByLabel('承办单位').selectOption({ label: '康宁居物业' });
    for (const name of ['待派单', '超时', '已办', '待办']) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('heading', { name, exact: true }).waitFor();
      await page.getByText('正在').waitFor({ state: 'hidden' });
      await look(page, `inbox-${name}`, both);
    }
    await page.getByText('高主任').click();
    await page.getByRole('button', { name: '退出登录' }).waitFor();
    await look(page, 'account');
    const search = page.getByRole('searchbox');
    await search.fill('几号来着');
    await search.press('Enter');
    await page.getByText('不是有效的编号或电话').waitFor();
    await search.fill('138 1234 5678');
    await search.press('Enter');
    await page.getByRole('heading', { name: '138 1234 5678 的工单' }).waitFor();
    await look(page, 'search', both);
  });

  it('a report on the desk with each command form, and with changes by others', async () => {
    const { number } = await leak();
    const page = await product.openAs('高主任', `/desk/#/reports/${number}`);
    for (const command of ['进展反馈或备注', '转派', '归类', '合并办理']) {
      await page.getByRole('button', { name: command, exact: true }).click();
      await page.getByRole('heading', { name: command, exact: true }).waitFor();
      await look(page, `desk-${command}`, both);
    }
    const handler = await product.openAs('王师傅', `/desk/#/reports/${number}`);
    await handler.getByRole('button', { name: '查看联系方式' }).click();
    await handler.getByRole('button', { name: '查看一次' }).click();
    await handler.getByText('请填写查看原因').waitFor();
    await look(handler, 'desk-reveal');
    await handler.getByRole('button', { name: '上门前联系居民' }).click();
    await handler.getByRole('button', { name: '查看一次' }).click();
    await handler.getByRole('link', { name: '13812345678' }).waitFor();
    await look(handler, 'desk-revealed');
    await handler.getByRole('button', { name: '办结', exact: true }).click();
    await handler.getByLabel('办理结果').fill('已关总阀，正在更换水管。');
    await handler.getByLabel('选择照片').setInputFiles(await photoFile('after.jpg', '#3a6'));
    await handler.getByText('已上传').waitFor();
    await reports.command(number, { type: 'note', text: '居民说水已经流到一楼', audience: 'staff' });
    await handler.getByRole('button', { name: '确认办结' }).click();
    await handler.getByText('该工单刚被他人更新').waitFor();
    await look(handler, 'desk-conflict', both);
    await handler.getByRole('button', { name: '按最新情况提交' }).click();
    await handler.getByRole('heading', { name: '已办结' }).waitFor();
    await look(handler, 'desk-resolved', both);
  });

  it('dispatching on the desk, and filing for a resident', async () => {
    const { number } = await product.instance.file({
      description: '帮忙看看这个情况',
      location: { area: 'tinglan-court' },
    });
    const page = await product.openAs('林网格员', `/desk/#/reports/${number}`);
    await page.getByRole('button', { name: '归类' }).click();
    await page.getByRole('button', { name: '按此类别派单' }).click();
    await page.getByText('请选择类别').waitFor();
    await look(page, 'desk-triage', both);
    await page.getByRole('button', { name: '返回列表' }).click();
    await page.getByRole('link', { name: '代居民上报' }).click();
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByText('请填写问题描述').waitFor();
    await look(page, 'desk-file', both);
    await page.getByLabel('问题描述').fill('12号楼楼道灯不亮三天了');
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('heading', { name: '已提交' }).waitFor();
    await look(page, 'desk-filed');
  });

  it('the board with alerts and charts', async () => {
    const page = await product.openAs('系统管理员', '/board/');
    await page.getByRole('heading', { name: '单位排名' }).waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'hidden' });
    await look(page, 'board', both);
  });

  it("the board's tables, a supervision order, an export, and loading errors", async () => {
    const page = await product.openAs('系统管理员', '/board/');
    await page.getByRole('button', { name: /^督办/ }).first().click();
    await page.getByRole('button', { name: '发出督办' }).click();
    await page.getByText('请填写督办意见').waitFor();
    await page.getByText('统计口径').click();
    for (const table of await page.getByRole('button', { name: '表格', exact: true }).all())
      await table.click();
    await page.getByRole('button', { name: /^导出 云汀/ }).click();
    await page.getByText(/已导出 \d+ 件工单/).waitFor();
    await look(page, 'board-tables', both);
    await page.getByRole('radio', { name: '自选', exact: true }).check();
    await page.getByLabel('从', { exact: true }).fill('2030-01-01');
    await page.getByLabel('到', { exact: true }).fill('2029-12-31');
    await page.getByText('结束日期不能早于开始日期').waitFor();
    await page.route('**/api/desk/{stats,alerts}?*', (route) => route.abort());
    await page.getByRole('button', { name: '刷新' }).click();
    await page.getByText('提醒更新失败').waitFor();
    await look(page, 'board-failed');
  });
});
