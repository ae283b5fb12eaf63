import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCity } from '../../infra/build.ts';
import { checkCity } from '../../infra/city-check.ts';
import { jsonPositions } from '../../infra/json-positions.ts';
import {
  parseCity,
  staffRoles,
  type CalendarConfig,
  type City,
  type Target,
  type Webhook,
} from '../../shared/config/city.ts';
import { lastOfficialYear, withOfficialDays } from '../../shared/config/official-days.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { pathOf, resolvePlace } from '../../shared/place/place.ts';
import { route, targetsFor } from '../../shared/records/report/routing.ts';
import { calendarOf, instantAfter } from '../../shared/kernel/clocks/sla.ts';
import { city } from '../support/city.ts';

const file = new URL('../../shared/config/demo-city.json', import.meta.url);
const text = readFileSync(file, 'utf8');
/** As the file has it, official days not written out. */
const source = loadCity(file);

function problemsAfter(
  change: (draft: City) => void,
): { path: string; message: string; messageZh: string }[] {
  const draft = structuredClone(city);
  change(draft);
  const result = parseCity(draft);
  return result.ok ? [] : result.problems;
}

describe('the demo city', () => {
  const levels = Object.groupBy(city.areas, (area) => area.level);
  const words = ({ amount, unit }: Target): string => `${amount} ${unit}`;

  it('has two streets of two communities of three estates each', () => {
    expect(levels.street).toHaveLength(2);
    expect(levels.community).toHaveLength(4);
    expect(levels.estate).toHaveLength(12);
    for (const parent of [...(levels.street ?? []), ...(levels.community ?? [])])
      expect(city.areas.filter((area) => area.parent === parent.id)).toHaveLength(
        parent.level === 'street' ? 2 : 3,
      );
  });

  it('has all 42 categories, each with enough keywords', () => {
    expect(city.categories).toHaveLength(42);
    for (const { code, keywords } of city.categories) {
      expect(keywords.zh.length, code).toBeGreaterThanOrEqual(15);
      expect(keywords.en.length, code).toBeGreaterThanOrEqual(8);
      expect(new Set(keywords.zh).size, code).toBe(keywords.zh.length);
      expect(new Set(keywords.en).size, code).toBe(keywords.en.length);
    }
  });

  it('has a department for every category at every estate', () => {
    for (const { id } of levels.estate ?? [])
      for (const { code } of city.categories) expect(route(city, code, pathOf(city, id)).by).toBe('service');
  });

  it('has people in every role', () => {
    expect(new Set(city.staff.map(({ role }) => role))).toEqual(new Set(staffRoles));
    expect(city.staff.length).toBeGreaterThanOrEqual(12);
  });

  it('finds each area by its own name and each estate by its own centre', () => {
    for (const area of city.areas) {
      for (const address of [area.name.zh, area.name.en, ...(area.aliases ?? [])])
        expect(resolvePlace(city, { address }), address).toMatchObject({ place: { area: area.id } });
      if (area.level === 'estate')
        expect(resolvePlace(city, { ...area.centre })).toMatchObject({ place: { area: area.id } });
    }
  });

  it('never has targets to acknowledge or rework longer than to resolve, at any hour of a week', () => {
    const pairs = new Set<string>();
    for (const { id } of city.areas)
      for (const { code: category, priority } of city.categories) {
        const path = pathOf(city, id);
        const { department } = route(city, category, path);
        const { acknowledge, resolve, rework } = targetsFor(city, { category, department, path, priority });
        for (const shorter of [acknowledge, rework]) pairs.add(JSON.stringify([shorter, resolve]));
      }
    const monday = Date.parse('2026-11-22T16:00:00Z');
    for (const pair of pairs) {
      const [shorter, longer] = JSON.parse(pair) as [Target, Target];
      for (let hour = 0; hour < 7 * 24; hour += 1) {
        const from = new Date(monday + hour * 3_600_000).toISOString();
        expect(instantAfter(city, from, shorter) <= instantAfter(city, from, longer), `${pair} ${from}`).toBe(
          true,
        );
      }
    }
  });

  it.each([
    [
      'a burst pipe within two hours, on site in half an hour',
      'building.leak',
      'tinglan-court',
      '30 minute',
      '2 hour',
    ],
    ['a broken water main within two hours', 'utility.water', 'tinglan-court', '30 minute', '2 hour'],
    ['danger within an hour', 'safety.fire', 'yuqian', '1 hour', '24 hour'],
    ['power, gas and heating within two hours', 'utility.power', 'moxiang', '2 hour', '48 hour'],
    ['a missing manhole cover within six hours', 'city.road', 'moxiang', '2 hour', '6 hour'],
    [
      'dumped waste within four working hours',
      'city.sanitation',
      'moxiang',
      '1 working-hour',
      '4 working-hour',
    ],
    ['spoil within two working days', 'city.construction', 'moxiang', '4 working-hour', '2 working-day'],
    ['a small repair within three days', 'building.structure', 'moxiang', '4 working-hour', '72 hour'],
    ['all else within five working days', 'social.education', 'moxiang', '4 working-hour', '5 working-day'],
  ])('keeps the norm: %s', (_, category, area, acknowledge, resolve) => {
    const path = pathOf(city, area);
    const priority = city.categories.find(({ code }) => code === category)?.priority ?? 'normal';
    const { department } = route(city, category, path);
    const targets = targetsFor(city, { category, department, path, priority });
    expect([words(targets.acknowledge), words(targets.resolve)]).toEqual([acknowledge, resolve]);
  });

  it('has a rework target of three working days for normal priority', () => {
    expect(words(city.targets.normal.rework)).toBe('3 working-day');
  });

  it('has an area for every escalation step, each step later than the one before', () => {
    const from = '2026-11-23T01:00:00Z';
    for (const ladder of [city.supervision.urgent, city.supervision.high, city.supervision.normal]) {
      expect(ladder.map(({ level }) => level)).toEqual(['community', 'street', 'district']);
      const instants = ladder.map(({ after }) => instantAfter(city, from, after));
      expect(instants).toEqual([...new Set(instants)].sort());
    }
  });
});

