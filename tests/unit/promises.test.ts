import { describe, expect, it } from 'vitest';
import type { City } from '../../shared/config/city.ts';
import { explain } from '../../shared/records/report/explain.ts';
import { dueAt } from '../../shared/records/report/clock-state.ts';
import { nextTimer } from '../support/report-domain.ts';
import { progress, type Clock } from '../../shared/kernel/clocks/sla.ts';
import { city } from '../support/city.ts';
import { admin, after, assigned, minutesAt, resident, system, type Story } from '../support/reports.ts';

/** Five working days to resolve, four working hours to acknowledge, 08:30–12:00 and 14:00–17:30. */
const noise = 'environment.noise';
const hour = 3_600_000;
const shanghai = (instant: string | undefined): string =>
  new Date(Date.parse(instant ?? '') + 8 * hour).toISOString().slice(0, 16);

/** The report as the classifier assigns it at that time in Shanghai. */
const assignedAt = (time: string, category = noise, rules: City = city): Story =>
  assigned(category, minutesAt(`${time}+08:00`), rules);
const at = (time: string): number => minutesAt(`${time}+08:00`);
const settle = (story: Story): Clock => story.report.clocks.resolve ?? expect.fail('no clock');
const fire = (story: Story, time: string): void => {
  story.give({ type: 'fire-timers' }, system('sweep'), at(time));
};
const count = (story: Story, type: string): number => story.types().filter((each) => each === type).length;

describe('a deadline in working time', () => {
  it('is not kept waiting by lunch, night or weekend (business hours ignored; lunch ignored)', () => {
    const story = assignedAt('2026-11-20T16:30');
    expect(shanghai(story.report.clocks.acknowledge?.dueAt)).toBe('2026-11-23T11:30');
    const beforeLunch = assignedAt('2026-11-20T11:00');
    expect(shanghai(beforeLunch.report.clocks.acknowledge?.dueAt)).toBe('2026-11-20T17:00');
  });

  it('is due in working time, wherever it begins (a due time inside a non-working hour)', () => {
    for (let hours = 0; hours < 24 * 14; hours += 1) {
      const story = assigned(noise, minutesAt('2026-09-25T00:00+08:00') + hours * 60);
      for (const clock of Object.values(story.report.clocks)) {
        const due = shanghai(clock.dueAt).slice(11);
        const inHours = (due > '08:30' && due <= '12:00') || (due > '14:00' && due <= '17:30');
        expect(inHours, `${after(hours * 60)} ${due}`).toBe(true);
      }
    }
  });

  it('warns in working time too (a reminder at midnight local time)', () => {
    const story = assignedAt('2026-11-19T23:00');
    for (const clock of Object.values(story.report.clocks)) {
      const warn = shanghai(clock.warnAt).slice(11);
      expect(warn >= '08:30' && warn <= '17:30', warn).toBe(true);
    }
    fire(story, '2026-11-20T15:00');
    const reminded = shanghai(story.report.alert?.remindAt).slice(11);
    expect(reminded >= '08:30' && reminded <= '17:30', reminded).toBe(true);
  });

  it('skips holidays and works make-up days', () => {
    // The National Day holiday of 2025 lasted to Wednesday the 8th; Saturday the 11th was worked.
    const story = assignedAt('2025-09-30T10:00');
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2025-10-14T17:30');
  });
});

