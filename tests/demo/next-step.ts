import type { City } from '../../shared/config/city.ts';
import { hasGrant, maySee, relationsOf, type Actor } from '../../shared/kernel/permissions.ts';
import { report, type StaffCommandType } from '../../shared/records/report/kind.ts';
import type { ClockView, StaffView } from './answers.ts';
import type { Fate, Plan } from './scenario.ts';

/** What a person does next: the body of a command, less the version, and a picture to go with it. */
export type NextStep =
  | { by: 'staff'; type: StaffCommandType; fields: Record<string, unknown>; picture?: number }
  | {
      by: 'resident';
      type: 'note' | 'withdraw' | 'rate' | 'reopen';
      fields: Record<string, unknown>;
      picture?: number;
    };

/** What has been done with a report that its view does not tell. */
export type Memory = {
  returnedFrom?: string;
  detoured?: boolean;
  residentNoted?: boolean;
  staffNoted?: boolean;
  suspended?: boolean;
  extended?: boolean;
};

export type Surroundings = {
  /** Milliseconds; and how much later the next chance to act comes. */
  now: number;
  lookahead: number;
  city: Pick<City, 'departments' | 'triageService'>;
  /** The number and state of the report that this one repeats, once it is there. */
  repeated?: { number: string; state: string } | undefined;
};

const minute = 60_000;
const hour = 60 * minute;
/** Longer than it ever is from one chance to act to the next. */
const longestNight = 15 * hour;
/** Nobody in the demo waits longer than this to see something settled in time. */
const longestWait = 36 * hour;

/** The next thing that somebody does with the report by now, if anything. Nobody acts before the plan's time. */
export function nextStep(
  plan: Plan,
  view: StaffView,
  memory: Memory,
  around: Surroundings,
): NextStep | undefined {
  switch (view.status.code) {
    case 'triage':
      return leave(plan, view, around) ?? sort(plan, view, memory, around);
    case 'assigned':
    case 'in-progress':
      return leave(plan, view, around) ?? work(plan, view, memory, around);
    case 'suspended':
      return goOn(plan, view, around);
    case 'resolved':
      return rate(plan, view, around);
    case 'closed':
      return reopen(plan, view, around) ?? followUp(plan, view, around);
    default:
      return undefined;
  }
}

/** What takes a report out of everybody's hands. */
function leave({ fate, locale }: Plan, view: StaffView, around: Surroundings): NextStep | undefined {
  switch (fate.end) {
    case 'withdraw': {
      const { reason, afterMinutes } = fate.withdrawal ?? { afterMinutes: 30 };
      if (!isTime(Date.parse(view.submittedAt) + afterMinutes * minute, around)) return undefined;
      return { by: 'resident', type: 'withdraw', fields: reason ? { reason: reason[locale] } : {} };
    }
    case 'reject':
      return { by: 'staff', type: 'reject', fields: { reason: fate.rejection[locale] } };
    case 'merge': {
      const { repeated } = around;
      const ended = ['merged', 'withdrawn', 'rejected'];
      if (!repeated || ended.includes(repeated.state)) return undefined;
      return { by: 'staff', type: 'merge', fields: { into: repeated.number } };
    }
    default:
      return undefined;
  }
}

function sort(plan: Plan, view: StaffView, memory: Memory, around: Surroundings): NextStep | undefined {
  if (!isDue(view.clocks.acknowledge, memory.returnedFrom ? 0.3 : plan.fate.acknowledgeShare, around))
    return undefined;
  // Sorted rightly and yet sent back: it is somebody else's for a reason that no category tells.
  if (memory.returnedFrom !== undefined && view.category?.code === plan.category)
    return {
      by: 'staff',
      type: 'assign',
      fields: { department: elsewhere(plan.category, memory.returnedFrom, around.city) },
    };
  return { by: 'staff', type: 'classify', fields: { category: plan.category } };
}

function staff(type: StaffCommandType, fields: Record<string, unknown> = {}): NextStep {
  return { by: 'staff', type, fields };
}

function work(plan: Plan, view: StaffView, memory: Memory, around: Surroundings): NextStep | undefined {
  const { fate, locale } = plan;
  const again = view.round > 0;
  const department = view.department?.id ?? '';

  if (view.acknowledgedAt === undefined) {
    if (
      !isDue(
        view.clocks.acknowledge,
        again ? Math.min(0.3, fate.acknowledgeShare) : fate.acknowledgeShare,
        around,
      )
    )
      return undefined;
    const isMistake = view.category?.code !== plan.category && fate.mindsMistakes && !again;
    if (isMistake && sortsFor(department, around.city)) return staff('classify', { category: plan.category });
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
    !(fate.detour.kind === 'return' && sortsFor(department, around.city))
  ) {
    const reason = fate.detour.reason[locale];
    return fate.detour.kind === 'return'
      ? staff('return', { reason })
      : staff('transfer', { department: elsewhere(plan.category, department, around.city), reason });
  }
  if (
    fate.startsWork &&
    view.status.code === 'assigned' &&
    isTime(Date.parse(view.acknowledgedAt) + 5 * minute, around)
  )
    return staff('start');
  const other = changeOfPace(plan, view, memory, around);
  if (other) return other;
  if (fate.end === 'stay-open' || fate.end === 'withdraw') return undefined;
  if (view.extension || view.support.some(({ state }) => state === 'asked' || state === 'acknowledged'))
    return undefined;
  if (!isSettledBy(view.clocks.resolve, again ? 0.5 : fate.resolveShare, around)) return undefined;
  const resolution = again ? fate.secondResolution : fate.resolution;
  if (!resolution) return undefined;
  return {
    ...staff('resolve', { text: resolution[locale] }),
    ...(fate.resultPicture !== undefined && { picture: fate.resultPicture }),
  };
}

