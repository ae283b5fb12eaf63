import type { CityDocument } from './city-shape.ts';
import { areaLevels, isWorkingTime, type Target } from './parts.ts';

type Path = (string | number)[];
type Problem = { path: Path; zh: string; en: string };
const problem = (path: Path, zh: string, en: string): Problem => ({ path, zh, en });

/** Problems between the parts of a city: duplicate ids, unknown ids, and places without a responsible department. */
export function referenceProblems(city: CityDocument): Problem[] {
  return [
    ...repeated(city),
    ...areaProblems(city),
    ...departmentProblems(city),
    ...calendarProblems(city),
    ...triageProblems(city),
    ...categoryProblems(city),
    ...overrideProblems(city),
    ...city.staff.flatMap(({ departments, areas }, index) => [
      ...departments.flatMap((id, at) => noDepartment(city, id, ['staff', index, 'departments', at])),
      ...areas.flatMap((id, at) => noArea(city, id, ['staff', index, 'areas', at])),
    ]),
  ];
}

function noArea({ areas }: CityDocument, area: string | undefined, path: Path): Problem[] {
  if (area === undefined || areas.some(({ id }) => id === area)) return [];
  return [problem(path, `没有区域 "${area}"`, `no area "${area}"`)];
}

function noDepartment({ departments }: CityDocument, department: string | undefined, path: Path): Problem[] {
  if (department === undefined || departments.some(({ id }) => id === department)) return [];
  return [problem(path, `没有承办单位 "${department}"`, `no department "${department}"`)];
}

function noCategory({ categories }: CityDocument, category: string | undefined, path: Path): Problem[] {
  if (category === undefined || categories.some(({ code }) => code === category)) return [];
  return [problem(path, `没有类别 "${category}"`, `no category "${category}"`)];
}

function repeated(city: CityDocument): Problem[] {
  const uniques: [list: string, key: string, values: string[]][] = [
    ['areas', 'id', city.areas.map(({ id }) => id)],
    ['departments', 'id', city.departments.map(({ id }) => id)],
    ['categoryGroups', 'code', city.categoryGroups.map(({ code }) => code)],
    ['categories', 'code', city.categories.map(({ code }) => code)],
    ['staff', 'username', city.staff.map(({ username }) => username)],
    ['calendars', 'id', city.calendars.map(({ id }) => id)],
  ];
  return uniques.flatMap(([list, key, values]) =>
    values.flatMap((value, index) =>
      values.indexOf(value) === index
        ? []
        : [problem([list, index, key], `"${value}" 出现了两次`, `"${value}" stands twice`)],
    ),
  );
}

function rootsOf({ areas }: CityDocument) {
  return areas.filter(({ parent }) => parent === undefined);
}

function areaProblems(city: CityDocument): Problem[] {
  const roots = rootsOf(city);
  const found =
    roots.length === 1
      ? []
      : [
          problem(
            ['areas'],
            `只能有一个区域没有 parent（最上级），现在有 ${roots.length} 个`,
            `exactly one area, the topmost, has no parent; here ${roots.length} have none`,
          ),
        ];
  return city.areas.reduce<Problem[]>((all, area, index) => {
    if (area.parent === undefined) return all;
    const at = ['areas', index, 'parent'];
    const parent = city.areas.find(({ id }) => id === area.parent);
    const isInverted = parent && areaLevels.indexOf(parent.level) >= areaLevels.indexOf(area.level);
    const inverted = isInverted
      ? [
          problem(
            at,
            `${area.level} 不能放在 ${parent.level} 下面（级别由大到小：${areaLevels.join(' > ')}）`,
            `a ${area.level} cannot lie in a ${parent.level} (levels from the top: ${areaLevels.join(' > ')})`,
          ),
        ]
      : [];
    return [...all, ...noArea(city, area.parent, at), ...inverted];
  }, found);
}

const claimOf = (service: string, area: string): string => `${service} ${area}`;

