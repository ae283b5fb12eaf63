import * as z from 'zod';
import { toDotPath } from 'zod/v4/core';
import zhCN from 'zod/v4/locales/zh-CN.js';

/**
 * A city's configuration: one JSON file that says who is responsible for what, where, and by when.
 * Everything a city may want to change lives here; nothing of it is a constant in the code.
 */

const id = matching(
  /^[a-z][a-z0-9-]{0,39}$/,
  '只能用小写字母、数字和连字符，以字母开头，最多 40 个',
  'lower-case letters, digits and hyphens, a letter first, at most 40',
);
const bilingual = z.strictObject({ zh: z.string().min(1).max(80), en: z.string().min(1).max(120) });
const words = z.strictObject({
  zh: z.array(z.string().min(1).max(20)),
  en: z.array(z.string().min(1).max(40)),
});

export const targetUnits = ['minute', 'hour', 'working-hour', 'working-day'] as const;

/** A length of time someone is given: of any time, or of the working time of a calendar. */
export const targetSchema = z
  .strictObject({ amount: z.number().positive().max(10_000), unit: z.enum(targetUnits) })
  .refine(
    ({ amount, unit }) => unit !== 'working-day' || Number.isInteger(amount),
    says('工作日要写整数', 'working days are whole'),
  );
export type Target = z.infer<typeof targetSchema>;

/** Whether only working time counts. */
export function isWorkingTime({ unit }: Pick<Target, 'unit'>): boolean {
  return unit === 'working-hour' || unit === 'working-day';
}

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const weekday = z.enum(weekdays);
const shift = matching(
  /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
  '要写成 08:30-12:00',
  'is written like 08:30-12:00',
);

/** Working hours 办公时间, in the city's time zone. */
const calendarSchema = z.strictObject({
  id,
  name: bilingual,
  /** The shifts of each weekday, in order; a day that is not there has none. What lies between two is a break. */
  weekly: z.partialRecord(weekday, z.array(shift).min(1).max(6)),
  /** Follows the State Council's holidays and make-up days, as the calendar library knows them. */
  official: z.literal('china').optional(),
  /** Days without work besides. They win over all that is official. */
  closed: z.array(z.iso.date()).default([]),
  /** Days worked all the same, with the hours of this weekday (make-up days 调休). They win over what is closed. */
  open: z.record(z.iso.date(), weekday).default({}),
});
export type CalendarConfig = z.infer<typeof calendarSchema>;

/**
 * A system of somebody's that is called. `intranet` 政务内网 says that it lies in the city's own network: only then
 * are private addresses called, and http spoken.
 */
const webhookSchema = z
  .strictObject({ url: z.url({ protocol: /^https?$/ }), intranet: z.boolean().optional() })
  .refine(({ url, intranet = false }) => intranet || !/^http:/i.test(url), {
    path: ['url'],
    ...says(
      '要用 https；在政务内网里的，请写 "intranet": true',
      'is called by https; if it lies in the city\'s own network, say "intranet": true',
    ),
  });
export type Webhook = z.infer<typeof webhookSchema>;

/** Who hears of what went wrong: each an address for a digest, at most one a minute. */
const alertContact = z.strictObject({
  email: z.email().optional(),
  /** A group robot, such as 企业微信's. */
  webhook: webhookSchema.optional(),
});
export type AlertContact = z.infer<typeof alertContact>;

/** `acknowledge` 签收, `resolve` 办结, `rework` 重办 (the resolve target after a reopening). */
const targetsSchema = z.strictObject({
  acknowledge: targetSchema,
  resolve: targetSchema,
  rework: targetSchema,
});
export type Targets = z.infer<typeof targetsSchema>;
const partialTargets = targetsSchema.partial();

export const priorities = ['urgent', 'high', 'normal'] as const;
const priority = z.enum(priorities);
export type Priority = z.infer<typeof priority>;

export const areaLevels = ['district', 'street', 'community', 'grid', 'estate'] as const;