describe('a suspended report', () => {
  const suspend = { type: 'suspend', waitingFor: 'resident', text: '请告知门牌号' } as const;

  it('does not breach while it waits for the resident (breach while waiting for the resident)', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    story.give(suspend, admin, at('2026-11-20T10:00'));
    expect(story.report.state).toBe('suspended');
    expect(dueAt(story.report)).toBeUndefined();
    const once = story.events.length;
    fire(story, '2026-11-23T12:00');
    expect(story.events.length).toBe(once);
    story.give(
      { type: 'note', text: '3栋201', photos: [], audience: 'everyone' },
      resident,
      at('2026-11-23T12:00'),
    );
    expect(story.report).toMatchObject({ state: 'assigned' });
    // One of the two hours was used before.
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2026-11-23T13:00');
  });

  it('has as much left after a holiday as before it (overdue while suspended over a holiday)', () => {
    const story = assignedAt('2025-09-26T09:00');
    story.give(suspend, admin, at('2025-09-30T16:30'));
    const left = progress(city, settle(story), after(at('2025-09-30T16:30'))).left;
    expect(nextTimer(story.report)).toBe(story.report.suspension?.resumeAt);
    const once = story.events.length;
    fire(story, '2025-10-09T08:30');
    expect(story.events.length).toBe(once);
    story.give({ type: 'resume' }, admin, at('2025-10-09T08:30'));
    const now = after(at('2025-10-09T08:30'));
    expect(progress(city, settle(story), now).left).toBe(left);
    // Of the five days one hour of the third and two whole days were left; Saturday the 11th was worked.
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2025-10-11T09:30');
  });

  it('resumes automatically in the end, once', () => {
    const story = assignedAt('2026-11-20T09:00');
    story.give(suspend, admin, at('2026-11-20T10:00'));
    const { resumeAt } = story.report.suspension ?? {};
    expect(shanghai(resumeAt)).toBe('2026-11-27T17:30');
    fire(story, '2026-11-27T17:31');
    fire(story, '2026-11-27T17:32');
    expect(count(story, 'report-resumed')).toBe(1);
    expect(story.report.state).toBe('assigned');
  });

  it('keeps its pause when category, department or rules change (pause lost when policy or category changes)', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    story.give(suspend, admin, at('2026-11-20T10:00'));
    story.give({ type: 'resume' }, admin, at('2026-11-20T15:00'));
    const paused = [{ from: after(60), to: after(360) }];
    story.give({ type: 'classify', category: 'building.structure' }, admin, at('2026-11-20T15:10'));
    expect(story.report.clocks.resolve).toMatchObject({ startedAt: after(0), pauses: paused });
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2026-11-23T14:00');
    story.give({ type: 'transfer', department: 'water', reason: '主管' }, admin, at('2026-11-20T15:20'));
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2026-11-23T14:00');
    story.give({ type: 'apply-policy' }, admin, at('2026-11-20T15:30'));
    expect(story.report.clocks.resolve).toMatchObject({ pauses: paused });
  });

  it('resumes when it is transferred', () => {
    const story = assignedAt('2026-11-20T09:00');
    story.give(suspend, admin, at('2026-11-20T10:00'));
    story.give({ type: 'transfer', department: 'water', reason: '主管' }, admin, at('2026-11-20T11:00'));
    expect(story.report).toMatchObject({ state: 'assigned', department: 'water' });
    expect(story.report.suspension).toBeUndefined();
    expect(story.report.clocks.resolve?.pauses).toEqual([{ from: after(60), to: after(120) }]);
  });
});

describe('an extension', () => {
  it('is requested before the deadline, approved once, and moves it', () => {
    const story = assignedAt('2026-11-20T09:00');
    const ask = { type: 'extend', amount: 3, reason: '等配件' } as const;
    story.give({ type: 'acknowledge' }, admin, at('2026-11-20T09:30'));
    expect(story.give(ask, admin, at('2026-11-23T09:00'))).toBeUndefined();
    expect(story.report.alert).toMatchObject({ kind: 'extension' });
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2026-11-27T17:30');
    story.give({ type: 'grant' }, admin, at('2026-11-23T10:00'));
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2026-12-02T17:30');
    expect(story.report.alert).toBeUndefined();
    expect(story.give({ ...ask, amount: 1 }, admin, at('2026-11-24T09:00'))).toEqual({
      kind: 'extension-too-long',
      left: 0,
    });
  });

  it('is neither requested nor approved after the deadline', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    story.give({ type: 'extend', amount: 1, reason: '等配件' }, admin, at('2026-11-20T10:50'));
    expect(story.give({ type: 'grant' }, admin, at('2026-11-20T11:00'))).toEqual({ kind: 'clock-over' });
    expect(story.give({ type: 'extend', amount: 2, reason: '还等' }, admin, at('2026-11-20T11:05'))).toEqual({
      kind: 'clock-over',
    });
  });

  it('is limited, and may be declined', () => {
    const story = assignedAt('2026-11-20T09:00');
    expect(story.give({ type: 'extend', amount: 11, reason: '等' }, admin, at('2026-11-20T10:00'))).toEqual({
      kind: 'extension-too-long',
      left: 10,
    });
    story.give({ type: 'extend', amount: 10, reason: '等配件' }, admin, at('2026-11-20T10:00'));
    const due = dueAt(story.report);
    story.give({ type: 'decline', reason: '仓库有货' }, admin, at('2026-11-20T11:00'));
    expect(dueAt(story.report)).toBe(due);
    expect(story.report.extension).toBeUndefined();
  });
});