function departmentProblems(city: CityDocument): Problem[] {
  const missing = city.departments.flatMap(({ areas }, index) =>
    areas.flatMap((area, at) => noArea(city, area, ['departments', index, 'areas', at])),
  );
  // Two departments for the same service at the same place would make routing arbitrary.
  const claims = new Map<string, string>();
  const contested: Problem[] = [];
  for (const [index, { id, services, areas }] of city.departments.entries())
    for (const service of services)
      for (const area of areas) {
        const other = claims.get(claimOf(service, area));
        if (other === undefined) claims.set(claimOf(service, area), id);
        else
          contested.push(
            problem(
              ['departments', index],
              `"${area}" 的 "${service}" 已由 "${other}" 负责，同一处同一事只能归一个单位`,
              `"${other}" already does "${service}" in "${area}": one place, one service, one department`,
            ),
          );
      }
  return [...missing, ...contested];
}

function calendarProblems(city: CityDocument): Problem[] {
  const disordered = city.calendars.flatMap(({ weekly }, index) => {
    const at = ['calendars', index, 'weekly'];
    const days = Object.entries(weekly);
    if (days.length === 0) return [problem(at, '没有任何办公时间', 'there is no working time at all')];
    return days.flatMap(([name, shifts]) => {
      const edges = shifts.flatMap((text) => text.split('-'));
      const isDisordered = edges.some((edge, i) => i > 0 && edge <= (edges[i - 1] ?? ''));
      return isDisordered
        ? [
            problem(
              [...at, name],
              '时段要从早到晚，不能重叠',
              'shifts stand in order, each after the end of the one before',
            ),
          ]
        : [];
    });
  });
  const ids = new Set(city.calendars.map(({ id }) => id));
  const missing = city.departments.flatMap(({ calendar }, index) =>
    calendar === undefined || ids.has(calendar)
      ? []
      : [
          problem(
            ['departments', index, 'calendar'],
            `没有办公时间 "${calendar}"`,
            `no calendar "${calendar}"`,
          ),
        ],
  );
  const needed = city.calendars.length === 0 ? workingTargets(city) : [];
  const none = needed.map((path) =>
    problem(path, '用了工作时间，却没有 calendars', 'working time, but there are no calendars'),
  );
  return [...disordered, ...missing, ...none];
}

/** The paths of targets in working time. */
function workingTargets(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('unit' in value && isWorkingTime(value as Target)) return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    workingTargets(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function triageProblems(city: CityDocument): Problem[] {
  const [root] = rootsOf(city);
  const { triageService } = city;
  const isServed = city.departments.some(
    ({ services, areas }) => root && services.includes(triageService) && areas.includes(root.id),
  );
  if (!root || isServed) return [];
  return [
    problem(
      ['departments'],
      `要有一个单位在 "${root.id}" 负责 "${triageService}"：没人管的事都归它`,
      `a department must do "${triageService}" in "${root.id}": it takes what nobody else does`,
    ),
  ];
}

function categoryProblems(city: CityDocument): Problem[] {
  const services = new Set(city.departments.flatMap((department) => department.services));
  const groups = new Set(city.categoryGroups.map(({ code }) => code));
  const found = city.categories.flatMap(({ group, handledBy }, index) => [
    ...(groups.has(group)
      ? []
      : [problem(['categories', index, 'group'], `没有类别组 "${group}"`, `no category group "${group}"`)]),
    ...(services.has(handledBy)
      ? []
      : [
          problem(
            ['categories', index, 'handledBy'],
            `没有单位负责 "${handledBy}"`,
            `no department does "${handledBy}"`,
          ),
        ]),
  ]);
  return [...found, ...noCategory(city, city.unclearCategory, ['unclearCategory'])];
}

function overrideProblems(city: CityDocument): Problem[] {
  return city.targetOverrides.flatMap(({ department, area, category }, index) => {
    const at = ['targetOverrides', index];
    return [
      ...noDepartment(city, department, [...at, 'department']),
      ...noArea(city, area, [...at, 'area']),
      ...noCategory(city, category, [...at, 'category']),
    ];
  });
}
