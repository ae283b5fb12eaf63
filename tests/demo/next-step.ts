import type { City } from '../../shared/config/city.ts';
import { hasGrant, maySee, relationsOf, type Actor } from '../../shared/kernel/permissions.ts';
import { report, type StaffCommandType } from '../../shared/records/report/kind.ts';
import type { ClockView, StaffView } from './answers.ts';
import type { Fate, Plan } from './scenario.ts';

/** The next command for a report: its body without the version, and a picture. */
export type NextStep =
  | { by: 'staff'; type: StaffCommandType; fields: Record<string, unknown>; picture?: number }
  | {
      by: 'resident';
      type: 'note' | 'withdraw' | 'rate' | 'reopen';
      fields: Record<string, unknown>;
      picture?: number;
    };

/** Past steps that the report's view does not show. */
export type Memory = {
  returnedFrom?: string;
  detoured?: boolean;
  residentNoted?: boolean;
  staffNoted?: boolean;
  suspended?: boolean;
  extended?: boolean;
};

export type Context = {
  /** The current time, and the time until the next chance to act, both in milliseconds. */
  now: number;
  lookahead: number;
  city: Pick<City, 'departments' | 'triageService'>;
  /** The number and state of the report that this one repeats, once it is submitted. */
  repeated?: { number: string; state: string } | undefined;
};

const minute = 60_000;
const hour = 60 * minute;
/** Longer than any time between two chances to act. */
const longestNight = 15 * hour;
/** The demo resolves reports within this time, however long the target is. */
const longestWait = 36 * hour;

/** The next command that is due according to the plan, if any. */
export function nextStep(
  plan: Plan,
  view: StaffView,
  memory: Memory,
  context: Context,
): NextStep | undefined {
  switch (view.status.code) {
    case 'triage':
      return endEarly(plan, view, context) ?? dispatch(plan, view, memory, context);
    case 'assigned':
    case 'in-progress':
      return endEarly(plan, view, context) ?? work(plan, view, memory, context);
    case 'suspended':
      return resume(plan, view, context);
    case 'resolved':
      return rate(plan, view, context);
    case 'closed':
      return reopen(plan, view, context) ?? followUp(plan, view, context);
    default:
      return undefined;
  }
}

/** Withdrawing, declining or merging. */
function endEarly({ fate, locale }: Plan, view: StaffView, context: Context): NextStep | undefined {
  switch (fate.end) {
    case 'withdraw': {
      const { reason, afterMinutes } = fate.withdrawal ?? { afterMinutes: 30 };
      if (!isTime(Date.parse(view.submittedAt) + afterMinutes * minute, context)) return undefined;
      return { by: 'resident', type: 'withdraw', fields: reason ? { reason: reason[locale] } : {} };
    }
    case 'reject':
      return { by: 'staff', type: 'reject', fields: { reason: fate.rejection[locale] } };
    case 'merge': {
      const { repeated } = context;
      const ended = ['merged', 'withdrawn', 'rejected'];
      if (!repeated || ended.includes(repeated.state)) return undefined;
      return { by: 'staff', type: 'merge', fields: { into: repeated.number } };
    }
    default:
      return undefined;
  }
}

function dispatch(plan: Plan, view: StaffView, memory: Memory, context: Context): NextStep | undefined {
  if (!isDue(view.clocks.acknowledge, memory.returnedFrom ? 0.3 : plan.fate.acknowledgeShare, context))
    return undefined;
  // Correctly classified and yet returned, so it is assigned to another department directly.
  if (memory.returnedFrom !== undefined && view.category?.code === plan.category)
    return {
      by: 'staff',
      type: 'assign',
      fields: { department: elsewhere(plan.category, memory.returnedFrom, context.city) },
    };
  return { by: 'staff', type: 'classify', fields: { category: plan.category } };
}

function staff(type: StaffCommandType, fields: Record<string, unknown> = {}): NextStep {
  return { by: 'staff', type, fields };
}