describe('parseCity', () => {
  it.each<[string, (draft: City) => void, string, string, string]>([
    [
      'an id twice',
      (draft) => draft.areas.push(...draft.areas.slice(-1)),
      'areas[19].id',
      'stands twice',
      '出现了两次',
    ],
    [
      'no topmost area',
      (draft) => {
        for (const area of draft.areas) area.parent ??= 'qilu';
      },
      'areas',
      'here 0 have none',
      '现在有 0 个',
    ],
    [
      'a parent that is not there',
      (draft) => {
        for (const area of draft.areas) if (area.id === 'moxiang') area.parent = 'atlantis';
      },
      'areas[17].parent',
      'no area "atlantis"',
      '没有区域 "atlantis"',
    ],
    [
      'a street inside an estate',
      (draft) => {
        for (const area of draft.areas) if (area.id === 'qilu') area.parent = 'moxiang';
      },
      'areas[1].parent',
      'a street cannot lie in a estate',
      'street 不能放在 estate 下面',
    ],
    [
      'two departments for one thing at one place',
      (draft) => {
        for (const department of draft.departments)
          if (department.id === 'gas') department.services = ['power'];
      },
      'departments[28]',
      '"power" already does "power" in "yunting"',
      '已由 "power" 负责',
    ],
    [
      'nobody to decide what nobody does',
      (draft) => {
        draft.departments = draft.departments.filter(({ id }) => id !== 'grid-yunting');
      },
      'departments',
      'a department must do "grid" in "yunting"',
      '要有一个单位在 "yunting" 负责 "grid"',
    ],
    [
      'a service that nobody offers',
      (draft) => {
        for (const category of draft.categories)
          if (category.code === 'city.road') category.handledBy = 'roads';
      },
      'categories[12].handledBy',
      'no department does "roads"',
      '没有单位负责 "roads"',
    ],
    [
      'no category for what is unclear',
      (draft) => {
        draft.unclearCategory = 'other.gone';
      },
      'unclearCategory',
      'no category "other.gone"',
      '没有类别 "other.gone"',
    ],
    [
      'an override for nothing',
      (draft) => draft.targetOverrides.push({ targets: { resolve: { amount: 1, unit: 'hour' } } }),
      'targetOverrides[7]',
      'must say what it is for',
      '要写明针对什么',
    ],
    [
      'an override of nothing',
      (draft) => draft.targetOverrides.push({ area: 'qilu', targets: {} }),
      'targetOverrides[7]',
      'must change at least one target',
      '没有写任何时限',
    ],
    [
      'a person in a department that is not there',
      (draft) => draft.staff[0]?.departments.push('gone'),
      'staff[0].departments[1]',
      'no department "gone"',
      '没有承办单位 "gone"',
    ],
    [
      'an unknown time zone',
      (draft) => {
        draft.timeZone = 'Asia/Atlantis';
      },
      'timeZone',
      'an IANA time zone',
      'IANA 时区',
    ],
    [
      'an id with capitals',
      (draft) => {
        draft.id = 'YunTing';
      },
      'id',
      'lower-case letters',
      '小写字母',
    ],
    [
      'a calendar of no hours',
      (draft) => {
        for (const calendar of draft.calendars) calendar.weekly = {};
      },
      'calendars[0].weekly',
      'no working time at all',
      '没有任何办公时间',
    ],
    [
      'shifts that overlap',
      (draft) => {
        for (const calendar of draft.calendars) calendar.weekly.tue = ['08:30-12:00', '11:30-17:30'];
      },
      'calendars[0].weekly.tue',
      'each after the end of the one before',
      '不能重叠',
    ],
    [
      'a shift that ends before it begins',
      (draft) => {
        for (const calendar of draft.calendars) calendar.weekly.tue = ['17:30-08:30'];
      },
      'calendars[0].weekly.tue',
      'shifts stand in order',
      '从早到晚',
    ],
    [
      'a shift of another form',
      (draft) => {
        for (const calendar of draft.calendars) calendar.weekly.tue = ['8:30-12'];
      },
      'calendars[0].weekly.tue[0]',
      'is written like 08:30-12:00',
      '要写成 08:30-12:00',
    ],
    [
      'a calendar that is not there',
      (draft) => {
        for (const department of draft.departments)
          if (department.id === 'gas') department.calendar = 'nights';
      },
      'departments[28].calendar',
      'no calendar "nights"',
      '没有办公时间 "nights"',
    ],
    [
      'working time without a calendar',
      (draft) => {
        draft.calendars = [];
      },
      'supervision.normal[1].after',
      'working time, but there are no calendars',
      '却没有 calendars',
    ],
    [
      'half a working day',
      (draft) => {
        draft.targets.normal.resolve = { amount: 2.5, unit: 'working-day' };
      },
      'targets.normal.resolve',
      'working days are whole',
      '工作日要写整数',
    ],
    [
      'an urgent word that is empty',
      (draft) => draft.urgentWords.zh.push(''),
      'urgentWords.zh[12]',
      'must not be empty',
      '不能为空',
    ],
    [
      'a step to a level that there cannot be',
      (draft) =>
        draft.supervision.high.push({ level: 'province' as never, after: { amount: 1, unit: 'hour' } }),
      'supervision.high[3].level',
      'expected one of "district"',
      '期望以下之一',
    ],
    [
      'extensions of no length',
      (draft) => {
        draft.extension.share = 0;
      },
      'extension.share',
      'expected number to be >0',
      '数值过小',
    ],
    [
      'a robot that is no address',
      (draft) => {
        for (const area of draft.areas) area.alerts = { webhook: { url: 'qyapi.example.org' } };
      },
      'areas[1].alerts.webhook.url',
      'Invalid URL',
      'URL',
    ],
    [
      'a webhook without TLS',
      (draft) => {
        for (const area of draft.areas) area.alerts = { webhook: { url: 'http://robot.example' } };
      },
      'areas[1].alerts.webhook.url',
      'is called by https',
      '要用 https',
    ],
    [
      'a field that is not known',
      (draft) => Object.assign(draft.areas[3] ?? {}, { centr: 1 }),
      'areas[3].centr',
      'there is no such field',
      '没有这个字段',
    ],
    [
      'a field that is missing',
      (draft) => {
        draft.areas[3] = { ...draft.areas[3], name: undefined } as never;
      },
      'areas[3].name',
      'is missing',
      '缺少这一项',
    ],
    [
      'an empty name',
      (draft) => {
        draft.name.en = '';
      },
      'name.en',
      'must not be empty',
      '不能为空',
    ],
  ])('tells of %s', (_, change, path, message, messageZh) => {
    const problems = problemsAfter(change);
    expect(problems).toContainEqual({
      path,
      message: expect.stringContaining(message) as string,
      messageZh: expect.stringContaining(messageZh) as string,
    });
  });

  it('reports all problems at once', () => {
    const problems = problemsAfter((draft) => {
      for (const area of draft.areas) if (area.id === 'moxiang') area.parent = 'atlantis';
      for (const category of draft.categories) category.handledBy = 'nobody';
    });
    expect(problems).toHaveLength(43);
  });

  it.each([
    ['https://tiles.example.org/{z}/{x}/{y}.png', []],
    ['/tiles/{z}/{x}/{y}.png', []],
    ['https://tiles.example.org/{z}/{x}.png', ['map.tileUrl']],
    ['http://tiles.example.org/{z}/{x}/{y}.png', ['map.tileUrl']],
    ['//tiles.example.org/{z}/{x}/{y}.png', ['map.tileUrl']],
    // The host is put into the pages' content security policy.
    ['https://*/{z}/{x}/{y}.png', ['map.tileUrl']],
    ['https://a; script-src */{z}/{x}/{y}.png', ['map.tileUrl']],
    ['https://{s}.example.org/{z}/{x}/{y}.png', ['map']],
  ])('takes a map whose tiles lie at %s, or complains of %j', (tileUrl, places) => {
    const problems = problemsAfter((draft) => {
      draft.map = { tileUrl, attribution: 'A map', crs: 'wgs84', maxZoom: 18 };
    });
    expect(problems.map(({ path }) => path)).toEqual(places);
  });

  it('fills in defaults', () => {
    const { targetOverrides, warnAtShare, triageBelow, unclearCategory, triageService, staff, ...rest } =
      city;
    const { urgentWords, longestSuspension, extension, supervision, afterResolution, retention, ...least } =
      rest;
    expect(parseCity(least)).toMatchObject({
      ok: true,
      city: {
        targetOverrides: [],
        warnAtShare,
        triageBelow,
        unclearCategory,
        triageService,
        staff: [],
        urgentWords: { zh: [], en: [] },
        longestSuspension: { amount: 120, unit: 'hour' },
        extension: { times: 1, share: 1 },
        supervision: { urgent: [], high: [], normal: [] },
        afterResolution: {
          closeAfter: { amount: 168, unit: 'hour' },
          changeRatingWithin: { amount: 24, unit: 'hour' },
          followUpAtMost: 2,
        },
        retention,
      },
    });
    expect(retention).toEqual({ contactDays: 180, textDays: 1095, photoDays: 365 });
    expect(parseCity({ ...least, afterResolution: { followUpAtMost: 0 } })).toMatchObject({
      city: { afterResolution: { followUpAtMost: 0, closeAfter: { amount: 168, unit: 'hour' } } },
    });
    expect(
      [targetOverrides, staff, urgentWords.zh, supervision.normal].every(({ length }) => length > 0),
    ).toBe(true);
    expect([longestSuspension, extension, afterResolution]).not.toContain(undefined);
  });

  it('accepts a city without calendars if it uses no working time', () => {
    const hours = { amount: 1, unit: 'hour' } as const;
    const targets = { acknowledge: hours, resolve: hours, rework: hours };
    const draft = structuredClone(city);
    draft.calendars = [];
    draft.targets = { urgent: targets, high: targets, normal: targets };
    draft.supervision = { urgent: [], high: [], normal: [], remindAfter: hours };
    draft.longestSuspension = hours;
    for (const category of draft.categories) delete category.targets;
    expect(parseCity(draft)).toMatchObject({ ok: true });
  });
});