/** What stops the clock, moves it or shares the work. */
function changeOfPace(
  { fate, locale, category }: Plan,
  view: StaffView,
  memory: Memory,
  around: Surroundings,
): NextStep | undefined {
  const { suspension, extension, support, raise } = fate;
  const isNew = around.now - Date.parse(view.submittedAt) < 12 * hour;
  if (raise && isNew && view.priority !== raise.priority && view.priority !== 'urgent')
    return staff('prioritise', { priority: raise.priority, reason: raise.reason[locale] });
  if (support && view.support.length === 0)
    return staff('support', {
      departments: helpers(category, view.department?.id ?? '', around.city).slice(0, 2),
      request: support.request[locale],
    });
  if (suspension?.round === view.round && memory.suspended !== true)
    return staff('suspend', { waitingFor: suspension.waitingFor, text: suspension.text[locale] });
  if (extension?.round !== view.round) return undefined;
  if (view.extension) {
    const { decision, afterMinutes } = extension;
    if (!decision || !isTime(Date.parse(view.extension.at) + afterMinutes * minute, around)) return undefined;
    return decision.type === 'grant' ? staff('grant') : staff('decline', { reason: decision.reason[locale] });
  }
  const { resolve } = view.clocks;
  const left = view.extensionLeft ?? 0;
  // Time enough for somebody to decide before it is over, whatever night comes between.
  if (memory.extended === true || !resolve || left < 1) return undefined;
  if (Date.parse(resolve.dueAt) - around.now < longestNight) return undefined;
  const amount = Math.min(left, Math.max(1, Math.round(resolve.target.amount / 2)));
  return staff('extend', { amount, reason: extension.reason[locale] });
}

/** What it stood still for has come. */
function goOn({ fate, locale }: Plan, view: StaffView, around: Surroundings): NextStep | undefined {
  const { answer, afterMinutes } = fate.suspension ?? {};
  if (afterMinutes === undefined || !view.suspension) return undefined;
  if (!isTime(Date.parse(view.suspension.at) + afterMinutes * minute, around)) return undefined;
  return answer ? { by: 'resident', type: 'note', fields: { text: answer[locale] } } : staff('resume');
}

function followUp({ fate, locale }: Plan, view: StaffView, around: Surroundings): NextStep | undefined {
  if (!fate.followUp || !view.followUp) return undefined;
  const { outcome, text, afterMinutes } = fate.followUp;
  if (!isTime(Date.parse(view.followUp.at) + afterMinutes * minute, around)) return undefined;
  return staff('follow-up', { outcome, text: text[locale] });
}

function rate({ fate, locale }: Plan, view: StaffView, around: Surroundings): NextStep | undefined {
  const rating: Fate['rating'] = view.round === 0 ? fate.rating : fate.secondRating;
  if (!rating || !view.resolution) return undefined;
  if (!isTime(Date.parse(view.resolution.at) + rating.afterMinutes * minute, around)) return undefined;
  const { score, comment } = rating;
  return { by: 'resident', type: 'rate', fields: { score, ...(comment && { comment: comment[locale] }) } };
}

function reopen({ fate, locale }: Plan, view: StaffView, around: Surroundings): NextStep | undefined {
  if (view.round > 0 || !fate.reopenReason || !view.rating || view.rating.score > 2) return undefined;
  if (!isTime(Date.parse(view.rating.at) + 15 * minute, around)) return undefined;
  return { by: 'resident', type: 'reopen', fields: { reason: fate.reopenReason[locale] } };
}

function isTime(at: number, { now, lookahead }: Surroundings): boolean {
  return at <= now + lookahead;
}

/** Beyond the whole target nothing is done before the clock has broken, and been seen to. */
function isDue(clock: ClockView | undefined, share: number, around: Surroundings): boolean {
  if (!clock) return true;
  const begun = Date.parse(clock.startedAt);
  const at = begun + (Date.parse(clock.dueAt) - begun) * share;
  return share > 1 ? clock.breachedAt !== undefined && at <= around.now : isTime(at, around);
}

function isSettledBy(clock: ClockView | undefined, share: number, around: Surroundings): boolean {
  if (!clock) return true;
  const begun = Date.parse(clock.startedAt);
  const isLong = Date.parse(clock.dueAt) - begun > longestWait;
  // Nobody sits through days of a long target; the demo ends on the third.
  if (isLong) return isTime(begun + longestWait * Math.min(share, 0.7), around);
  return isDue(clock, share, around);
}

function sortsFor(department: string, { departments, triageService }: Surroundings['city']): boolean {
  return departments.some(({ id, services }) => id === department && services.includes(triageService));
}

/** Departments that a matter may turn out to belong to; the first that there is and that has not got it. */
const otherHands: Readonly<Record<string, readonly string[]>> = {
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

/** All other departments, those that it may concern first. */
function helpers(category: string, current: string, { departments }: Surroundings['city']): string[] {
  const ids = departments.map(({ id }) => id).filter((id) => id !== current);
  const wanted = (otherHands[category.split('.')[0] ?? ''] ?? []).filter((id) => ids.includes(id));
  return [...new Set([...wanted, ...ids])];
}

function elsewhere(category: string, current: string, city: Surroundings['city']): string {
  const [found] = helpers(category, current, city);
  if (found === undefined) throw new Error('the city has a single department: nothing can be passed on');
  return found;
}

export type Staff = Extract<Actor, { kind: 'staff' }>;

/** Who does it: somebody of the department before an overseer of the place, and the administrator last. */
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