function work(plan: Plan, view: StaffView, memory: Memory, context: Context): NextStep | undefined {
  const { fate, locale } = plan;
  const again = view.round > 0;
  const department = view.department?.id ?? '';

  if (view.acknowledgedAt === undefined) {
    if (
      !isDue(
        view.clocks.acknowledge,
        again ? Math.min(0.3, fate.acknowledgeShare) : fate.acknowledgeShare,
        context,
      )
    )
      return undefined;
    const isMistake = view.category?.code !== plan.category && fate.mindsMistakes && !again;
    if (isMistake && isTriageService(department, context.city))
      return staff('classify', { category: plan.category });
    if (isMistake) return staff('return', { reason: fate.returnReason[locale] });
    return staff('acknowledge');
  }
  if (fate.staffNote && memory.staffNoted !== true)
    return staff('note', { text: fate.staffNote.text[locale], audience: fate.staffNote.audience });
  if (fate.residentNote && memory.residentNoted !== true) {
    const { text, picture } = fate.residentNote;
    return {
      by: 'resident',
      type: 'note',
      fields: { text: text[locale] },
      ...(picture !== undefined && { picture }),
    };
  }
  if (
    fate.detour &&
    memory.detoured !== true &&
    !(fate.detour.kind === 'return' && isTriageService(department, context.city))
  ) {
    const reason = fate.detour.reason[locale];
    return fate.detour.kind === 'return'
      ? staff('return', { reason })
      : staff('transfer', { department: elsewhere(plan.category, department, context.city), reason });
  }
  if (
    fate.startsWork &&
    view.status.code === 'assigned' &&
    isTime(Date.parse(view.acknowledgedAt) + 5 * minute, context)
  )
    return staff('start');
  const other = clockStep(plan, view, memory, context);
  if (other) return other;
  if (fate.end === 'stay-open' || fate.end === 'withdraw') return undefined;
  if (view.extension || view.support.some(({ state }) => state === 'asked' || state === 'acknowledged'))
    return undefined;
  if (!isTimeToResolve(view.clocks.resolve, again ? 0.5 : fate.resolveShare, context)) return undefined;
  const resolution = again ? fate.secondResolution : fate.resolution;
  if (!resolution) return undefined;
  return {
    ...staff('resolve', { text: resolution[locale] }),
    ...(fate.resultPicture !== undefined && { picture: fate.resultPicture }),
  };
}

/** Steps that pause or extend the clock, or share the work. */
function clockStep(
  { fate, locale, category }: Plan,
  view: StaffView,
  memory: Memory,
  context: Context,
): NextStep | undefined {
  const { suspension, extension, support, raise } = fate;
  const isNew = context.now - Date.parse(view.submittedAt) < 12 * hour;
  if (raise && isNew && view.priority !== raise.priority && view.priority !== 'urgent')
    return staff('prioritise', { priority: raise.priority, reason: raise.reason[locale] });
  if (support && view.support.length === 0)
    return staff('support', {
      departments: helpers(category, view.department?.id ?? '', context.city).slice(0, 2),
      request: support.request[locale],
    });
  if (suspension?.round === view.round && memory.suspended !== true)
    return staff('suspend', { waitingFor: suspension.waitingFor, text: suspension.text[locale] });
  if (extension?.round !== view.round) return undefined;
  if (view.extension) {
    const { decision, afterMinutes } = extension;
    if (!decision || !isTime(Date.parse(view.extension.at) + afterMinutes * minute, context))
      return undefined;
    return decision.type === 'grant' ? staff('grant') : staff('decline', { reason: decision.reason[locale] });
  }
  const { resolve } = view.clocks;
  const left = view.extensionLeft ?? 0;
  // There must be time to decide before it is due, even with a night in between.
  if (memory.extended === true || !resolve || left < 1) return undefined;
  if (Date.parse(resolve.dueAt) - context.now < longestNight) return undefined;
  const amount = Math.min(left, Math.max(1, Math.round(resolve.target.amount / 2)));
  return staff('extend', { amount, reason: extension.reason[locale] });
}

/** Ends an on-hold period. */
function resume({ fate, locale }: Plan, view: StaffView, context: Context): NextStep | undefined {
  const { answer, afterMinutes } = fate.suspension ?? {};
  if (afterMinutes === undefined || !view.suspension) return undefined;
  if (!isTime(Date.parse(view.suspension.at) + afterMinutes * minute, context)) return undefined;
  return answer ? { by: 'resident', type: 'note', fields: { text: answer[locale] } } : staff('resume');
}

function followUp({ fate, locale }: Plan, view: StaffView, context: Context): NextStep | undefined {
  if (!fate.followUp || !view.followUp) return undefined;
  const { outcome, text, afterMinutes } = fate.followUp;
  if (!isTime(Date.parse(view.followUp.at) + afterMinutes * minute, context)) return undefined;
  return staff('follow-up', { outcome, text: text[locale] });
}