describe('official days', () => {
  /** The demo city's first calendar with these days of its own, all written out. */
  function writtenOut(own: Partial<CalendarConfig>): {
    config: CalendarConfig;
    isOpen: (at: string) => boolean;
  } {
    const [office] = source.calendars;
    if (!office) throw new Error('the demo city has no calendar');
    const written = withOfficialDays({ ...city, calendars: [{ ...office, ...own }] });
    const [config] = written.calendars;
    if (!config) throw new Error('the calendar was lost');
    const isOpen = (at: string): boolean => {
      const instant = Date.parse(`${at}+08:00`);
      return calendarOf(written, 'office').between(instant, instant + 1) > 0;
    };
    return { config, isOpen };
  }

  it('close holidays and open make-up days with the hours of a Monday', () => {
    const { config, isOpen } = writtenOut({});
    expect(config.official).toBeUndefined();
    // National Day, and the Saturday after it that is worked in return.
    expect(isOpen('2026-10-01T09:00')).toBe(false);
    expect(isOpen('2026-10-10T09:00')).toBe(true);
    expect(isOpen('2026-10-10T13:00')).toBe(false);
    expect(isOpen('2026-10-17T09:00')).toBe(false);
    expect(isOpen('2026-10-19T09:00')).toBe(true);
  });

  it('are overridden by the city’s own days', () => {
    const { config, isOpen } = writtenOut({
      closed: ['2026-10-10', '2026-11-11'],
      open: { '2026-10-01': 'fri' },
    });
    expect(isOpen('2026-10-01T09:00')).toBe(true);
    expect(isOpen('2026-10-02T09:00')).toBe(false);
    expect(isOpen('2026-10-10T09:00')).toBe(false);
    expect(isOpen('2026-11-11T09:00')).toBe(false);
    expect(config.closed).toEqual([...new Set(config.closed)].sort());
  });

  it('leave other calendars unchanged', () => {
    const [{ official: _official, ...own } = { id: 'none' }] = source.calendars;
    const { calendars } = withOfficialDays({ ...city, calendars: [own as CalendarConfig] });
    expect(calendars).toEqual([own]);
  });

  it('cannot be forgotten', () => {
    expect(() => calendarOf({ ...city, calendars: source.calendars }, undefined)).toThrow('not written out');
  });

  it('include this year, and tell their last year', () => {
    expect(lastOfficialYear).toBeGreaterThanOrEqual(2026);
    const { config } = writtenOut({});
    expect(config.closed.at(-1)?.slice(0, 4)).toBe(String(lastOfficialYear));
  });
});

