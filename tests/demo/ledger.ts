import type { FigureName } from '../../shared/records/report/figures.ts';
import type { Entry, StaffView } from './answers.ts';

/**
 * The demo's own counts of what it did and what the API answered, made independently of the product's statistics.
 * Figures have the product's names, so that they can be compared.
 */
export type Dimension = 'area' | 'department' | 'category';
export type Figures = Partial<Record<FigureName, number>>;
export type Rows = Map<string, Figures>;
/** The product has one figure for breaches; here they are also counted by clock. */
export type Breaches = Record<ClockName, number>;
export type AllRows = Record<Dimension, Rows>;

export function noRows(): AllRows {
  return { area: new Map(), department: new Map(), category: new Map() };
}

export type Totals = { figures: Figures; breaches: Breaches };

/** The rows that an event counts in. A subtask counts only for its department. */
export type RowKeys = {
  department?: string | undefined;
  category?: string | undefined;
  area?: string | undefined;
};

export class Ledger {
  readonly rows = noRows();
  readonly breaches: Breaches = { acknowledge: 0, resolve: 0 };

  add(about: RowKeys, figures: Figures): void {
    addAbout(this.rows, about, figures);
  }

  get totals(): Totals {
    return { figures: totalOf(this.rows.area), breaches: { ...this.breaches } };
  }
}

function addAbout(rows: AllRows, about: RowKeys, figures: Figures): void {
  for (const dimension of ['area', 'department', 'category'] as const) {
    const key = about[dimension];
    if (key !== undefined) addTo(rows[dimension], key, figures);
  }
}

export function addTo(rows: Rows, key: string, figures: Figures, sign: 1 | -1 = 1): void {
  const row = rows.get(key) ?? {};
  for (const [name, amount] of Object.entries(figures) as [FigureName, number][])
    row[name] = (row[name] ?? 0) + sign * amount;
  rows.set(key, row);
}

export function totalOf(rows: Rows): Figures {
  const total: Rows = new Map();
  for (const figures of rows.values()) addTo(total, 'all', figures);
  return total.get('all') ?? {};
}

/** The rows for events of a report in its current state. */
export function rowKeysOf(view: StaffView): RowKeys {
  if (view.parent) return { department: view.department?.id };
  return { department: view.department?.id, category: view.category?.code, area: view.location.area };
}

/** Counts a command, from the report before and after it. */
export function countCommand(book: Ledger, type: string, before: StaffView, after: StaffView): void {
  const then = rowKeysOf(before);
  const now = rowKeysOf(after);
  switch (type) {
    case 'acknowledge':
      book.add(then, acknowledged(before, after.acknowledgedAt));
      break;
    case 'suspend':
      if (before.acknowledgedAt === undefined) book.add(then, acknowledged(before, after.acknowledgedAt));
      book.add(then, { suspended: 1 });
      break;
    case 'grant':
      book.add(then, { extended: 1 });
      break;
    case 'support':
      book.add(then, { supported: after.support.length - before.support.length });
      break;
    case 'follow-up':
      book.add(then, { followedUp: 1 });
      if (after.round === before.round) break;
      book.add(then, { reopened: 1 });
      book.add(now, { assigned: 1 });
      break;
    case 'start':
      if (before.acknowledgedAt === undefined) book.add(then, acknowledged(before, after.acknowledgedAt));
      break;
    case 'classify':
    case 'assign':
      book.add(now, { assigned: 1 });
      break;
    case 'return':
      book.add(then, { returned: 1 });
      break;
    case 'transfer':
      book.add(then, { transferred: 1 });
      book.add(now, { assigned: 1 });
      break;
    case 'resolve': {
      const { at } = after.resolution ?? { at: '' };
      if (before.acknowledgedAt === undefined) book.add(then, acknowledged(before, at));
      // The final due time, because time on hold moves it.
      const { resolve } = after.clocks;
      const since = Date.parse(resolve?.startedAt ?? before.submittedAt);
      const isInTime = !resolve || at <= resolve.dueAt;
      book.add(then, {
        resolved: 1,
        secondsToResolve: Math.max(0, Math.floor((Date.parse(at) - since) / 1000)),
        ...(isInTime && { resolvedOnTime: 1 }),
      });
      break;
    }
    case 'rate': {
      const score = after.rating?.score ?? 0;
      const about = { ...then, department: before.resolution?.department ?? then.department };
      book.add(about, { rated: 1, scoreSum: score, ...(score >= 3 && { satisfied: 1 }) });
      break;
    }
    case 'reopen':
      book.add(then, { reopened: 1 });
      book.add(now, { assigned: 1 });
      break;
    case 'withdraw':
      book.add(then, { withdrawn: 1 });
      break;
    case 'reject':
      book.add(then, { rejected: 1 });
      break;
    case 'merge':
      book.add(then, { merged: 1 });
      break;
    default:
  }
}

