import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { BoardReports } from './board-reports.ts';
import { photoFile } from './photo.ts';
import { describeInBrowser, startProductPages } from './pages.ts';
import { desktop } from './visit.ts';

const leak = {
  description: '三号楼楼道水管爆裂，一直漏水',
  area: 'tinglan-court',
  category: 'building.leak',
};

describeInBrowser('with the keyboard alone', () => {
  const product = startProductPages();
  let reports: BoardReports;

  beforeAll(async () => {
    reports = new BoardReports(product.instance);
    // Two are overdue for acknowledgement, and nobody has taken over their alerts.
    await reports.advance('PT1M');
    await Promise.all([reports.file(leak), reports.file(leak)]);
    await reports.advance('PT2H5M');
  });

  it('a report is acknowledged and resolved at the desk', async () => {
    const { number } = await reports.file(leak);
    const page = await product.open('/desk/', desktop);
    await enter(page, page.getByRole('button', { name: '登录' }));
    await enter(page, page.getByRole('button', { name: '王师傅' }));

    const lines = page.getByRole('listitem').getByRole('link');
    await page.getByRole('link', { name: number }).waitFor();
    await tabTo(page, lines.first());
    await page.keyboard.press('ArrowDown');
    await isFocused(page, lines.nth(1));
    await page.keyboard.press('Home');
    await isFocused(page, lines.first());
    await page.keyboard.press('End');
    await isFocused(page, lines.last());
    const line = page.getByRole('link', { name: number });
    for (let at = await lines.count(); at > 0 && !(await hasFocus(page, line)); at -= 1)
      await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await isFocused(page, page.getByRole('heading', { name: '已派单' }));
    await page.keyboard.press('Escape');
    await isFocused(page, line);
    await page.keyboard.press('Enter');
    await isFocused(page, page.getByRole('heading', { name: '已派单' }));

    await enter(page, page.getByRole('button', { name: '签收', exact: true }));
    await page.getByText('康宁居物业已签收').waitFor();
    await isFocused(page, page.getByRole('heading', { name: '已派单' }));
    await enter(page, page.getByRole('button', { name: '办结', exact: true }));
    await tabTo(page, page.getByLabel('办理结果'));
    await page.keyboard.insertText('已更换阀门，不再漏水。');
    const chooser = page.waitForEvent('filechooser');
    await enter(page, page.getByLabel('选择照片'));
    await (await chooser).setFiles(await photoFile('after.jpg', '#3a6'));
    await page.getByText('已上传').waitFor();
    await enter(page, page.getByRole('button', { name: '确认办结' }));
    await isFocused(page, page.getByRole('heading', { name: '已办结' }));
    await page.getByRole('heading', { name: '办理后', exact: true }).waitFor();
  });

  it('the board is filtered, an alert taken over, a table read and downloaded', async () => {
    const page = await product.open('/board/', { ...desktop, acceptDownloads: true });
    await enter(page, page.getByRole('button', { name: '登录' }));
    await enter(page, page.getByRole('button', { name: '系统管理员' }));
    const alerts = page.getByRole('region', { name: '提醒' });
    await alerts.getByText('超时 2 件').waitFor();

    await tabTo(page, page.getByLabel('范围'));
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.url()).toContain('#area=qilu');
    await tabTo(page, page.getByRole('radio', { name: '近 7 天' }));
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.url()).toContain('days=1');
    await alerts.getByText('超时 2 件').waitFor();

    await enter(page, alerts.getByRole('button', { name: '跟进' }).first());
    await alerts.getByText(/^YT-.* 由您跟进。/).waitFor();
    // The focus moves to the next alert.
    await isFocused(page, alerts.getByRole('heading', { level: 3 }));
    await enter(page, alerts.getByRole('button', { name: '督办' }));
    await isFocused(page, alerts.getByLabel('督办意见'));
    await page.keyboard.insertText('今天下班前必须到场处理。');
    await enter(page, alerts.getByRole('button', { name: '发出督办' }));
    await alerts.getByText('已发出督办').waitFor();
    await isFocused(page, alerts.getByRole('heading', { level: 3 }));

    const departments = page.getByRole('region', { name: '各单位三率', exact: true });
    await enter(page, departments.getByRole('button', { name: '表格', exact: true }));
    await kept(page, /^departments-/, departments.getByRole('button', { name: '导出 CSV' }));
    await tabTo(page, departments.getByRole('region'));
    await enter(page, departments.getByRole('button', { name: '康宁居物业' }));
    await expect.poll(() => page.url()).toContain('#department=property-kangning');

    await tabTo(page, page.getByLabel('工单', { exact: true }));
    await page.keyboard.press('End');
    await kept(page, /^reports-done/, page.getByRole('button', { name: '导出 康宁居物业' }));
    await page.getByText(/已导出 \d+ 件工单/).waitFor();
  });
});

/** Presses Tab until the control has the focus. On the way, every focused element must be visibly focused. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  await control.waitFor();
  const unseen: string[] = [];
  for (let presses = 0; presses < 150; presses += 1) {
    if (await hasFocus(page, control)) {
      expect(unseen).toEqual([]);
      return;
    }
    await page.keyboard.press('Tab');
    unseen.push(...(await page.evaluate<string[]>(unseenFocus)));
  }
  throw new Error(`${String(control)} cannot be reached by Tab`);
}

async function enter(page: Page, control: Locator): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.press('Enter');
}

async function kept(page: Page, name: RegExp, control: Locator): Promise<void> {
  const download = page.waitForEvent('download');
  await enter(page, control);
  expect((await download).suggestedFilename()).toMatch(name);
}

async function hasFocus(page: Page, control: Locator): Promise<boolean> {
  return (await control.and(page.locator(':focus')).count()) === 1;
}

async function isFocused(page: Page, control: Locator): Promise<void> {
  await control.and(page.locator(':focus')).waitFor();
}

/**
 * The focused element as HTML, in a list; empty if it or its label is on the screen with an outline and not
 * covered.
 */
const unseenFocus = `(() => {
  const focused = document.activeElement;
  if (focused === document.body) return [];
  const shown = [focused, focused.closest('label')].find((element) => {
    if (!element) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const box = {
      left: Math.max(0, left), right: Math.min(innerWidth, right),
      top: Math.max(0, top), bottom: Math.min(innerHeight, bottom),
    };
    if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) return false;
    if (box.right - box.left < 8 || box.bottom - box.top < 8) return false;
    const before = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return element.contains(before) || before.contains(element);
  });
  return shown ? [] : [focused.outerHTML.slice(0, 200)];
})()`;