describe('city:check', () => {
  const check = (json: string, today = '2026-06-01'): { exitCode: number; output: string } => {
    const { exitCode, lines } = checkCity(new TextEncoder().encode(json), 'my-city.json', new Date(today));
    return { exitCode, output: lines.join('\n') };
  };

  it('summarises a valid city', () => {
    const { exitCode, output } = check(text);
    expect(exitCode).toBe(0);
    expect(output).toMatch(
      /区域 Areas +19: 区县 district 1, 街道 street 2, 社区 community 4, 小区\/楼栋 estate 12/,
    );
    expect(output).toMatch(/承办单位 Departments +34/);
    expect(output).toMatch(/无关键词 without keywords +无 none/);
    expect(output).toMatch(/只能人工派单 dispatched by hand at some compound +无 none/);
    expect(output).toMatch(/人员 Staff +13: 网格员 grid worker 4/);
    expect(output).toMatch(
      /office +办公时间 Office hours +周一二三四五 08:30-12:00 14:00-17:30 +法定节假日 official days/,
    );
    expect(output).not.toContain('Remarks');
  });

  it('reads a file that begins with a byte order mark', () => {
    expect(check(`\uFEFF${text}`).exitCode).toBe(0);
  });

  it('lists places with only the triage department, and categories without keywords', () => {
    const draft = structuredClone(city);
    draft.departments = draft.departments.filter(({ id }) => id !== 'housing-qilu');
    draft.targetOverrides = [];
    for (const person of draft.staff)
      person.departments = person.departments.filter((id) => id !== 'housing-qilu');
    for (const category of draft.categories)
      if (category.code === 'city.road') category.keywords = { zh: [], en: [] };
    const { exitCode, output } = check(JSON.stringify(draft));
    expect(exitCode).toBe(0);
    expect(output).toMatch(/building\.leak +楼宇漏水渗水 +蒲湾新村、纺机厂宿舍/);
    expect(output).toMatch(/without keywords +city\.road/);
  });

  it('refuses webhooks that would never be called, before anything is deployed', () => {
    const draft = structuredClone(city);
    const webhooks: Record<string, Webhook> = {
      gas: { url: 'https://0xc0a80001/assignments' },
      water: { url: 'http://169.254.169.254/latest', intranet: true },
      power: { url: 'http://10.20.0.8/assignments', intranet: true },
      heating: { url: 'https://tickets.example.org' },
    };
    for (const department of draft.departments) {
      const webhook = webhooks[department.id];
      if (webhook) department.webhook = webhook;
    }
    for (const area of draft.areas)
      if (area.id === 'liuan') area.alerts = { webhook: { url: 'https://localhost/robot' } };
    const { exitCode, output } = check(JSON.stringify(draft, null, 1));
    expect(exitCode).toBe(1);
    expect(output).toContain('3 个问题');
    expect(output).toMatch(/webhook\.url \(gas\)\n.*内网地址.*\n.*say "intranet": true/);
    expect(output).toMatch(/webhook\.url \(water\)\n.*不能调用\n.*nothing is called at this address/);
    expect(output).toMatch(/alerts\.webhook\.url \(liuan\)/);
    const file = join(mkdtempSync(join(tmpdir(), 'suishoubao-city-')), 'city.json');
    writeFileSync(file, JSON.stringify(draft));
    expect(() => readCity(file)).toThrow(/webhook\.url: nothing is called at this address/);
    rmSync(dirname(file), { recursive: true });
  });

  it('warns of probable mistakes', () => {
    const draft = structuredClone(city);
    for (const area of draft.areas) if (area.level === 'community') area.aliases = ['北片'];
    for (const department of draft.departments) if (department.id === 'gas') department.services.push('gass');
    for (const category of draft.categories)
      if (category.code === 'utility.water') category.targets = { resolve: { amount: 5, unit: 'minute' } };
    for (const person of draft.staff) if (person.username === 'wang-wuye') person.departments = [];
    const { exitCode, output } = check(JSON.stringify(draft));
    expect(exitCode).toBe(0);
    expect(output).toContain('"北片": liuan、puwan、yuqian、yanqiao 同名');
    expect(output).toContain('gas: 没有类别用到 "gass"');
    expect(output).toContain('utility.water: 签收时限比办结时限长');
    expect(output).toContain('wang-wuye: 没有所属单位');
  });

  it('warns of probable mistakes in calendars and escalation steps', () => {
    const draft = structuredClone(source);
    for (const office of source.calendars)
      draft.calendars.push({
        ...structuredClone(office),
        id: 'late',
        weekly: { tue: ['12:00-20:00'] },
        open: { '2026-11-28': 'sat' },
      });
    draft.supervision.high = [
      { level: 'street', after: { amount: 2, unit: 'hour' } },
      { level: 'grid', after: { amount: 90, unit: 'minute' } },
    ];
    const { exitCode, output } = check(JSON.stringify(draft));
    expect(exitCode).toBe(0);
    expect(output).toMatch(
      /late +办公时间 Office hours +周二 12:00-20:00 +法定节假日 official days, 另上班 open 1/,
    );
    expect(output).toContain('late: 没有单位使用该办公时间');
    expect(output).toContain('late: 2026-11-28 按 sat 上班，sat 却没有时段');
    expect(output).toContain('late: 周一没有时段');
    expect(output).toContain('supervision.high[1]: 没有 grid 级的区域');
    expect(output).toContain('supervision.high[1]: 不比前一级晚');
    expect(output).toContain('supervision.high[1]: 不比前一级高');
  });

  it('warns before the official days end', () => {
    const remark = `office: 法定节假日只到 ${lastOfficialYear} 年`;
    expect(check(text, `${lastOfficialYear}-11-29`).output).not.toContain(remark);
    expect(check(text, `${lastOfficialYear}-12-02`).output).toContain(remark);
    expect(check(text, `${lastOfficialYear + 1}-03-01`).output).toContain(remark);
  });

  it('reports every problem with line, path and id, in both languages', () => {
    const broken = text.replace('"parent": "yanqiao"', '"parent": "atlantis"');
    const line = broken.split('\n').findIndex((content) => content.includes('atlantis')) + 1;
    const { exitCode, output } = check(broken);
    expect(exitCode).toBe(1);
    expect(output).toContain(`第 ${line} 行 line ${line}  areas[16].parent (yanchi)`);
    expect(output).toContain('没有区域 "atlantis"');
    expect(output).toContain('no area "atlantis"');
  });

  it('reports duplicate fields, which JSON.parse hides', () => {
    const { exitCode, output } = check(text.replace('"id": "yunting",', '"id": "yunting", "id": "yunting",'));
    expect(exitCode).toBe(1);
    expect(output).toContain('同一字段写了两次');
  });

  it.each([
    ['{"id": "a",}', '1:12', '带双引号的字段名'],
    ['{"id": "a"\n "name": 1}', '2:2', '逗号或结束的括号'],
    ["{'id': 1}", '1:2', '带双引号的字段名'],
    ['{"id" 1}', '1:7', '冒号'],
    ['{"区": 1, "b": }', '1:15', '一个值'],
    ['{} {}', '1:4', '文件结束'],
    ['', '1:1', '一个值'],
  ])('says where %j is no JSON', (json, at, expected) => {
    const { exitCode, output } = check(json);
    expect(exitCode).toBe(2);
    expect(output).toContain(`my-city.json:${at}`);
    expect(output).toContain(expected);
  });

  it('refuses what is not UTF-8', () => {
    const gbk = Uint8Array.from([0x7b, 0x22, 0xc7, 0xf8, 0x22, 0x3a, 0x31, 0x7d]);
    expect(checkCity(gbk, 'my-city.json', new Date())).toMatchObject({ exitCode: 2 });
  });
});

describe('jsonPositions', () => {
  it('accepts exactly what JSON.parse accepts', () => {
    const mangled = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '"', '{', ']', '1', '\\', '\n', '-', 'e', '\u0001'),
      )
      .map(([text, at, inserted]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + inserted + text.slice(place + (at % 2));
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), mangled), (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect(jsonPositions(text).ok).toBe(parses);
      }),
      { numRuns: 500 },
    );
  });

  it('knows the position of each value', () => {
    const positions = jsonPositions('{\n  "a": [1,\n    {"b": true}]\n}');
    if (!positions.ok) throw new Error('refused');
    expect(positions.positionOf('')).toEqual({ line: 1, column: 1 });
    expect(positions.positionOf('a[0]')).toEqual({ line: 2, column: 9 });
    expect(positions.positionOf('a[1].b')).toEqual({ line: 3, column: 11 });
    expect(positions.positionOf('a[2]')).toBeUndefined();
  });
});