const areaSchema = z.strictObject({
  id,
  name: bilingual,
  level: z.enum(areaLevels),
  /** The area that this one lies in; only the root, the district, has none. */
  parent: id.optional(),
  /** Whoever is responsible for what happens there; hears of supervision at its level. */
  alerts: alertContact.optional(),
  /** Other names residents use for it. */
  aliases: z.array(z.string().min(2).max(40)).optional(),
  /** WGS-84 centre and radius: a position inside the circle may stand for the area. */
  centre: z
    .strictObject({
      longitude: z.number().min(-180).max(180),
      latitude: z.number().min(-90).max(90),
      radiusMetres: z.number().positive().max(50_000),
    })
    .optional(),
});
export type Area = z.infer<typeof areaSchema>;

const departmentSchema = z.strictObject({
  id,
  name: bilingual,
  /** What it does: the services that categories name in `handledBy`. */
  services: z.array(id).min(1),
  /** Where it does it: it serves these areas and all below them. */
  areas: z.array(id).min(1),
  /** Told of every new assignment. */
  email: z.email().optional(),
  /** Its own system, called for each assignment; without one the desk's inbox is all it needs. */
  webhook: webhookSchema.optional(),
  /** Its head; hears of every clock of theirs that ran out. */
  alerts: alertContact.optional(),
  /** Its working hours, of `calendars`; the city's first if it names none. */
  calendar: id.optional(),
  /** Its own system reads its queue: then nothing else does. */
  readsQueue: z.boolean().optional(),
});
export type Department = z.infer<typeof departmentSchema>;

const categorySchema = z.strictObject({
  code: matching(
    /^[a-z]+(\.[a-z-]+)+$/,
    '小写单词，用点连接，如 city.road',
    'words in lower case, joined by dots, such as city.road',
  ),
  group: matching(/^[a-z-]+$/, '只能用小写字母和连字符', 'lower-case letters and hyphens'),
  name: bilingual,
  /** The service that handles it. */
  handledBy: id,
  priority,
  /** What residents write when they mean it; the classifier's evidence. */
  keywords: words,
  targets: partialTargets.optional(),
});
export type Category = z.infer<typeof categorySchema>;

const overrideSchema = z
  .strictObject({
    department: id.optional(),
    area: id.optional(),
    category: z.string().optional(),
    priority: priority.optional(),
    targets: partialTargets,
  })
  .refine(
    (o) => o.department ?? o.area ?? o.category ?? o.priority,
    says(
      '要写明针对什么：department、area、category、priority 至少一个',
      'an override must say what it is for: a department, an area, a category or a priority',
    ),
  )
  .refine(
    ({ targets }) => targets.acknowledge ?? targets.resolve ?? targets.rework,
    says('没有写任何时限', 'an override must change at least one target'),
  );

export const staffRoles = ['grid-worker', 'handler', 'manager', 'admin'] as const;

const staffSchema = z.strictObject({
  username: id,
  name: z.string().min(1).max(40),
  role: z.enum(staffRoles),
  departments: z.array(id),
  areas: z.array(id),
});

/** Whom a clock that ran out climbs to: the area of this level on the report's path, so long after it ran out. */
const supervisionStep = z.strictObject({ level: z.enum(areaLevels), after: targetSchema });
const ladder = z.array(supervisionStep).max(5).default([]);

const hours = (amount: number): Target => ({ amount, unit: 'hour' });

const mapSchema = z
  .strictObject({
    /** With {z}, {x} and {y}, and {s} where there are subdomains: https, or a path of the site's own. */
    tileUrl: z
      .string()
      .max(300)
      .refine(
        isTileUrl,
        says(
          '要以 https:// 或 / 开头，含 {z}、{x}、{y}；域名里只能有 {s} 一个占位',
          'begins with https:// or /, has {z}, {x} and {y}, and no gap but {s} in its host',
        ),
      ),
    subdomains: z
      .array(matching(/^[a-z0-9-]{1,20}$/i, '只能用字母、数字和连字符', 'letters, digits and hyphens'))
      .min(1)
      .max(10)
      .optional(),
    /** Whose map it is, as its licence asks; plain text, shown on the map. */
    attribution: z.string().min(1).max(200),
    /** The coordinates that the tiles are drawn in; maps made in China mostly use GCJ-02. */
    crs: z.enum(['wgs84', 'gcj02']).default('wgs84'),
    maxZoom: z.int().min(1).max(22).default(18),
  })
  .refine(
    (map) => map.tileUrl.includes('{s}') === (map.subdomains !== undefined),
    says('写了 {s} 就要写 subdomains，没写就不要', 'subdomains stand for {s}: both or neither'),
  );
