import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Filed } from '../support/running-instance.ts';
import { barriers } from './barriers.ts';
import { describeInBrowser, startProductPages } from './pages.ts';
import { desktop, picture, sidewaysPixels } from './visit.ts';

const dark = { colorScheme: 'dark' } as const;

/** On hold, extensions, support and follow-up calls, as residents, departments and managers see them. */
describeInBrowser('clocks on the pages', () => {
  const product = startProductPages();

  type Read = {
    version: number;
    status: { code: string };
    dueAt?: string;
    clocks: { resolve: { dueAt: string } };
    support: { number: string; state: string }[];
    timeline: { type: string; words?: string }[];
  };

  /** Files a report that is dispatched to Kangning's property company. */
  function filed(description: string): Promise<Filed> {
    const location = { area: 'tinglan-court' };
    return product.instance.file({ description, category: 'building.leak', location });
  }

  const read = (number: string): Promise<Read> => product.instance.report<Read>(number);

  async function reaches(number: string, state: string): Promise<void> {
    await eventually(async () => ((await read(number)).status.code === state ? true : undefined));
  }

  function deskOf(number: string): string {
    return `/desk/#/reports/${number}`;
  }

  function button(page: Page, name: string) {
    return page.getByRole('button', { name, exact: true });
  }

  /** Fires the event of returning to the page, on which it polls at once. */
  async function comeBack(page: Page): Promise<void> {
    await page.evaluate("dispatchEvent(new Event('online')); dispatchEvent(new Event('focus'))");
  }

  async function look(page: Page, name: string): Promise<void> {
    expect([name, await sidewaysPixels(page)]).toEqual([name, 0]);
    expect([name, await barriers(page)]).toEqual([name, []]);
    await picture(page, name);
  }

  it("puts a report on hold for the resident's answer, and resumes with it", async () => {
    const { number, trackUrl } = await filed('6号楼楼顶漏水，水滴到楼道里');
    const resident = await product.open(trackUrl);
    await resident.getByRole('heading', { name: '已派单' }).waitFor();
    expect(await resident.getByLabel('补充内容').isVisible()).toBe(false);

    const desk = await product.openAs('王师傅', deskOf(number));
    await button(desk, '挂起').tap();
    await button(desk, '确认挂起').tap();
    await desk.getByText('请选择挂起原因').waitFor();
    await desk.getByText('请填写挂起说明').waitFor();
    await desk.getByText('居民会看到您填写的内容').waitFor();
    await desk.getByRole('radio', { name: /等待居民补充/ }).check();
    await desk.getByLabel('需要居民补充的内容').fill('请拍一下漏水的位置，是哪个单元？');
    await button(desk, '确认挂起').tap();
    await desk.getByRole('heading', { name: '已挂起' }).waitFor();
    await desk.getByText('暂停计时', { exact: true }).waitFor();
    await desk.getByText('时限计算说明').tap();
    await desk.getByText(/起挂起，暂停计时/).waitFor();
    await look(desk, 'clocks-suspended-phone');
    await button(desk, '返回列表').tap();
    await expect.poll(() => desk.locator('#count-suspended').innerText()).toBe('1');
    await button(desk, '挂起').tap();
    await desk
      .locator('.line')
      .filter({ hasText: number })
      .getByText(/等待居民补充，最迟/)
      .waitFor();
    expect(await sidewaysPixels(desk)).toBe(0);

    await comeBack(resident);
    await resident.getByRole('heading', { name: '请您补充' }).waitFor();
    await resident.locator('.on-hold').getByText('是哪个单元').waitFor();
    // The form for the answer is open from the start.
    await resident.getByLabel('补充内容').fill('2单元，就在电梯门口');
    await look(resident, 'clocks-asked-phone');
    await button(resident, '提交补充').tap();
    await resident.getByRole('heading', { name: '已派单' }).waitFor();
    expect(await resident.locator('.on-hold').count()).toBe(0);

    await desk.locator('.line').filter({ hasText: number }).getByRole('link').tap();
    await desk.getByRole('heading', { name: '已派单' }).waitFor();
    await desk.locator('.timeline').getByText('2单元，就在电梯门口').waitFor();
    await desk
      .locator('.timeline')
      .getByText(/恢复办理/)
      .waitFor();
  });

  it('moves the due time when an extension is approved on the board', async () => {
    const { number } = await filed('8号楼外墙渗水，墙皮快掉下来了');
    const before = (await read(number)).clocks.resolve.dueAt;
    const desk = await product.openAs('王师傅', deskOf(number), desktop);
    await button(desk, '申请延期').click();
    await desk.getByText('最多 4 小时').waitFor();
    await desk.getByLabel('延长时限').fill('9');
    await desk.getByLabel('延期原因').fill('要等高空作业车');
    await button(desk, '提交申请').click();
    await desk.getByText('最多可延长 4 小时').waitFor();
    expect(await desk.getByLabel('延期原因').inputValue()).toBe('要等高空作业车');
    await desk.getByLabel('延长时限').fill('3');
    await button(desk, '提交申请').click();
    await desk.getByRole('heading', { name: '申请延期 3 小时' }).waitFor();
    await desk.getByText('等待审批').waitFor();

    const board = await product.openAs('高主任', '/board/');
    const card = board.locator('.alert-card').filter({ hasText: number });
    await card.getByRole('heading', { name: /延期待批/ }).waitFor();
    await card.getByText('要等高空作业车').waitFor();
    // Until it is escalated, only the department is responsible.
    await board.getByLabel('提级到').selectOption('街道');
    await board.getByText('暂无待跟进的提醒。').waitFor();
    await board.getByLabel('提级到').selectOption('本单位内');
    await card.getByRole('button', { name: '审批延期' }).tap();
    await card.getByText(/申请延长 3 小时，现应于/).waitFor();
    await card.getByRole('button', { name: '不同意延期' }).tap();
    await card.getByText('请填写不同意的原因').waitFor();
    await look(board, 'clocks-extension-phone');
    await button(board, '同意延期').tap();
    await board.getByText(`已同意 ${number} 延期。`).waitFor();
    expect(await card.count()).toBe(0);

    await comeBack(desk);
    await desk.locator('.timeline').getByText('同意延期').waitFor();
    const after = (await read(number)).clocks.resolve.dueAt;
    expect(Date.parse(after) - Date.parse(before)).toBe(3 * 3_600_000);
    // An extension is possible only once.
    expect(await button(desk, '申请延期').count()).toBe(0);
  });

  it('lets two departments support, and the lead resolve it early with a reason', async () => {
    const { number } = await filed('地下车库积水，还有一股臭味');
    const lead = await product.openAs('王师傅', deskOf(number), { ...desktop, ...dark });
    await button(lead, '请求协办').click();
    await lead.getByLabel('协办要求').fill('请查清是自来水还是污水。');
    await button(lead, '发出协办').click();
    await lead.getByText('请至少选择一个单位').waitFor();
    for (const [typed, name] of [
      ['供水', '汀水供水公司'],
      ['环卫', '云洁环卫中心'],
    ] as const) {
      await lead.getByRole('searchbox', { name: '输入单位名称的一部分' }).fill(typed);
      await lead.getByRole('checkbox', { name }).check();
    }
    await button(lead, '发出协办').click();
    const parts = lead.locator('.parts li');
    await parts.filter({ hasText: '汀水供水公司' }).getByText('待签收').waitFor();
    expect(await parts.count()).toBe(2);

    await reaches(`${number}-1`, 'assigned');
    const water = await product.openAs('赵工', '/desk/', dark);
    const line = water.locator('.line').filter({ hasText: `${number}-1` });
    await line.getByText('协办', { exact: true }).waitFor();
    await line.getByRole('link').tap();
    await water.getByText('请查清是自来水还是污水。').waitFor();
    await water.getByRole('link', { name: number, exact: true }).waitFor();
    await button(water, '办结').tap();
    await water.getByText('主办单位会看到办理结果').waitFor();
    await water.getByLabel('办理结果').fill('自来水管没有漏。');
    await look(water, 'clocks-part-phone');
    await button(water, '确认办结').tap();
    await water.getByRole('heading', { name: '已办结' }).waitFor();
    await eventually(async () =>
      (await read(number)).support.some(({ state }) => state === 'resolved') ? true : undefined,
    );

    await comeBack(lead);
    await parts.filter({ hasText: '自来水管没有漏。' }).getByText('已办结').waitFor();
    await button(lead, '办结').click();
    await lead.getByText('尚未答复的协办单位：云洁环卫中心').waitFor();
    await lead.getByLabel('办理结果').fill('已抽干积水，疏通了污水管。');
    await button(lead, '确认办结').click();
    await lead.getByText('请填写不再等待协办答复的原因').waitFor();
    expect((await read(number)).status.code).toBe('assigned');
    expect(await lead.getByLabel('办理结果').inputValue()).toBe('已抽干积水，疏通了污水管。');
    await lead.getByLabel('不再等待协办答复的原因').fill('污水管已经自行疏通。');
    await look(lead, 'clocks-override-wide');
    await button(lead, '确认办结').click();
    await lead.getByRole('heading', { name: '已办结' }).waitFor();
    await parts.filter({ hasText: '云洁环卫中心' }).getByText('已取消').waitFor();
    await reaches(`${number}-2`, 'withdrawn');
  });

  it('asks for a follow-up call after a bad rating, which can be changed until then', async () => {
    const { number, trackUrl } = await filed('垃圾房的水管漏水');
    await product.instance.command(number, { type: 'resolve', text: '已修好。' });
    const resident = await product.open(trackUrl);
    await resident.getByRole('radio', { name: '基本满意' }).check();
    await button(resident, '提交评价').tap();
    await resident.getByText(/您的评价：“基本满意”。/).waitFor();
    await resident.getByText(/前可修改/).waitFor();
    await resident.getByText('修改评价').tap();
    await resident.getByRole('radio', { name: '非常不满意' }).check();
    await resident.getByLabel('其他意见').fill('第二天又漏了');
    await button(resident, '提交评价').tap();
    await resident.getByText(/您的评价：“非常不满意”。/).waitFor();
    await look(resident, 'clocks-rated-phone');

    const board = await product.openAs('林网格员', '/board/', { ...desktop, ...dark });
    const card = board.locator('.alert-card').filter({ hasText: number });
    await card.getByRole('heading', { name: /待回访/ }).waitFor();
    await card.getByText('居民评价“非常不满意”').waitFor();
    await card.getByRole('button', { name: '记录回访' }).click();
    await card.getByText('第二天又漏了').waitFor();
    await button(board, '提交回访记录').click();
    await card.getByText('请选择回访结果').waitFor();
    await card.getByRole('radio', { name: '没有解决，要求重办' }).check();
    await card.getByLabel('回访情况').fill('居民说第二天又漏了。');
    await look(board, 'clocks-follow-up-wide');
    await button(board, '提交回访记录').click();
    await board.getByText(`已记录 ${number} 的回访。`).waitFor();
    await reaches(number, 'assigned');
    expect((await read(number)).timeline.map(({ type }) => type)).toContain('follow-up-recorded.v1');

    await comeBack(resident);
    await resident.getByRole('heading', { name: '已派单' }).waitFor();
    expect(await resident.getByText('修改评价').count()).toBe(0);
  });

  it('shows a manager all reports in their area, of every department', async () => {
    const { number } = await filed('3号楼地下室渗水');
    const desk = await product.openAs('高主任', '/desk/');
    const line = desk.locator('.line').filter({ hasText: number });
    await desk.getByText('暂无待办').waitFor();
    await desk.getByLabel('承办单位').selectOption('栖鹭街道（所有单位）');
    await line.getByText('康宁居物业').waitFor();
    await look(desk, 'clocks-area-phone');
    await line.getByRole('link').tap();
    await button(desk, '调整紧急程度').tap();
    await desk.getByRole('radio', { name: '一般' }).check();
    await desk.getByLabel('调整原因').fill('没有漏到居民家里');
    await button(desk, '确认调整').tap();
    await desk
      .locator('.timeline')
      .getByText(/改为一般/)
      .waitFor();
    // It stays in this list.
    await button(desk, '返回列表').tap();
    expect(await line.getByText('已不在此列表中').count()).toBe(0);
  });
});
