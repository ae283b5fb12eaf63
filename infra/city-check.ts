import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  areaLevels,
  parseCity,
  priorities,
  weekdays,
  type Area,
  type CalendarConfig,
  type City,
  type staffRoles,
} from '../shared/config/city.ts';
import { lastOfficialYear } from '../shared/config/official-days.ts';
import { pathOf } from '../shared/place/place.ts';
import { roughMinutes, route, targetsFor, triageDepartment } from '../shared/records/report/routing.ts';
import { webhookProblems } from '../shared/webhook/addresses.ts';
import { jsonPositions, type JsonPositions, type Position } from './json-positions.ts';

/**
 * `npm run city:check -- FILE` checks a city file: prints every problem with its position, or a summary of the city.
 * Exit codes: 0 valid, 1 problems, 2 unreadable or not JSON.
 */

export type CityCheck = { exitCode: 0 | 1 | 2; lines: string[] };

/** Checks a file's bytes. @param name the file's name in the output. */
export function checkCity(bytes: Uint8Array, name: string, today: Date): CityCheck {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return failed(name, '不是 UTF-8 编码，请另存为 UTF-8', 'not UTF-8: save it as UTF-8');
  }
  const positions = jsonPositions(text);
  if (!positions.ok)
    return failed(
      `${name}:${positions.at.line}:${positions.at.column}`,
      `第 ${positions.at.line} 行第 ${positions.at.column} 列不是正确的 JSON，这里应有${expectedWords[positions.expected].zh}`,
      `line ${positions.at.line}, column ${positions.at.column} is not JSON: expected ${expectedWords[positions.expected].en}`,
    );

  const document: unknown = JSON.parse(text);
  const parsed = parseCity(document);
  const repeated = positions.repeatedKeys.map(({ path, at }) =>
    problemLine(
      document,
      at,
      path,
      '同一字段写了两次，只有最后一个算数',
      'this field occurs twice; only the last one would count',
    ),
  );
  const found = parsed.ok ? webhookProblems(parsed.city) : parsed.problems;
  const problems = found.map(({ path, message, messageZh }) =>
    problemLine(document, nearestPosition(positions, path), path, messageZh, message),
  );
  const all = [...repeated, ...problems];
  if (all.length > 0 || !parsed.ok)
    return { exitCode: 1, lines: [`✗ ${name}: ${all.length} 个问题 problems`, ...all.flat()] };
  return { exitCode: 0, lines: [`✓ ${name}: 可以使用 valid`, '', ...summary(parsed.city, today)] };
}

const expectedWords: Record<Extract<JsonPositions, { ok: false }>['expected'], { zh: string; en: string }> = {
  value: { zh: '一个值', en: 'a value' },
  key: { zh: '带双引号的字段名', en: 'a field name in double quotes' },
  colon: { zh: '冒号 :', en: 'a colon' },
  'comma-or-end': { zh: '逗号或结束的括号', en: 'a comma or the closing bracket' },
  end: { zh: '文件结束', en: 'the end of the file' },
  json: { zh: '符合 JSON 写法的内容', en: 'valid JSON' },
};

function failed(where: string, zh: string, en: string): CityCheck {
  return { exitCode: 2, lines: [`✗ ${where}`, `  ${zh}`, `  ${en}`] };
}

function problemLine(
  document: unknown,
  at: Position | undefined,
  path: string,
  zh: string,
  en: string,
): string[] {
  const line = at ? `第 ${at.line} 行 line ${at.line}  ` : '';
  const owner = ownerOf(document, path);
  return [`  ${line}${path || '(文件 file)'}${owner ? ` (${owner})` : ''}`, `    ${zh}`, `    ${en}`];
}