export type CityMap = z.infer<typeof mapSchema>;

/** How often within one minute, hour or day by the clock; counting begins anew with the next. */
const limitSchema = z.strictObject({
  most: z.int().min(1).max(1_000_000),
  per: z.enum(['minute', 'hour', 'day']),
});
export type Limit = z.infer<typeof limitSchema>;

const limit = (most: number, per: Limit['per']) => limitSchema.default({ most, per });

/**
 * What one person may do in a while, by telephone number, device and internet address. In many places hundreds of
 * people share one address, so those limits are wide. Staff are not limited.
 */
const limitsSchema = z
  .strictObject({
    /** Reports taken in. */
    reports: z
      .strictObject({
        contact: limit(20, 'day'),
        device: limit(60, 'hour'),
        address: limit(600, 'hour'),
      })
      .prefault({}),
    /** Photos that may be sent. */
    uploads: z.strictObject({ device: limit(200, 'hour'), address: limit(2000, 'hour') }).prefault({}),
    /** Links that open nothing. The right one opens its report all the same. */
    wrongLinks: z.strictObject({ address: limit(120, 'hour') }).prefault({}),
  })
  .prefault({});

const origin = matching(
  /^https:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/,
  '要写成 https://captcha.example.com，不带路径',
  'an https origin without a path, such as https://captcha.example.com',
);

/** A captcha of any provider whose server answers a posted form with JSON. */
const captchaSchema = z.strictObject({
  /** Asked of those over a limit alone, or with every report of a resident. */
  when: z.enum(['limited', 'always']).default('limited'),
  /** What the provider's page part knows the city by; the secret beside it is set by `npm run ops -- secret captcha`. */
  siteKey: z.string().min(1).max(200),
  /** Where the server asks whether an answer is right. */
  verifyUrl: z.url({ protocol: /^https?$/ }),
  /** The form sent there; {secret}, {siteKey}, {token} and {address} stand for what they say. */
  fields: z
    .record(z.string(), z.string())
    .default({ secret: '{secret}', response: '{token}', remoteip: '{address}' }),
  /** The member of the answer that says so, and what it is when the answer was right. */
  passed: z
    .strictObject({ member: z.string(), is: z.union([z.boolean(), z.string(), z.number()]) })
    .default({ member: 'success', is: true }),
  /** What to do when the provider does not answer. */
  whenDown: z.enum(['refuse', 'admit']).default('refuse'),
  widget: z.strictObject({
    /** The script; https, or a path of the site's own. */
    script: z
      .string()
      .max(300)
      .regex(/^(\/(?!\/)|https:\/\/[a-z0-9.-]+\/)/),
    /** The object it makes, whose `render(element, {sitekey, callback})` shows the widget. */
    global: z.string().regex(/^[a-z]\w{0,40}$/i),
    /** Origins besides the script's own that the widget loads from. */
    origins: z.array(origin).max(10).default([]),
  }),
});
export type Captcha = z.infer<typeof captchaSchema>;
/** Long enough to be rated, reopened and called back about. */
const retentionDays = z.int().min(30).max(3650);

