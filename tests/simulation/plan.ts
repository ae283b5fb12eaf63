import type { City } from '../../shared/config/city.ts';
import { Chance } from './chance.ts';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/** Friday noon in the city: a weekend and several midnights follow. */
export const start = Date.parse('2026-11-20T04:00:00.000Z');
/** The days on which people act and faults happen. */
export const busyDays = 7;

export type ActionPlan = { id: string; at: number };
export type ReportPlan = {
  id: string;
  at: number;
  /** Submitted by staff at the desk for a resident. */
  byStaff: boolean;
  body: Record<string, unknown>;
  /** The report, by its place in the plan, that it is filed straight into. */
  joins: string | undefined;
  actions: ActionPlan[];
};
export type PoisonPlan = {
  id: string;
  at: number;
  queue: string;
  kind: 'not-json' | 'broken' | 'unknown-type';
};
export type Plan = { reports: ReportPlan[]; poisons: PoisonPlan[] };

const matters = [
  '楼道水管爆了，一直在漏水 🚰',
  '电梯停在三楼不动，门打不开',
  '小区路灯不亮，晚上一片漆黑',
  '楼上半夜装修噪音太大，睡不着',
  '下水道返水，污水流到院子里',
  '有人被困在电梯里，快来人',
  'The street is full of rubbish and nobody collects it',
  '路面有个大坑，电动车摔了',
  '请问一下这个事情归谁管',
  '不知道怎么说，反正不对劲',
  '孩子在家着火冒烟了',
  '物业不接电话，门禁坏了半个月',
];

/** All actions of a run, decided beforehand; what a step is depends on the state then. */
export function planOf(seed: number, count: number, city: City): Plan {
  const chance = new Chance(seed);
  const reports = Array.from({ length: count }, (_, index): ReportPlan => {
    const id = `r${index}`;
    const at = momentOf(chance, id);
    return {
      id,
      at,
      byStaff: chance.yes(`${id} by staff`, 0.1),
      body: bodyOf(chance, id, city),
      joins:
        index > 0 && chance.yes(`${id} joins`, 0.06)
          ? `r${chance.integer(`${id} joins which`, 0, index - 1)}`
          : undefined,
      actions: actionsOf(chance, id, at),
    };
  });
  const poisons = Array.from({ length: 3 }, (_, index): PoisonPlan => {
    const id = `p${index}`;
    return {
      id,
      at: chance.integer(`${id} at`, start, start + busyDays * day),
      queue: chance.pick(`${id} queue`, ['classify', 'notify', 'joint', 'stats']),
      kind: chance.pick(`${id} kind`, ['not-json', 'broken', 'unknown-type']),
    };
  });
  return { reports, poisons };
}

function bodyOf(chance: Chance, id: string, city: City): Record<string, unknown> {
  const phone = chance.integer(`${id} phone`, 0, 9);
  return {
    description: `${chance.pick(`${id} matter`, matters)} (${id})`,
    location: { area: chance.pick(`${id} area`, city.areas).id },
    locale: chance.pick(`${id} locale`, ['zh', 'en']),
    ...(chance.yes(`${id} chooses`, 0.25) && {
      category: chance.pick(`${id} category`, city.categories).code,
    }),
    ...(phone < 5 && { contact: { phone: `1380000123${phone}` } }),
  };
}

/** Most at any time; some on the stroke of a city's midnight, where numbers and days change. */
function momentOf(chance: Chance, id: string): number {
  const length = (busyDays - 1) * day;
  if (!chance.yes(`${id} at midnight`, 0.15)) return chance.integer(`${id} at`, start, start + length);
  const midnight = start + 12 * hour + chance.integer(`${id} night`, 0, busyDays - 2) * day;
  return midnight + chance.integer(`${id} about`, -6000, 4000);
}

/** A few bursts, each with steps that meet, and longer silences between them. */
function actionsOf(chance: Chance, report: string, filedAt: number): ActionPlan[] {
  const end = start + busyDays * day;
  const actions: ActionPlan[] = [];
  let at = filedAt;
  const count = chance.integer(`${report} actions`, 0, 11);
  for (let index = 0; index < count; index += 1) {
    const id = `${report}.${index}`;
    const gap = chance.pick(`${id} gap`, [
      0,
      0,
      300,
      2000,
      minute,
      20 * minute,
      hour,
      5 * hour,
      day,
      2 * day,
    ]);
    at += gap + chance.integer(`${id} about`, 0, Math.min(gap, 30_000) + 40);
    if (at < end) actions.push({ id, at });
  }
  return actions;
}