function rate({ fate, locale }: Plan, view: StaffView, context: Context): NextStep | undefined {
  const rating: Fate['rating'] = view.round === 0 ? fate.rating : fate.secondRating;
  if (!rating || !view.resolution) return undefined;
  if (!isTime(Date.parse(view.resolution.at) + rating.afterMinutes * minute, context)) return undefined;
  const { score, comment } = rating;
  return { by: 'resident', type: 'rate', fields: { score, ...(comment && { comment: comment[locale] }) } };
}

function reopen({ fate, locale }: Plan, view: StaffView, context: Context): NextStep | undefined {
  if (view.round > 0 || !fate.reopenReason || !view.rating || view.rating.score > 2) return undefined;
  if (!isTime(Date.parse(view.rating.at) + 15 * minute, context)) return undefined;
  return { by: 'resident', type: 'reopen', fields: { reason: fate.reopenReason[locale] } };
}

function isTime(at: number, { now, lookahead }: Context): boolean {
  return at <= now + lookahead;
}

/** For a share above 1, a step waits until the breach is recorded. */
function isDue(clock: ClockView | undefined, share: number, context: Context): boolean {
  if (!clock) return true;
  const begun = Date.parse(clock.startedAt);
  const at = begun + (Date.parse(clock.dueAt) - begun) * share;
  return share > 1 ? clock.breachedAt !== undefined && at <= context.now : isTime(at, context);
}

function isTimeToResolve(clock: ClockView | undefined, share: number, context: Context): boolean {
  if (!clock) return true;
  const begun = Date.parse(clock.startedAt);
  const isLong = Date.parse(clock.dueAt) - begun > longestWait;
  // The demo ends on the third day, so long targets are not used up.
  if (isLong) return isTime(begun + longestWait * Math.min(share, 0.7), context);
  return isDue(clock, share, context);
}

function isTriageService(department: string, { departments, triageService }: Context['city']): boolean {
  return departments.some(({ id, services }) => id === department && services.includes(triageService));
}

/** Departments that a category may be transferred to, in order of preference. */
const transferTargets: Readonly<Record<string, readonly string[]>> = {
  building: ['water', 'urban-management', 'construction'],
  property: ['construction', 'market'],
  safety: ['police', 'urban-management', 'fire'],
  city: ['sanitation', 'urban-management', 'construction'],
  utility: ['construction', 'urban-management'],
  environment: ['urban-management', 'market'],
  traffic: ['construction', 'police'],
  social: ['market', 'social'],
  mediation: ['social', 'police'],
};

/** All other departments, the likely ones first. */
function helpers(category: string, current: string, { departments }: Context['city']): string[] {
  const ids = departments.map(({ id }) => id).filter((id) => id !== current);
  const wanted = (transferTargets[category.split('.')[0] ?? ''] ?? []).filter((id) => ids.includes(id));
  return [...new Set([...wanted, ...ids])];
}

function elsewhere(category: string, current: string, city: Context['city']): string {
  const [found] = helpers(category, current, city);
  if (found === undefined) throw new Error('the city has a single department: transfers are not possible');
  return found;
}

export type Staff = Extract<Actor, { kind: 'staff' }>;

/** Who sends a command: the department's staff first, then the area's, and the administrator last. */
export function chooseStaff(
  staff: readonly Staff[],
  command: StaffCommandType,
  view: StaffView,
  other?: StaffView,
): Staff | undefined {
  const standingOf = ({ department, support, location }: StaffView) => ({
    department: department?.id,
    supporters: support.map((part) => part.department.id),
    path: location.path,
  });
  const standing = standingOf(view);
  const able = staff.filter(
    (person) =>
      hasGrant(person, report.commands[command].by, standing) &&
      maySee(person, standing) &&
      (other === undefined || maySee(person, standingOf(other))),
  );
  const rank = (person: Staff): number =>
    Math.min(...relationsOf(person, standing).map((relation) => nearness.indexOf(relation))) * 10 +
    seniority.indexOf(person.role);
  return able.sort((a, b) => rank(a) - rank(b))[0];
}

const nearness = ['own', 'support', 'area', 'other'] as const;
const seniority = ['handler', 'grid-worker', 'manager', 'admin'] as const;