describe('a breached deadline', () => {
  it('is escalated step by step, once each, recorded with the delay (a breach recorded twice)', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    for (let minute = 0; minute < 60 * 24; minute += 7)
      story.give({ type: 'fire-timers' }, system('sweep'), minute);
    for (const clock of ['acknowledge', 'resolve'] as const) {
      const said = story.events.flatMap(({ type, data }) =>
        (type === 'clock-breached.v1' || type === 'clock-escalated.v1') &&
        (data as { clock: string }).clock === clock
          ? [type === 'clock-breached.v1' ? 'department' : (data as { to: string }).to]
          : [],
      );
      expect(said).toEqual(['department', 'liuan', 'qilu', 'yunting']);
    }
    const lates = story.events.flatMap(({ data }) => ('lateSeconds' in data ? [data.lateSeconds] : []));
    expect(lates.every((late) => late >= 0 && late < 5 * 3600)).toBe(true);
    expect(story.report.alert).toMatchObject({ kind: 'breach', area: 'yunting' });
  });

  it('is recorded in chronological order, however late the sweep runs', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    fire(story, '2026-11-20T11:05');
    expect(story.events.flatMap(({ data }) => ('lateSeconds' in data ? [data.lateSeconds] : []))).toEqual([
      95 * 60,
      95 * 60,
      95 * 60,
      5 * 60,
    ]);
    // The latest to breach, with the area that the first was escalated to.
    expect(story.report.alert).toMatchObject({ clock: 'resolve', area: 'qilu' });
  });

  it('is recorded even if resolved before the sweep runs', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    story.give({ type: 'resolve', text: '好了', photos: [] }, admin, at('2026-11-20T11:00'));
    expect(story.events.filter(({ type }) => type === 'clock-breached.v1')).toHaveLength(2);
    expect(story.events.at(-1)?.data).toMatchObject({ withinTarget: false });
  });

  it('reminds until somebody takes it over, and its clock continues', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    fire(story, '2026-11-20T11:00');
    const remindAt = story.report.alert?.remindAt;
    expect(shanghai(remindAt)).toBe('2026-11-20T17:00');
    fire(story, '2026-11-20T17:00');
    expect(count(story, 'alert-reminded')).toBe(1);
    story.give({ type: 'take-alert' }, admin, at('2026-11-20T17:01'));
    fire(story, '2026-11-24T16:30');
    expect(count(story, 'alert-reminded')).toBe(1);
    expect(story.report.clocks.resolve?.stoppedAt).toBeUndefined();
  });

  it('is not escalated once the rules have no steps (still escalated after the policy went)', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    fire(story, '2026-11-20T11:00');
    const without: City = { ...city, supervision: { urgent: [], high: [], normal: [] } };
    const changed = Object.assign(assignedAt('2026-11-20T09:00', 'building.leak', without), {
      events: story.events,
    });
    changed.give({ type: 'apply-policy' }, admin, at('2026-11-20T11:01'));
    expect(count(changed, 'policy-applied')).toBe(1);
    const escalations = count(changed, 'clock-escalated');
    fire(changed, '2026-11-25T11:00');
    expect(count(changed, 'clock-escalated')).toBe(escalations);
  });

  it('stops once it is resolved (counting on after resolve)', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    fire(story, '2026-11-20T11:00');
    story.give({ type: 'resolve', text: '好了', photos: [] }, admin, at('2026-11-20T11:30'));
    const { used } = progress(city, settle(story), after(at('2026-11-22T09:00')));
    expect(used).toBe(2.5 * hour);
    const once = story.events.length;
    fire(story, '2026-11-26T09:00');
    expect(story.events.length).toBe(once);
  });

  it('restarts when it is reopened (clock wrong after reopen)', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    fire(story, '2026-11-20T12:00');
    story.give({ type: 'resolve', text: '好了', photos: [] }, admin, at('2026-11-20T13:00'));
    story.give({ type: 'reopen', reason: '还漏' }, resident, at('2026-11-21T09:00'));
    const clock = story.report.clocks.resolve;
    expect(shanghai(clock?.startedAt)).toBe('2026-11-21T09:00');
    expect(shanghai(clock?.dueAt)).toBe('2026-11-21T11:00');
    expect(clock).not.toHaveProperty('breachedAt');
    expect(clock).not.toHaveProperty('stoppedAt');
    // The next department has the same clock to resolve.
    story.give({ type: 'transfer', department: 'water', reason: '主管' }, admin, at('2026-11-21T09:30'));
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2026-11-21T11:00');
  });
});