const shape = z.strictObject({
  id,
  name: bilingual,
  timeZone: z
    .string()
    .refine(isTimeZone, says('要写 IANA 时区，如 Asia/Shanghai', 'an IANA time zone such as Asia/Shanghai')),
  /** First part of every report number, such as YT. */
  numberPrefix: matching(/^[A-Z]{2,4}$/, '2 至 4 个大写字母', 'two to four capital letters'),
  /** Where residents open the pages, without a final slash; tracking links start with it. */
  publicUrl: z.url().optional(),
  areas: z.array(areaSchema).min(1),
  departments: z.array(departmentSchema).min(1),
  categoryGroups: z.array(z.strictObject({ code: z.string(), name: bilingual })),
  categories: z.array(categorySchema).min(1),
  targets: z.strictObject({ urgent: targetsSchema, high: targetsSchema, normal: targetsSchema }),
  targetOverrides: z.array(overrideSchema).default([]),
  /** Working hours that targets in working hours and days run on; the first is everyone's without their own. */
  calendars: z.array(calendarSchema).default([]),
  /** LocalizedText that make a report urgent whatever its category: somebody is in danger. */
  urgentWords: words.default({ zh: [], en: [] }),
  /** A warning fires when this share of a target has passed. */
  warnAtShare: z.number().gt(0).lt(1).default(0.75),
  /** After this a suspended report goes on by itself. */
  longestSuspension: targetSchema.default(hours(120)),
  /** How often a department may be given more time for one promise, and how much in all, as a share of its target. */
  extension: z
    .strictObject({ times: z.int().min(0).max(10), share: z.number().positive().max(10) })
    .default({ times: 1, share: 1 }),
  /** The ladder 督办 that an overdue clock climbs, by the report's priority, and how often an alert is repeated. */
  supervision: z
    .strictObject({ urgent: ladder, high: ladder, normal: ladder, remindAfter: targetSchema.optional() })
    .default({ urgent: [], high: [], normal: [] }),
  /** What follows a resolution. */
  afterResolution: z
    .strictObject({
      /** Closed by itself when nobody has rated it. */
      closeAfter: targetSchema.default(hours(168)),
      /** How long a rating can be changed. */
      changeRatingWithin: targetSchema.default(hours(24)),
      /** A rating this low asks for a call to the resident 回访; 0 for never. */
      followUpAtMost: z.int().min(0).max(5).default(2),
    })
    .prefault({}),
  /** How many days after its end a report keeps what is personal; figures stay. */
  retention: z
    .strictObject({
      /** The reporter's name and telephone number. */
      contactDays: retentionDays.default(180),
      /** What people wrote, and the exact place. Claims about how a matter was handled lapse after three years. */
      textDays: retentionDays.default(1095),
      photoDays: retentionDays.default(365),
    })
    .prefault({}),
  /** Below this confidence a person decides the category. */
  triageBelow: z.number().min(0).max(1).default(0.6),
  /** The category of what nobody recognises; triaged reports run on its targets. */
  unclearCategory: z.string().default('other.unclear'),
  /** The service that decides what the classifier cannot, and takes what comes back. */
  triageService: id.default('grid'),
  /** Whether anyone may see that an open report of the same kind is close by (category, place and age only). */
  publicNearby: z.boolean().default(true),
  /** The telephone number for those whom the pages cannot help, such as 12345. */
  hotline: matching(
    /^\+?\d[\d -]{1,19}$/,
    '要写电话号码，如 12345',
    'a telephone number such as 12345',
  ).optional(),
  limits: limitsSchema,
  captcha: captchaSchema.optional(),
  /** Where the pages find a map. Without it they show none, and ask no third party for anything. */
  map: mapSchema.optional(),
  /** Sentences that staff often answer with. */
  replyTemplates: z
    .array(z.strictObject({ zh: z.string().min(2).max(300), en: z.string().min(2).max(500) }))
    .default([]),
  /** People who can sign in on one machine; in the cloud they live in the user pool. */
  staff: z.array(staffSchema).default([]),
});

