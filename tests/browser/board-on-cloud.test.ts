import { readFileSync } from 'node:fs';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { BoardReports, nastyWords } from './board-reports.ts';
import { describeInBrowser, startProductPages } from './pages.ts';
import { comeBack, desktop, picture, signIn, visit, type Visit } from './visit.ts';

type Row = {
  key: string;
  figures: Record<string, number>;
  rates: Record<string, number>;
  seconds: Record<string, number>;
};
type Stats = {
  from: string;
  to: string;
  rows: Row[];
  trend: { figures: Record<string, number>; rates: Record<string, number> }[];
};
type Listed = { number: string; department: string; alert?: unknown };

describeInBrowser('the board on the embedded cloud', () => {
  const product = startProductPages();
  let reports: BoardReports;
  /** The administrator on a desktop, a subdistrict's manager on a phone, and a handler without access. */
  let admin: Visit;
  let manager: Visit;
  let handler: Visit;

  beforeAll(async () => {
    reports = new BoardReports(product.instance);
    [admin, manager, handler] = await Promise.all([
      arrive('系统管理员', desktop),
      arrive('高主任'),
      arrive('王师傅'),
    ]);
    await reports.fill();
    await Promise.all([admin, manager].map(({ page }) => page.reload()));
    await Promise.all([admin, manager].map(({ page }) => figuresShown(page)));
  });

  async function arrive(name: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const opened = await visit(product.browser, `${product.url}/board/`, options);
    await signIn(opened.page, name);
    return opened;
  }

  /** Waits until everything is loaded and every chart is drawn. */
  async function figuresShown(page: Page): Promise<void> {
    await page.locator('main.board .tiles').waitFor();
    const unfinished =
      "document.querySelectorAll('.skeleton').length + " +
      "[...document.querySelectorAll('.canvas')].filter((frame) => !frame.querySelector('canvas')).length";
    await eventually(async () => ((await page.evaluate<number>(unfinished)) === 0 ? true : undefined));
  }

  function frame(page: Page, heading: string): Locator {
    return page.locator('section').filter({ has: page.getByRole('heading', { name: heading, exact: true }) });
  }

  /** The texts of a table's cells, the header first. */
  async function cellsOf(section: Locator): Promise<string[][]> {
    const rows = await section.locator('tr').all();
    return Promise.all(
      rows.map(async (row) => (await row.locator('th, td').allTextContents()).map((text) => text.trim())),
    );
  }

  async function statsOf(by: string): Promise<Stats> {
    const { to } = await reports.get('/api/desk/stats');
    const from = new Date(Date.parse(String(to)) - 6 * 86_400_000).toISOString().slice(0, 10);
    return (await reports.get(`/api/desk/stats?by=${by}&from=${from}&to=${String(to)}`)) as unknown as Stats;
  }

  const percent = (share: number | undefined): string =>
    share === undefined ? '—' : `${(Math.round(share * 1000) / 10).toFixed(1)}%`;

  const hoursOf = (seconds: number | undefined): string =>
    seconds === undefined ? '—' : (seconds / 3600).toFixed(1);

  async function downloaded(page: Page, start: () => Promise<void>): Promise<{ name: string; text: string }> {
    const [download] = await Promise.all([page.waitForEvent('download'), start()]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
  }

  async function timelineOf(number: string): Promise<{ type: string; words?: string }[]> {
    return (await reports.get(`/api/desk/reports/${number}`))['timeline'] as {
      type: string;
      words?: string;
    }[];
  }

  it('tells handlers that it is for managers', async () => {
    const { page, complaints } = handler;
    await page.getByText('您是经办人角色').waitFor();
    expect(await page.getByRole('link', { name: '前往工作台' }).getAttribute('href')).toBe('/desk/');
    expect(await page.locator('.tiles').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("shows the API's figures in charts and in the tables behind them", async () => {
    const { page } = admin;
    const [department, area, category, hour] = await Promise.all(
      ['department', 'area', 'category', 'hour'].map(statsOf),
    );
    const table = async (heading: string): Promise<string[][]> =>
      (await cellsOf(frame(page, heading))).slice(1);
    const total = (stats: Stats | undefined, name: string): number =>
      (stats?.rows ?? []).reduce((sum, { figures }) => sum + (figures[name] ?? 0), 0);

    const tiles = await page.locator('.tile .big').allTextContents();
    expect([tiles[0], tiles[3], tiles[4]].map(Number)).toEqual(
      ['received', 'breached', 'resolved'].map((name) => total(area, name)),
    );
    expect(Number(tiles[0])).toBeGreaterThan(20);

    expect((await table('各单位三率')).map((row) => row.slice(1)).sort()).toEqual(
      (department?.rows ?? [])
        .map(({ figures, rates, seconds }) => [
          ...['assigned', 'resolved', 'reopened', 'returned', 'transferred', 'breached', 'escalated'].map(
            (name) => String(figures[name] ?? 0),
          ),
          ...['responded', 'resolved', 'satisfied'].map((name) => percent(rates[name])),
          ...['median', 'p90'].map((name) => hoursOf(seconds[name])),
        ])
        .sort(),
    );
    expect((await table('每日数量')).map((row) => row.slice(1).map(Number))).toEqual(
      area?.trend.map(({ figures }) =>
        ['received', 'resolved', 'breached'].map((name) => figures[name] ?? 0),
      ),
    );
    expect((await table('每日三率')).map((row) => row.slice(1))).toEqual(
      area?.trend.map(({ rates }) =>
        ['responded', 'resolved', 'satisfied'].map((name) => percent(rates[name])),
      ),
    );
    expect((await table('各类别')).map((row) => Number(row[1])).sort()).toEqual(
      (category?.rows ?? []).map(({ figures }) => figures['assigned'] ?? 0).sort(),
    );
    const hours = await table('上报时段分布');
    expect(hours).toHaveLength(24);
    expect(hours.filter((row) => row[1] !== '0').map((row) => [row[0], Number(row[1])])).toEqual(
      hour?.rows.map(({ key, figures }) => [`${key}:00`, figures['received'] ?? 0]),
    );

    // Open reports are counted by inbox; the city's row is the sum of all.
    const [city] = await table('区域分布');
    const inboxes = await Promise.all(
      ['property-kangning', 'property-lanyu', 'water'].map(
        async (id) =>
          (await reports.get(`/api/desk/reports?view=open&department=${id}`))['items'] as unknown[],
      ),
    );
    expect(Number(city?.[1])).toBe(inboxes.flat().length);
    expect(tiles[1]).toBe(city?.[1]);
    expect(Number(city?.[3])).toBe(total(area, 'received'));

    const inked = `[...document.querySelectorAll('.canvas canvas')].map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((byte, index) => index % 4 === 3 && byte > 0);
    })`;
    expect(await page.evaluate(inked)).toEqual([true, true, true, true, true]);
    // The tooltip must not need inline styles, which the policy forbids.
    await frame(page, '每日数量').locator('canvas').hover();
    await picture(page, 'board-desktop-zh');
    expect(admin.complaints).toEqual([]);
  });

  it('ranks departments by level and improvement against the day before', async () => {
    const { page } = admin;
    await page.getByRole('radio', { name: '今天', exact: true }).check();
    const section = frame(page, '单位排名');
    await section.getByRole('button', { name: '综合', pressed: true }).waitFor();
    const rows = (await cellsOf(section)).slice(1);
    // Lanyu did worse the day before and has improved most; Kangning's level has fallen.
    expect(rows.map(([name, place, , , , improvementPlace]) => [name, place, improvementPlace])).toEqual([
      ['蓝屿物业', '1', '1'],
      ['康宁居物业', '2', '2'],
    ]);
    expect(rows[0]?.[4]).toMatch(/^\+\d/);
    await section.getByText('各占一半').waitFor();
    await page.getByRole('radio', { name: '近 7 天', exact: true }).check();
    await section.getByRole('button', { name: '三率均值', pressed: true }).waitFor();

    await section.getByRole('button', { name: '社区', exact: true }).click();
    const { from, to } = await statsOf('area');
    const { rows: communities } = (await reports.get(
      `/api/desk/league?by=area&level=community&order=level&from=${from}&to=${to}`,
    )) as unknown as { rows: { name: { zh: string } }[] };
    const areas = frame(page, '社区排名');
    await areas.getByRole('button', { name: '三率均值', pressed: true }).waitFor();
    expect(communities.length).toBeGreaterThan(0);
    // The order was chosen before, so the table appears with the answer.
    await expect
      .poll(async () => (await cellsOf(areas)).slice(1).map(([name]) => name))
      .toEqual(communities.map(({ name }) => name.zh));
  });

  it('keeps the filters in the address', async () => {
    const { page } = admin;
    await page.getByLabel('范围').selectOption({ label: '康宁居物业' });
    await expect.poll(() => page.url()).toContain('#department=property-kangning&days=7');
    await page.getByRole('radio', { name: '自选', exact: true }).check();
    await expect.poll(() => page.url()).toMatch(/#department=property-kangning&from=[\d-]+&to=[\d-]+$/);
    await page.reload();
    await figuresShown(page);
    const [kangning] = (await statsOf('department&key=property-kangning')).rows;
    expect(await page.getByLabel('范围').inputValue()).toBe('department property-kangning');
    expect(await page.locator('.tile .big').first().textContent()).toBe(
      String(kangning?.figures['assigned']),
    );
    const days = (await cellsOf(frame(page, '每日数量'))).slice(1);
    expect(days.reduce((sum, row) => sum + Number(row[1]), 0)).toBe(kangning?.figures['assigned']);
    await page.goBack();
    await page.goBack();
    await expect.poll(() => page.getByLabel('范围').inputValue()).toBe('whole');
    await figuresShown(page);
  });

  it('exports each table as a CSV with the same values', async () => {
    const { page } = admin;
    for (const heading of ['各单位三率', '每日三率', '区域分布']) {
      const section = frame(page, heading);
      await section.getByRole('button', { name: '表格', exact: true }).click();
      const shown = await cellsOf(section);
      const { name, text } = await downloaded(page, () =>
        section.getByRole('button', { name: '导出 CSV' }).click(),
      );
      expect(name).toMatch(/^[a-z]+-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
      expect(text.startsWith('\uFEFF')).toBe(true);
      expect(linesOf(text)).toEqual(shown.map((row) => row.map((cell) => (cell === '—' ? '' : cell))));
      await section.getByRole('button', { name: '图表', exact: true }).click();
    }
  });

  it('exports every report of all inboxes, with formulas escaped', async () => {
    const { page } = admin;
    const { text } = await downloaded(page, () =>
      page.getByRole('button', { name: '导出 云汀新区' }).click(),
    );
    const [header, ...rows] = linesOf(text);
    expect(header?.slice(0, 3)).toEqual(['编号', '状态', '提交时间']);
    expect(rows).toHaveLength(new Set(rows.map(([number]) => number)).size);
    const area = await statsOf('area');
    expect(rows).toHaveLength(area.rows.reduce((sum, { figures }) => sum + (figures['received'] ?? 0), 0));
    // The text is complete, with a quote before the formula; a tab would begin another column.
    expect(rows.map((row) => row[7])).toContain(`'${nastyWords}`);
    await page.getByText(`已导出 ${rows.length} 件工单。`).waitFor();

    await page.getByLabel('工单', { exact: true }).selectOption({ label: '已办结' });
    await page.route('**/api/desk/reports?*', async (route) => {
      await new Promise((resume) => setTimeout(resume, 200));
      await route.continue();
    });
    await page.getByRole('button', { name: '导出 云汀新区' }).click();
    await page.getByRole('button', { name: '取消' }).click();
    await page.getByText('已取消，未保存文件。').waitFor();
    await page.unroute('**/api/desk/reports?*');
  });

  it('lets a manager on a phone take over an alert, and supervise a report that others change', async () => {
    const { page, complaints } = manager;
    const alerts = page.locator('.alerts');
    // Two dissatisfied residents need a follow-up call.
    await alerts.getByText(/^超时 6 件，临期 0 件，待回访 2 件/).waitFor();
    await picture(page, 'board-phone-zh');
    const first = alerts.locator('.alert-card').first();
    await expect.poll(() => first.innerText()).toMatch(/超时未办结，已超 .*(小时|分钟)/);
    const number = (await first.locator('.number').textContent()) ?? '';
    await first.getByRole('button', { name: '跟进' }).click();
    await alerts.getByText(`${number} 由您跟进。`).waitFor();
    expect((await timelineOf(number)).map(({ type }) => type)).toContain('alert-taken.v1');
    expect(await alerts.locator('.alert-card').count()).toBe(7);
    // The keyboard focus moves to the next alert.
    expect(await page.evaluate('document.activeElement.id')).toBe(
      `alert-${(await first.locator('.number').textContent()) ?? ''}`,
    );

    const second = (await first.locator('.number').textContent()) ?? '';
    await first.getByRole('button', { name: '督办' }).click();
    await first.locator('.recent').waitFor();
    await first.getByRole('button', { name: '发出督办' }).click();
    await first.getByText('请填写督办意见').waitFor();
    await first.getByLabel('督办意见').fill('今天下班前必须到场处理，并回电居民。');
    await reports.command(second, { type: 'note', text: '师傅已在路上', audience: 'staff' });
    await first.getByRole('button', { name: '发出督办' }).click();
    await first.getByText('工单刚有更新').waitFor();
    await first.getByText('师傅已在路上').waitFor();
    expect(await first.getByLabel('督办意见').inputValue()).toBe('今天下班前必须到场处理，并回电居民。');
    await first.getByRole('button', { name: '发出督办' }).click();
    await first.getByText('已发出督办').waitFor();
    await first.locator('h3').getByText('已督办').waitFor();
    expect(await timelineOf(second)).toContainEqual(
      expect.objectContaining({
        type: 'report-supervised.v1',
        words: '今天下班前必须到场处理，并回电居民。',
      }),
    );

    // Somebody else takes over the third one just before.
    const third = alerts.locator('.alert-card').nth(1);
    const taken = (await third.locator('.number').textContent()) ?? '';
    await reports.command(taken, { type: 'take-alert' });
    await third.getByRole('button', { name: '跟进' }).click();
    await alerts.getByText(`${taken} 已由他人跟进，或已办结。`).waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows a new alert without reloading', async () => {
    const { page } = manager;
    const { number } = await reports.file({
      description: '楼上漏水，天花板湿了一片',
      area: 'tinglan-court',
      category: 'building.leak',
    });
    await reports.advance('PT2H');
    await expect
      .poll(
        async () => {
          await comeBack(page);
          return page.locator(`#alert-${number}`).count();
        },
        { interval: 500 },
      )
      .toBe(1);
    await page.locator(`#alert-${number}`).getByText('新', { exact: true }).waitFor();
    const { items } = (await reports.get('/api/desk/alerts?area=qilu')) as { items: Listed[] };
    expect(await page.locator('.alert-card').count()).toBe(items.length);
  });

  it('is translated entirely', async () => {
    for (const { page } of [manager, admin]) {
      await page.getByRole('button', { name: 'English' }).click();
      await page.getByRole('heading', { name: 'Department ranking' }).waitFor();
      // Except texts by people; and no key is shown instead of its text.
      expect(
        await page.locator('.board-head, .tiles, .figure-frame, .announcement').allInnerTexts(),
      ).not.toContainEqual(expect.stringMatching(/[一-鿿]|board\./));
    }
    expect([...admin.complaints, ...manager.complaints]).toEqual([]);
  });

  it('says what could not be loaded, and loads it on retry', async () => {
    const { page } = manager;
    await page.route('**/api/desk/{stats,alerts}?*', (route) => route.abort());
    await page.reload();
    await page.getByText('The figures could not be loaded.').waitFor();
    await page.getByText('The alerts could not be loaded.').waitFor();
    // Open reports are read by inbox, which still works.
    await expect.poll(() => page.locator('.skeleton').count()).toBe(0);
    await page.unroute('**/api/desk/{stats,alerts}?*');
    await page.locator('.failure').first().getByRole('button', { name: 'Try again' }).click();
    await figuresShown(page);
    await expect.poll(() => page.locator('.failure').count()).toBe(0);
    expect(await page.locator('.alert-card').count()).toBeGreaterThan(0);
  });

  it('is not loaded by the resident page', async () => {
    const loaded = async (path: string): Promise<string[]> => {
      const page = await product.open(path, desktop);
      await page.waitForLoadState('networkidle');
      const names = await page.evaluate<string[]>(
        "performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1))",
      );
      return names;
    };
    const resident = await loaded('/');
    expect(resident.some((name) => name.startsWith('resident-'))).toBe(true);
    expect(resident.filter((name) => /^(board|echarts)/.test(name))).toEqual([]);
  });
});

/** Parses CSV (RFC 4180). */
function linesOf(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/y;
  const body = text.replace('\uFEFF', '');
  while (cell.lastIndex < body.length) {
    const match = cell.exec(body);
    if (!match) throw new Error(`no CSV: ${body.slice(0, 80)}`);
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}