describe('changed rules', () => {
  it('affect open reports only when applied, with the time already used', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    const strict: City = {
      ...city,
      categories: city.categories.map((category) =>
        category.code === 'building.leak'
          ? { ...category, targets: { resolve: { amount: 4, unit: 'hour' } } }
          : category,
      ),
    };
    const changed = Object.assign(assignedAt('2026-11-20T09:00', 'building.leak', strict), {
      events: story.events,
    });
    fire(changed, '2026-11-20T10:00');
    expect(shanghai(changed.report.clocks.resolve?.dueAt)).toBe('2026-11-20T11:00');
    changed.give({ type: 'apply-policy' }, admin, at('2026-11-20T10:00'));
    expect(shanghai(changed.report.clocks.resolve?.dueAt)).toBe('2026-11-20T13:00');
    const once = changed.events.length;
    changed.give({ type: 'apply-policy' }, admin, at('2026-11-20T10:01'));
    expect(changed.events.length).toBe(once);
  });

  it('follow the priority that a person sets, until they set another', () => {
    const story = assignedAt('2026-11-20T09:00');
    story.give({ type: 'prioritise', priority: 'urgent', reason: '有老人' }, admin, at('2026-11-20T10:00'));
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2026-11-21T09:00');
    story.give({ type: 'classify', category: 'environment.air' }, admin, at('2026-11-20T10:10'));
    expect(story.report.priority).toBe('urgent');
    story.give({ type: 'prioritise', priority: 'normal', reason: '已安置' }, admin, at('2026-11-20T10:20'));
    expect(shanghai(story.report.clocks.resolve?.dueAt)).toBe('2026-11-27T17:30');
  });
});

describe('merging', () => {
  it('takes over the earlier deadline', () => {
    const [older, newer] = [
      assignedAt('2026-11-20T09:00', 'building.leak'),
      assignedAt('2026-11-20T10:00', 'building.leak'),
    ];
    const clock = older.report.clocks.resolve;
    newer.give(
      { type: 'join', number: 'YT-261120-00002E', followers: [], clock },
      system('merge'),
      at('2026-11-20T10:05'),
    );
    expect(shanghai(newer.report.clocks.resolve?.dueAt)).toBe('2026-11-20T11:00');
    older.give({ type: 'merge', into: 'YT-261120-00002E' }, admin, at('2026-11-20T10:06'));
    expect(nextTimer(older.report)).toBe(older.report.eraseAt?.contact);
  });

  const join = (clock: Clock) =>
    ({ type: 'join', number: 'YT-261120-00002E', followers: [], clock }) as const;

  it('repeats no warning or breach of either clock', () => {
    const [older, newer] = [
      assignedAt('2026-11-20T09:00', 'building.leak'),
      assignedAt('2026-11-20T10:00', 'building.leak'),
    ];
    fire(older, '2026-11-20T12:40');
    const said = settle(older).climbed;
    expect(said).toBeGreaterThan(0);
    newer.give(join(settle(older)), system('merge'), at('2026-11-20T12:41'));
    expect(settle(newer)).toMatchObject({ climbed: said, dueAt: settle(older).dueAt });
    expect(settle(newer).breachedAt).toBeDefined();
  });

  it('is paused in a suspended report', () => {
    const [older, newer] = [
      assignedAt('2026-11-20T09:00', 'building.leak'),
      assignedAt('2026-11-20T09:30', 'building.leak'),
    ];
    newer.give({ type: 'suspend', waitingFor: 'other', text: '等候停水' }, admin, at('2026-11-20T09:40'));
    newer.give(join(settle(older)), system('merge'), at('2026-11-20T09:50'));
    expect(dueAt(newer.report)).toBeUndefined();
    newer.give({ type: 'resume' }, admin, at('2026-11-20T14:00'));
    // 50 of the older one's two hours were used.
    expect(shanghai(settle(newer).dueAt)).toBe('2026-11-20T15:10');
  });

  it('pauses and resumes the earlier deadline with its new report', () => {
    const join = (from: Story, to: Story, time: string): unknown => {
      const clock = from.report.clocks.resolve;
      return to.give(
        { type: 'join', number: 'YT-261120-00002E', followers: [], clock },
        system('merge'),
        at(time),
      );
    };
    const pause = { type: 'suspend', waitingFor: 'other', text: '等候配件到货' } as const;
    const [paused, running] = [
      assignedAt('2026-11-20T09:00', 'building.leak'),
      assignedAt('2026-11-20T10:00', 'building.leak'),
    ];
    paused.give(pause, admin, at('2026-11-20T09:30'));
    join(paused, running, '2026-11-20T10:15');
    // Three quarters of an hour of the two were paused.
    expect(shanghai(running.report.clocks.resolve?.dueAt)).toBe('2026-11-20T11:45');
    fire(running, '2026-11-20T11:45');
    expect(running.report.clocks.resolve?.breachedAt).toBeDefined();

    const [early, waiting] = [
      assignedAt('2026-11-20T09:00', 'building.leak'),
      assignedAt('2026-11-20T10:00', 'building.leak'),
    ];
    waiting.give(pause, admin, at('2026-11-20T10:10'));
    join(early, waiting, '2026-11-20T10:30');
    waiting.give({ type: 'resume' }, admin, at('2026-11-20T11:30'));
    expect(shanghai(waiting.report.clocks.resolve?.dueAt)).toBe('2026-11-20T12:00');
  });
});