export const citySchema = shape.superRefine((city, context) => {
  const complain = (path: (string | number)[], zh: string, en: string): void => {
    context.addIssue({ code: 'custom', path, ...says(zh, en) });
  };
  const areaById = new Map(city.areas.map((area) => [area.id, area]));
  const departmentIds = new Set(city.departments.map((department) => department.id));
  const services = new Set(city.departments.flatMap((department) => department.services));
  const groups = new Set(city.categoryGroups.map((group) => group.code));
  const codes = new Set(city.categories.map((category) => category.code));
  const expectArea = (area: string | undefined, path: (string | number)[]): void => {
    if (area !== undefined && !areaById.has(area)) complain(path, `没有区域 "${area}"`, `no area "${area}"`);
  };
  const expectDepartment = (department: string | undefined, path: (string | number)[]): void => {
    if (department !== undefined && !departmentIds.has(department))
      complain(path, `没有部门 "${department}"`, `no department "${department}"`);
  };
  const expectCategory = (category: string | undefined, path: (string | number)[]): void => {
    if (category !== undefined && !codes.has(category))
      complain(path, `没有类别 "${category}"`, `no category "${category}"`);
  };

  const uniques: [string, string, string[]][] = [
    ['areas', 'id', city.areas.map((area) => area.id)],
    ['departments', 'id', city.departments.map((department) => department.id)],
    ['categoryGroups', 'code', city.categoryGroups.map((group) => group.code)],
    ['categories', 'code', city.categories.map((category) => category.code)],
    ['staff', 'username', city.staff.map((person) => person.username)],
    ['calendars', 'id', city.calendars.map((calendar) => calendar.id)],
  ];
  for (const [list, key, values] of uniques) {
    values.forEach((value, index) => {
      if (values.indexOf(value) !== index)
        complain([list, index, key], `"${value}" 出现了两次`, `"${value}" stands twice`);
    });
  }

  const roots = city.areas.filter((area) => area.parent === undefined);
  if (roots.length !== 1)
    complain(
      ['areas'],
      `只能有一个区域没有 parent（最上级），现在有 ${roots.length} 个`,
      `exactly one area, the topmost, has no parent; here ${roots.length} have none`,
    );
  city.areas.forEach((area, index) => {
    if (area.parent === undefined) return;
    const at = ['areas', index, 'parent'];
    expectArea(area.parent, at);
    const parent = areaById.get(area.parent);
    if (parent && areaLevels.indexOf(parent.level) >= areaLevels.indexOf(area.level))
      complain(
        at,
        `${area.level} 不能放在 ${parent.level} 下面（级别由大到小：${areaLevels.join(' > ')}）`,
        `a ${area.level} cannot lie in a ${parent.level} (levels from the top: ${areaLevels.join(' > ')})`,
      );
  });

  city.departments.forEach((department, index) => {
    department.areas.forEach((area, at) => {
      expectArea(area, ['departments', index, 'areas', at]);
    });
  });
  // Two departments for the same service at the same place would make routing a toss-up.
  const claims = new Map<string, string>();
  const claimOf = (service: string, area: string): string => `${service} ${area}`;
  city.departments.forEach((department, index) => {
    for (const service of department.services) {
      for (const area of department.areas) {
        const claim = claimOf(service, area);
        const other = claims.get(claim);
        if (other === undefined) claims.set(claim, department.id);
        else
          complain(
            ['departments', index],
            `"${area}" 的 "${service}" 已由 "${other}" 负责，同一处同一事只能归一个部门`,
            `"${other}" already does "${service}" in "${area}": one place, one service, one department`,
          );
      }
    }
  });
  city.calendars.forEach((calendar, index) => {
    const at = ['calendars', index, 'weekly'];
    const days = Object.entries(calendar.weekly);
    if (days.length === 0) complain(at, '没有任何办公时间', 'there is no working time at all');
    for (const [name, shifts] of days) {
      const edges = shifts.flatMap((text) => text.split('-'));
      if (edges.some((edge, i) => i > 0 && edge <= (edges[i - 1] ?? '')))
        complain(
          [...at, name],
          '时段要从早到晚，不能重叠',
          'shifts stand in order, each after the end of the one before',
        );
    }
  });
  const calendarIds = new Set(city.calendars.map((calendar) => calendar.id));
  city.departments.forEach(({ calendar }, index) => {
    if (calendar !== undefined && !calendarIds.has(calendar))
      complain(['departments', index, 'calendar'], `没有办公时间 "${calendar}"`, `no calendar "${calendar}"`);
  });
  if (city.calendars.length === 0)
    for (const path of workingTargets(city))
      complain(path, '用了工作时间，却没有 calendars', 'working time, but there are no calendars');
  const root = roots[0];
  if (root && !claims.has(claimOf(city.triageService, root.id)))
    complain(
      ['departments'],
      `要有一个部门在 "${root.id}" 负责 "${city.triageService}"：没人管的事都归它`,
      `a department must do "${city.triageService}" in "${root.id}": it takes what nobody else does`,
    );

  city.categories.forEach((category, index) => {
    if (!groups.has(category.group))
      complain(
        ['categories', index, 'group'],
        `没有类别组 "${category.group}"`,
        `no category group "${category.group}"`,
      );
    if (!services.has(category.handledBy))
      complain(
        ['categories', index, 'handledBy'],
        `没有部门负责 "${category.handledBy}"`,
        `no department does "${category.handledBy}"`,
      );
  });
  expectCategory(city.unclearCategory, ['unclearCategory']);
  city.targetOverrides.forEach((override, index) => {
    expectDepartment(override.department, ['targetOverrides', index, 'department']);
    expectArea(override.area, ['targetOverrides', index, 'area']);
    expectCategory(override.category, ['targetOverrides', index, 'category']);
  });
  city.staff.forEach((person, index) => {
    person.departments.forEach((department, at) => {
      expectDepartment(department, ['staff', index, 'departments', at]);
    });
    person.areas.forEach((area, at) => {
      expectArea(area, ['staff', index, 'areas', at]);
    });
  });
});