/** The position of a path, or for a missing value that of its nearest existing parent. */
function nearestPosition(
  positions: Extract<JsonPositions, { ok: true }>,
  path: string,
): Position | undefined {
  const position = positions.positionOf(path);
  if (position || path === '') return position;
  return nearestPosition(positions, path.replace(/(^|\.)[^.[]*$|\[[^[]*\]$/, ''));
}

/** The id, code or user name of the list entry that a path such as `areas[3].parent` leads into. */
function ownerOf(document: unknown, path: string): string | undefined {
  const [, list, index] = /^(\w+)\[(\d+)\]/.exec(path) ?? [];
  if (list === undefined || index === undefined) return undefined;
  const entry = (document as Record<string, Record<string, unknown>[] | undefined>)[list]?.[Number(index)];
  const name = entry?.['id'] ?? entry?.['code'] ?? entry?.['username'];
  return typeof name === 'string' ? name : undefined;
}

const levelWords: Record<Area['level'], string> = {
  district: '区县 district',
  street: '街道 street',
  community: '社区 community',
  grid: '网格 grid',
  estate: '小区/楼栋 estate',
};
const roleWords: Record<(typeof staffRoles)[number], string> = {
  'grid-worker': '网格员 grid worker',
  handler: '经办人 handler',
  manager: '管理人员 manager',
  admin: '系统管理员 admin',
};
const none = '无 none';

function summary(city: City, today: Date): string[] {
  const counted = <T extends string>(words: Record<T, string>, values: T[]): string =>
    (Object.keys(words) as T[])
      .map((key) => [words[key], values.filter((value) => value === key).length] as const)
      .filter(([, count]) => count > 0)
      .map(([word, count]) => `${word} ${count}`)
      .join(', ') || none;
  const areaName = (id: string): string => city.areas.find((area) => area.id === id)?.name.zh ?? id;
  const remarks = remarksOn(city, today);
  const triaged = categoriesInTriage(city);
  return [
    ...table([
      ['城市 City', `${city.name.zh} ${city.name.en} (${city.id}, ${city.numberPrefix}-…, ${city.timeZone})`],
      [
        '区域 Areas',
        `${city.areas.length}: ${counted(
          levelWords,
          city.areas.map((area) => area.level),
        )}`,
      ],
      ['承办单位 Departments', String(city.departments.length)],
      ['类别 Categories', String(city.categories.length)],
      ['办公时间 Calendars', city.calendars.map(({ id }) => id).join(', ') || none],
      ['  无关键词 without keywords', withoutKeywords(city).join(', ') || none],
      [
        '  有小区只能人工派单 dispatched by hand at some compound',
        triaged.length > 0 ? String(triaged.length) : none,
      ],
      [
        '人员 Staff',
        `${city.staff.length}: ${counted(
          roleWords,
          city.staff.map((person) => person.role),
        )}`,
      ],
    ]),
    ...section('部分小区只能人工派单的类别 Categories that are dispatched by hand at some compound', triaged),
    ...section(
      '承办单位 Departments',
      table(
        city.departments.map((department) => [
          `  ${department.id}`,
          `${department.name.zh} ${department.name.en}`,
          department.services.join(' '),
          department.areas.map(areaName).join('、'),
          department.calendar ?? '',
        ]),
      ),
    ),
    ...section('办公时间 Calendars', table(city.calendars.map(calendarRow))),
    ...section('提示（不妨碍使用） Remarks (the file can be used)', remarks),
  ];
}

const weekdayWords = ['日', '一', '二', '三', '四', '五', '六'];

/** `office  办公时间 Office hours  周一二三四五 08:30-12:00 14:00-17:30  法定节假日 official days`. */
function calendarRow({ id, name, weekly, official, closed, open }: CalendarConfig): string[] {
  const worked = weekdays
    .map((day, at) => ({ day: weekdayWords[at] ?? '', hours: weekly[day]?.join(' ') }))
    .filter(({ hours }) => hours !== undefined);
  const week = [...Map.groupBy(worked, ({ hours }) => hours)].map(
    ([hours, days]) => `周${days.map(({ day }) => day).join('')} ${hours}`,
  );
  const days = [
    ...(official === undefined ? [] : ['法定节假日 official days']),
    ...(closed.length > 0 ? [`另休 closed ${closed.length}`] : []),
    ...(Object.keys(open).length > 0 ? [`另上班 open ${Object.keys(open).length}`] : []),
  ];
  return [`  ${id}`, `${name.zh} ${name.en}`, week.join('，'), days.join(', ')];
}

function section(title: string, lines: string[]): string[] {
  return lines.length > 0 ? ['', title, ...lines] : [];
}

function withoutKeywords(city: City): string[] {
  return city.categories
    .filter(({ keywords }) => keywords.zh.length + keywords.en.length === 0)
    .map(({ code }) => code);
}

/** The areas without subareas, which residents choose from. */
function leafAreas(city: City): City['areas'] {
  const parents = new Set(city.areas.map((area) => area.parent));
  return city.areas.filter((area) => !parents.has(area.id));
}

function categoriesInTriage(city: City): string[] {
  const leaves = leafAreas(city);
  const rows = city.categories.flatMap(({ code, name }) => {
    const places = leaves.filter((area) => route(city, code, pathOf(city, area.id)).by === 'triage');
    const where =
      places.length === leaves.length ? '处处 everywhere' : places.map((area) => area.name.zh).join('、');
    return places.length === 0 ? [] : [[`  ${code}`, name.zh, where]];
  });
  return table(rows);
}

/** Valid settings that look like mistakes. */
function remarksOn(city: City, today: Date): string[] {
  return [
    ...idleRemarks(city),
    ...targetRemarks(city),
    ...calendarRemarks(city, today),
    ...supervisionRemarks(city),
    ...nameRemarks(city),
    ...staffRemarks(city),
  ];
}

function idleRemarks(city: City): string[] {
  const receiving = new Set(
    city.areas.flatMap((area) => {
      const path = pathOf(city, area.id);
      return [
        triageDepartment(city, path),
        ...city.categories.map(({ code }) => route(city, code, path).department),
      ];
    }),
  );
  const needed = new Set([city.triageService, ...city.categories.map(({ handledBy }) => handledBy)]);
  return city.departments.flatMap(({ id, services }) => [
    ...(receiving.has(id) ? [] : remark(id, '不会收到任何工单', 'will never receive a ticket')),
    ...services
      .filter((service) => !needed.has(service))
      .flatMap((service) => remark(id, `没有类别用到 "${service}"`, `no category needs "${service}"`)),
  ]);
}

function targetRemarks(city: City): string[] {
  return city.categories.flatMap(({ code, priority }) => {
    const places = city.areas.filter(({ id }) => {
      const path = pathOf(city, id);
      const { department } = route(city, code, path);
      const { acknowledge, resolve } = targetsFor(city, { category: code, department, path, priority });
      return roughMinutes(acknowledge) > roughMinutes(resolve);
    });
    return places.length === 0
      ? []
      : remark(code, '签收时限比办结时限长', 'has more time to be acknowledged than to be resolved');
  });
}

/** Deadlines of clocks that start today can be this far ahead. */
const lookaheadDays = 31;

function calendarRemarks({ calendars, departments }: City, today: Date): string[] {
  const ahead = new Date(today.getTime() + lookaheadDays * 86_400_000).getUTCFullYear();
  const named = new Set(departments.map(({ calendar }) => calendar));
  return calendars.flatMap(({ id, weekly, official, open }, index) => [
    ...(official !== undefined && lastOfficialYear < ahead
      ? remark(
          id,
          `法定节假日只到 ${lastOfficialYear} 年：请更新 chinese-days，或自己写上 closed 和 open`,
          `official days are known up to ${lastOfficialYear}: update chinese-days, or list them in closed and open`,
        )
      : []),
    ...(official !== undefined && !weekly.mon
      ? remark(id, '周一没有时段，法定调休日也就没有', 'has no hours on Mondays, and so none on make-up days')
      : []),
    ...Object.entries(open)
      .filter(([, like]) => !weekly[like])
      .flatMap(([day, like]) =>
        remark(
          id,
          `${day} 按 ${like} 上班，${like} 却没有时段`,
          `${day} is worked like ${like}, which has no hours`,
        ),
      ),
    ...(index === 0 || named.has(id)
      ? []
      : remark(id, '没有单位使用该办公时间', 'no department uses these hours')),
  ]);
}

function supervisionRemarks({ supervision, areas }: City): string[] {
  const levels = new Set(areas.map(({ level }) => level));
  return priorities.flatMap((priority) =>
    supervision[priority].flatMap(({ level, after }, index, ladder) => {
      const before = ladder[index - 1];
      const step = `supervision.${priority}[${index}]`;
      return [
        ...(levels.has(level)
          ? []
          : remark(
              step,
              `没有 ${level} 级的区域，由再上一级负责`,
              `no area is a ${level}: it goes to the next level up`,
            )),
        ...(before && roughMinutes(after) <= roughMinutes(before.after)
          ? remark(step, '不比前一级晚', 'comes no later than the step before')
          : []),
        ...(before && areaLevels.indexOf(level) >= areaLevels.indexOf(before.level)
          ? remark(step, '不比前一级高', 'is no higher than the step before')
          : []),
      ];
    }),
  );
}

function nameRemarks(city: City): string[] {
  const areasByName = new Map<string, string[]>();
  for (const area of city.areas)
    for (const name of new Set([area.name.zh, area.name.en, ...(area.aliases ?? [])]))
      areasByName.set(name, [...(areasByName.get(name) ?? []), area.id]);
  return [...areasByName].flatMap(([name, ids]) =>
    ids.length < 2
      ? []
      : remark(
          `"${name}"`,
          `${ids.join('、')} 同名，地址里只写这个名字时定不到具体一处`,
          `is the name of ${ids.join(', ')}: an address with this name alone matches none of them`,
        ),
  );
}

function staffRemarks(city: City): string[] {
  return city.staff.flatMap(({ username, role, departments, areas }) =>
    role === 'admin' || departments.length > 0 || (role !== 'handler' && areas.length > 0)
      ? []
      : remark(username, '没有所属单位，看不到任何工单', 'has no department and will see no ticket'),
  );
}

function remark(about: string, zh: string, en: string): string[] {
  return [`  ${about}: ${zh}`, `    ${en}`];
}

/** Pads columns for a terminal, where a Chinese character is two columns wide. The last column is not padded. */
function table(rows: string[][]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.slice(0, -1).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    });
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
      .join('  ')
      .trimEnd(),
  );
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;

function widthOf(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);
}

function main(file: string | undefined): CityCheck {
  // npm runs scripts in the project's folder; a relative path is relative to the caller's folder.
  const path =
    file === undefined
      ? resolve(import.meta.dirname, '../shared/config/demo-city.json')
      : resolve(process.env['INIT_CWD'] ?? '.', file);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failed(file ?? path, `无法读取：${reason}`, `cannot be read: ${reason}`);
  }
  return checkCity(bytes, file ?? 'shared/config/demo-city.json', new Date());
}

if (import.meta.main) {
  const { exitCode, lines } = main(process.argv[2]);
  console.info(lines.join('\n'));
  process.exitCode = exitCode;
}