describe('after the end', () => {
  const resolve = { type: 'resolve', text: '好了', photos: [] } as const;

  it('closes by itself, and can still be rated and reopened', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    story.give(resolve, admin, at('2026-11-20T10:00'));
    fire(story, '2026-11-27T09:59');
    expect(story.report.state).toBe('resolved');
    fire(story, '2026-11-27T10:00');
    expect(story.report.state).toBe('closed');
    expect(story.give({ type: 'rate', score: 5 }, resident, at('2026-11-28T10:00'))).toBeUndefined();
    expect(
      story.give({ type: 'reopen', reason: '又漏了' }, resident, at('2026-11-29T10:00')),
    ).toBeUndefined();
  });

  it('has one rating per resolution, which can be changed for a day', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    story.give(resolve, admin, at('2026-11-20T10:00'));
    story.give({ type: 'rate', score: 2 }, resident, at('2026-11-20T11:00'));
    expect(story.report.followUp).toMatchObject({ score: 2 });
    expect(story.report.alert).toMatchObject({ kind: 'follow-up' });
    story.give({ type: 'rate', score: 4 }, resident, at('2026-11-21T11:00'));
    expect(story.report.rating).toMatchObject({ score: 4 });
    expect(story.events.at(-1)?.data).toMatchObject({ replaces: 2 });
    expect(story.report.followUp).toBeUndefined();
    expect(story.report.alert).toBeUndefined();
    expect(story.give({ type: 'rate', score: 1 }, resident, at('2026-11-21T11:01'))).toEqual({
      kind: 'rating-final',
    });
  });

  it('requires a follow-up call after a low rating, which may reopen it', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    story.give(resolve, admin, at('2026-11-20T10:00'));
    story.give({ type: 'rate', score: 1 }, resident, at('2026-11-20T11:00'));
    const call = { type: 'follow-up', outcome: 'reopen', text: '仍在漏水' } as const;
    expect(story.give(call, admin, at('2026-11-20T14:00'))).toBeUndefined();
    expect(story.report).toMatchObject({ state: 'assigned', round: 1 });
    expect(story.report.followUp).toBeUndefined();
    expect(story.report.alert).toBeUndefined();
  });
});

describe('the explanation of its clocks', () => {
  it('lists target, time not counted, pauses, extensions and deadline', () => {
    const story = assignedAt('2026-11-20T16:30');
    const text = { type: 'suspend', waitingFor: 'other', text: '等待配件到货' } as const;
    story.give(text, admin, at('2026-11-23T09:00'));
    story.give({ type: 'resume' }, admin, at('2026-11-23T11:10'));
    story.give({ type: 'extend', amount: 2, reason: '仍缺配件' }, admin, at('2026-11-23T15:00'));
    story.give({ type: 'grant' }, admin, at('2026-11-23T16:00'));
    const [, resolve] = explain(story.report, city, after(at('2026-11-24T08:30')));
    expect(resolve?.lines.map(({ zh }) => zh)).toEqual([
      '5 个工作日（办公时间）',
      '11月20日周五 16:30 开始计时',
      '不计午休、下班时间、周末',
      '11月23日周一 09:00 起挂起 2 小时 10 分钟',
      '延期 2 个工作日',
      '应于 12月2日周三 10:40 前完成',
      '已用 5 小时 50 分钟，剩余 44 小时 10 分钟',
    ]);
    expect(resolve?.lines.map(({ en }) => en)).toContain('on hold for 2 h 10 min from Mon 23 Nov, 09:00');
  });

  it('agrees with the clock in any history', () => {
    const story = assignedAt('2026-11-20T09:00', 'building.leak');
    fire(story, '2026-11-20T11:40');
    const [, resolve] = explain(story.report, city, after(at('2026-11-20T11:40')));
    expect(resolve?.left).toBe(-40 * 60_000);
    expect(resolve?.lines.map(({ en }) => en)).toContain('2 h 40 min used, 40 min over');
  });
});