export type City = z.infer<typeof citySchema>;

/** Where in the file targets in working time stand. */
function workingTargets(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  if ('unit' in value && isWorkingTime(value as Target)) return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    workingTargets(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** `path` such as `areas[3].parent`, empty for the document itself; the message in English and in Chinese. */
export type CityProblem = { path: string; message: string; messageZh: string };

/**
 * Checks a parsed JSON document. Every problem is told, each with its place; what refers to something that is not
 * there is only looked for once every part has its form.
 */
export function parseCity(
  document: unknown,
): { ok: true; city: City } | { ok: false; problems: CityProblem[] } {
  const result = citySchema.safeParse(document, { reportInput: true });
  if (result.success) return { ok: true, city: result.data };
  return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
}

function problemsOf(issue: z.core.$ZodIssue): CityProblem[] {
  const at = (path: PropertyKey[], messageZh: string, message: string): CityProblem => ({
    path: toDotPath(path),
    message,
    messageZh,
  });
  switch (issue.code) {
    case 'custom':
      return [at(issue.path, String(issue.params?.['zh'] ?? issue.message), issue.message)];
    case 'unrecognized_keys':
      return issue.keys.map((key) => at([...issue.path, key], '没有这个字段', 'there is no such field'));
    case 'invalid_type':
    case 'invalid_value':
      // JSON knows no undefined: what reads as undefined is not there.
      if (issue.input === undefined) return [at(issue.path, '缺少这一项', 'is missing')];
      break;
    case 'too_small':
      if (issue.minimum === 1 && (issue.origin === 'string' || issue.origin === 'array'))
        return [at(issue.path, '不能为空', 'must not be empty')];
      break;
    case 'too_big':
      if (issue.origin === 'string')
        return [at(issue.path, `最多 ${issue.maximum} 个字`, `at most ${issue.maximum} characters`)];
      break;
    default:
  }
  const translated = chinese(issue as Parameters<typeof chinese>[0]);
  return [at(issue.path, typeof translated === 'string' ? translated : issue.message, issue.message)];
}

const { localeError: chinese } = zhCN();

/** A message of our own in both languages, for any check. */
function says(zh: string, en: string): { message: string; params: { zh: string } } {
  return { message: en, params: { zh } };
}

function matching(pattern: RegExp, zh: string, en: string): z.ZodString {
  return z.string().refine((value) => pattern.test(value), says(zh, en));
}

/** A gap in the host would let a page load pictures from hosts that the security policy does not name. */
function isTileUrl(url: string): boolean {
  const isSafe = /^(?:\/(?!\/)|https:\/\/[a-z0-9.-]*(?:\{s\})?[a-z0-9.-]+(?::\d+)?\/)/i.test(url);
  return isSafe && ['{z}', '{x}', '{y}'].every((gap) => url.includes(gap));
}

/** The origins that a map's tiles come from; none where they are the site's own. */
export function tileOrigins({ tileUrl, subdomains = [''] }: CityMap): string[] {
  if (tileUrl.startsWith('/')) return [];
  return [...new Set(subdomains.map((subdomain) => new URL(tileUrl.replace('{s}', subdomain)).origin))];
}

/** The origins that a captcha's widget is made of; none where the script is the site's own and names no other. */
export function captchaOrigins({ widget: { script, origins } }: Captcha): string[] {
  return [...new Set([...(script.startsWith('/') ? [] : [new URL(script).origin]), ...origins])];
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