function acknowledged(before: StaffView, at: string | undefined): Figures {
  const clock = before.clocks.acknowledge;
  return { acknowledged: 1, ...((!clock || (at ?? '') <= clock.dueAt) && { acknowledgedOnTime: 1 }) };
}

export type ClockName = 'acknowledge' | 'resolve';

/** A clock event (warning, breach or escalation), which occurs once; `key` is unique for the report. */
export type ClockEvent = {
  clock: ClockName;
  does: 'warn' | 'breach' | 'escalate';
  key: string;
  at: string;
  /** Whether it has occurred, and when, if known. */
  hasOccurred: boolean;
  occurredAt?: string | undefined;
};

/** All events of the report's clocks, past and expected, in order for each clock. */
export function clockEventsOf(view: StaffView): ClockEvent[] {
  return clockNames.flatMap((clock) => {
    const running = view.clocks[clock];
    if (!running) return [];
    const { startedAt, warnAt, dueAt, warnedAt, breachedAt, climbs = [], climbed = 0 } = running;
    // A transfer does not restart the resolve clock; only reopening does.
    const name = clock === 'resolve' ? `resolve ${view.round}` : `acknowledge ${startedAt}`;
    const event = (
      does: ClockEvent['does'],
      at: string,
      hasOccurred: boolean,
      occurredAt?: string,
    ): ClockEvent => ({
      clock,
      does,
      key: `${name} ${does}`,
      at,
      hasOccurred,
      occurredAt,
    });
    return [
      event('warn', warnAt, warnedAt !== undefined, warnedAt),
      event('breach', dueAt, breachedAt !== undefined, breachedAt),
      ...climbs.map(({ at }, step) => {
        const escalation = event('escalate', at, step < climbed);
        return { ...escalation, key: `${escalation.key} ${step}` };
      }),
    ];
  });
}

const clockNames = ['acknowledge', 'resolve'] as const;

/** The expected events of running clocks. After a breach, there is no warning. */
function ahead(view: StaffView): ClockEvent[] {
  return clockEventsOf(view).filter(({ clock, does, hasOccurred }) => {
    const running = view.clocks[clock];
    const pause = running?.pauses?.at(-1);
    const isStill = running?.stoppedAt !== undefined || (pause && pause.to === undefined);
    return !isStill && !hasOccurred && !(does === 'warn' && running?.breachedAt !== undefined);
  });
}

/** The clock events that are due at an instant and have not occurred yet. */
export function clockEventsDueAt(view: StaffView, now: string): ClockEvent[] {
  const due = ahead(view).filter(({ at }) => Date.parse(at) <= Date.parse(now));
  const isBroken = (clock: ClockName): boolean =>
    due.some((each) => each.clock === clock && each.does === 'breach');
  return due.filter(({ clock, does }) => does !== 'warn' || !isBroken(clock));
}

/** The instants of automatic events of the report, in milliseconds. */
export function instantsAhead(view: StaffView): number[] {
  const instants = ahead(view).map(({ at }) => at);
  if (view.suspension) instants.push(view.suspension.resumeAt);
  return instants.map((at) => Date.parse(at));
}

/**
 * Counts the same figures from a report's timeline as staff see it, from entry `from` on. Figures that a timeline does
 * not contain (in time or late, durations) are omitted.
 */
export function countTimeline(
  rows: AllRows,
  breaches: Breaches,
  view: Pick<StaffView, 'timeline' | 'location' | 'suggestedCategory' | 'parent'>,
  names: Names,
  from = 0,
): void {
  const { area } = view.location;
  const isPart = view.parent !== undefined;
  let department: string | undefined;
  let category: string | undefined;
  let score: number | undefined;
  view.timeline.forEach((entry, index) => {
    const { type, text } = entry;
    if (type === 'report-classified.v1') category = categoryNamed(text.zh, names);
    if (type === 'report-assigned.v1' || type === 'report-triaged.v1')
      department = departmentNamed(text.zh, names);
    if (type === 'report-reopened.v1') score = undefined;
    const figures = figuresOf(entry, isPart, score);
    if (type === 'report-rated.v1') score = scoreOf(text.zh);
    if (index < from || figures === undefined) return;
    addAbout(
      rows,
      isPart
        ? { department }
        : { area, department, category: figures.received ? view.suggestedCategory?.code : category },
      figures,
    );
    if (figures.breached && !isPart) breaches[text.zh.includes('签收') ? 'acknowledge' : 'resolve'] += 1;
  });
}

export type Names = {
  departments: readonly { id: string; name: { zh: string } }[];
  categories: readonly { code: string; name: { zh: string } }[];
};

/** The department named in an entry; if several names match, the longest. */
function departmentNamed(text: string, { departments }: Names): string | undefined {
  return departments
    .filter(({ name }) => text.includes(name.zh))
    .sort((a, b) => b.name.zh.length - a.name.zh.length)[0]?.id;
}

function categoryNamed(text: string, { categories }: Names): string | undefined {
  return categories.find(({ name }) => text === `归类为${name.zh}`)?.code;
}

/** @param before the score that a rating replaces. */
function figuresOf({ type, actor, text }: Entry, isPart: boolean, before?: number): Figures | undefined {
  const bySystem = actor.kind === 'system' && !isPart;
  switch (type) {
    case 'report-submitted.v1':
      return { received: 1 };
    case 'report-triaged.v1':
      return bySystem ? { triaged: 1 } : undefined;
    case 'report-assigned.v1':
      return { assigned: 1, ...(bySystem && { routed: 1 }) };
    case 'assignment-acknowledged.v1':
      return { acknowledged: 1 };
    case 'report-resolved.v1':
      return { resolved: 1 };
    case 'assignment-returned.v1':
      return { returned: 1 };
    case 'assignment-transferred.v1':
      return { transferred: 1 };
    case 'report-reopened.v1':
      return { reopened: 1 };
    case 'report-rated.v1': {
      const score = scoreOf(text.zh);
      const satisfied = (each: number): number => (each >= 3 ? 1 : 0);
      return before === undefined
        ? { rated: 1, scoreSum: score, ...(score >= 3 && { satisfied: 1 }) }
        : { scoreSum: score - before, satisfied: satisfied(score) - satisfied(before) };
    }
    case 'report-withdrawn.v1':
      return { withdrawn: 1 };
    case 'report-rejected.v1':
      return { rejected: 1 };
    case 'report-merged.v1':
      return { merged: 1 };
    case 'clock-warned.v1':
      return { warned: 1 };
    case 'clock-breached.v1':
      return { breached: 1 };
    case 'clock-escalated.v1':
      return { escalated: 1 };
    case 'report-suspended.v1':
      return { suspended: 1 };
    case 'extension-granted.v1':
      return { extended: 1 };
    case 'support-requested.v1':
      return { supported: text.zh.split('、').length };
    case 'follow-up-recorded.v1':
      return { followedUp: 1 };
    default:
      return undefined;
  }
}

function scoreOf(text: string): number {
  return 5 - ratings.findIndex((rating) => text.endsWith(`：${rating}`));
}

/** From 5 down to 1. */
const ratings = ['非常满意', '满意', '基本满意', '不满意', '非常不满意'];
