import { describe, expect, it } from 'vitest';
import { city } from '../support/city.ts';
import { after, resident, submit, system, type Story } from '../support/reports.ts';
import {
  acknowledge,
  asked,
  assigned,
  close,
  erase,
  extend,
  other,
  part,
  rate,
  residentCommand,
  resolve,
  staffCommand,
  start,
  stateStories,
  submitted,
  suspend,
  continued,
  withdraw,
} from './offered-stories.ts';
import {
  decided,
  offeredToResident,
  offeredToStaff,
  type Actor,
  type Command,
  type Report,
} from './subject.ts';

/** The commands that a report offers to each person, and the result of every command, offered or not. */

const roles = ['handler', 'grid-worker', 'manager', 'admin'] as const;
const relations = ['own', 'support', 'area', 'other', 'own+area', 'support+area', 'own+support'] as const;
type Role = (typeof roles)[number];
type Relation = (typeof relations)[number];

/**
 * Who may give a command: a word per role (handler, grid-worker, manager, admin), a sign per relation in the order
 * own, support, area, other, own and area, support and area, own and support.
 */
const permitted: Record<string, string> = {
  acknowledge: '+...+.+ +...+.+ +...+.+ +++++++',
  start: '+...+.+ +...+.+ +...+.+ +++++++',
  return: '+...+.+ +...+.+ +.+.+++ +++++++',
  transfer: '+...+.+ +...+.+ +.+.+++ +++++++',
  resolve: '+...+.+ +...+.+ +...+.+ +++++++',
  classify: '....... +...+.+ +.+.+++ +++++++',
  assign: '....... +...+.+ +.+.+++ +++++++',
  reject: '....... +...+.+ +.+.+++ +++++++',
  merge: '....... +...+.+ +.+.+++ +++++++',
  note: '++..+++ +++.+++ +++.+++ +++++++',
  reveal: '+...+.+ +...+.+ +.+.+++ +++++++',
  'revoke-link': '....... ....... +.+.+++ +++++++',
  supervise: '....... ....... +.+.+++ +++++++',
  'take-alert': '....... ....... +.+.+++ +++++++',
  suspend: '+...+.+ +...+.+ +...+.+ +++++++',
  resume: '+...+.+ +...+.+ +...+.+ +++++++',
  extend: '+...+.+ +...+.+ +...+.+ +++++++',
  grant: '....... ....... +.+.+++ +++++++',
  decline: '....... ....... +.+.+++ +++++++',
  prioritise: '....... +...+.+ +.+.+++ +++++++',
  support: '+...+.+ +...+.+ +.+.+++ +++++++',
  reopen: '....... ....... +.+.+++ +++++++',
  close: '....... ....... +.+.+++ +++++++',
  'follow-up': '....... +.+.+++ +.+.+++ +++++++',
  'apply-policy': '....... ....... ....... +++++++',
  'blur-photo': '+...+.+ +...+.+ +.+.+++ +++++++',
  erase: '....... ....... ....... +++++++',
};
const staffCommands = Object.keys(permitted);

type Row = {
  story: () => Story;
  /** When it is asked, if not ten minutes after the beginning. */
  at?: string;
  /** The department that holds it: without one, nobody's relation is `own`. */
  department: string | undefined;
  /** Whether it has a supporting department: without one, nobody's relation is `support`. */
  supported: boolean;
  /** What is offered to staff whom everything is permitted, in this order. */
  staff: string;
  /** The result of a permitted command: `ok` if it is offered and `wrong-state` if not, unless given here. */
  but?: Record<string, string>;
  /** What is offered to the resident, in this order. */
  resident: string;
  /** As `but`. */
  residentBut?: Record<string, string>;
};

const [kangning, police] = ['property-kangning', 'police'];
/** No suspension and no request is open. */
const nothingOpen = { 'take-alert': 'done', grant: 'done', decline: 'done', 'apply-policy': 'done' };
const held = { department: kangning, supported: true };
const openToResident = 'note withdraw renew-link erase';
const doneToResident = 'note rate reopen renew-link erase';

/** A row for each of the ten states. The photo is ready and nothing waits for a decision. */
const states: Record<string, Omit<Row, 'story'>> = {
  submitted: {
    department: undefined,
    supported: false,
    staff: 'classify reject merge note reveal revoke-link apply-policy blur-photo erase',
    but: nothingOpen,
    resident: openToResident,
  },
  triage: {
    department: 'grid-liuan',
    supported: true,
    staff:
      'classify assign reject merge note reveal revoke-link supervise prioritise apply-policy blur-photo erase',
    but: nothingOpen,
    resident: openToResident,
  },
  assigned: {
    ...held,
    staff:
      'acknowledge start return transfer resolve classify assign reject merge note reveal revoke-link supervise suspend extend prioritise support apply-policy blur-photo erase',
    but: { ...nothingOpen, resume: 'done' },
    resident: openToResident,
  },
  'in-progress': {
    ...held,
    staff:
      'return transfer resolve classify assign reject merge note reveal revoke-link supervise suspend extend prioritise support apply-policy blur-photo erase',
    but: { ...nothingOpen, acknowledge: 'done', start: 'done', resume: 'done' },
    resident: openToResident,
  },
  suspended: {
    ...held,
    staff:
      'return transfer resolve classify assign reject merge note reveal revoke-link supervise resume prioritise support apply-policy blur-photo erase',
    but: { ...nothingOpen, acknowledge: 'done' },
    resident: openToResident,
  },
  resolved: {
    ...held,
    staff: 'note reveal revoke-link reopen close apply-policy blur-photo erase',
    but: { ...nothingOpen, acknowledge: 'done' },
    resident: doneToResident,
  },
  closed: {
    ...held,
    staff: 'note reveal revoke-link reopen apply-policy blur-photo erase',
    but: { ...nothingOpen, acknowledge: 'done', close: 'done', 'follow-up': 'done' },
    resident: doneToResident,
  },
  rejected: {
    ...held,
    staff: 'reveal revoke-link apply-policy blur-photo erase',
    but: nothingOpen,
    resident: 'renew-link erase',
  },
  merged: {
    ...held,
    staff: 'reveal revoke-link apply-policy blur-photo erase',
    but: nothingOpen,
    resident: 'renew-link erase',
  },
  withdrawn: {
    ...held,
    staff: 'reveal revoke-link apply-policy blur-photo erase',
    but: nothingOpen,
    resident: 'renew-link erase',
    residentBut: { withdraw: 'done' },
  },
};

/** What has been erased cannot be worked with. */
const erased = {
  ...nothingOpen,
  reveal: 'data-erased',
  'blur-photo': 'unknown-photo',
  erase: 'done',
};
const textErased = { note: 'data-erased', reopen: 'data-erased' };
/** Commands for the parent are not for a part. */
const ofPart = { ...nothingOpen, 'revoke-link': 'part-of-another', 'blur-photo': 'unknown-photo' };
const partIn = { department: police, supported: false };
const fired = (story: Story, ...minutes: number[]): Story => {
  for (const minute of minutes) story.give({ type: 'fire-timers' }, system('sweep'), minute);
  return story;
};
const day = 1440;
const reopen: [Command, Actor] = [{ type: 'reopen', reason: '仍在漏水' }, resident];

/** Reports whose useful commands depend on more than the state. */
const special: Record<string, Row> = {
  'the photo is being cleaned': {
    story: () => {
      const story = submitted();
      story.events = story.events.slice(0, 1);
      return story;
    },
    department: undefined,
    supported: false,
    staff: 'classify reject merge note reveal revoke-link apply-policy erase',
    but: { ...nothingOpen, 'blur-photo': 'unknown-photo' },
    resident: openToResident,
  },
  'the photo cannot be read': {
    story: () => submitted('unreadable'),
    department: undefined,
    supported: false,
    staff: 'classify reject merge note reveal revoke-link apply-policy erase',
    but: { ...nothingOpen, 'blur-photo': 'unknown-photo' },
    resident: openToResident,
  },
  'acknowledged and not started': {
    ...held,
    story: () => continued(assigned(), acknowledge),
    staff:
      'start return transfer resolve classify assign reject merge note reveal revoke-link supervise suspend extend prioritise support apply-policy blur-photo erase',
    but: { ...nothingOpen, acknowledge: 'done', resume: 'done' },
    resident: openToResident,
  },
  'more time is asked for': {
    ...held,
    story: () => continued(assigned(), extend),
    staff:
      'acknowledge start return transfer resolve classify assign reject merge note reveal revoke-link supervise take-alert suspend extend grant decline prioritise support apply-policy blur-photo erase',
    but: { 'apply-policy': 'done', resume: 'done' },
    resident: openToResident,
  },
  'more time is asked for in progress': {
    ...held,
    story: () => continued(assigned(), start, extend),
    staff:
      'return transfer resolve classify assign reject merge note reveal revoke-link supervise take-alert suspend extend grant decline prioritise support apply-policy blur-photo erase',
    but: { 'apply-policy': 'done', acknowledge: 'done', start: 'done', resume: 'done' },
    resident: openToResident,
  },
  'more time is asked for and it is suspended': {
    ...held,
    story: () => continued(assigned(), extend, suspend),
    staff:
      'return transfer resolve classify assign reject merge note reveal revoke-link supervise take-alert resume grant decline prioritise support apply-policy blur-photo erase',
    but: { 'apply-policy': 'done', acknowledge: 'done' },
    resident: openToResident,
  },
  'overdue, with an alert': {
    ...held,
    story: () => fired(assigned(), 2000),
    at: after(2000),
    staff:
      'acknowledge start return transfer resolve classify assign reject merge note reveal revoke-link supervise take-alert suspend extend prioritise support apply-policy blur-photo erase',
    but: { grant: 'done', decline: 'done', 'apply-policy': 'done', resume: 'done', extend: 'clock-over' },
    resident: openToResident,
  },
  'reopened by its reporter': {
    ...held,
    story: () => continued(assigned(), resolve, reopen),
    staff:
      'acknowledge start return transfer resolve classify assign reject merge note reveal revoke-link supervise suspend extend prioritise support apply-policy blur-photo erase',
    but: { ...nothingOpen, resume: 'done' },
    resident: openToResident,
  },
  'resolved a second time': {
    ...held,
    story: () => continued(assigned(), resolve, rate(5), reopen, resolve),
    at: after(20 * day),
    staff: 'note reveal revoke-link reopen close apply-policy blur-photo erase',
    but: { ...nothingOpen, acknowledge: 'done' },
    resident: doneToResident,
  },
  'closed by itself': {
    ...held,
    story: () => fired(continued(assigned(), resolve), 8 * day),
    at: after(8 * day),
    staff: 'note reveal revoke-link reopen apply-policy blur-photo erase',
    but: { ...nothingOpen, acknowledge: 'done', close: 'done', 'follow-up': 'done' },
    resident: doneToResident,
  },
  'rated badly, with a call to make': {
    ...held,
    story: () => continued(assigned(), resolve, rate(1)),
    staff: 'note reveal revoke-link take-alert reopen follow-up apply-policy blur-photo erase',
    but: { grant: 'done', decline: 'done', 'apply-policy': 'done', acknowledge: 'done', close: 'done' },
    resident: doneToResident,
  },
  'rated, in the last minute in which the rating can be changed': {
    ...held,
    story: () => continued(assigned(), resolve, rate(5)),
    at: after(3 + day),
    staff: 'note reveal revoke-link reopen apply-policy blur-photo erase',
    but: { ...nothingOpen, acknowledge: 'done', close: 'done', 'follow-up': 'done' },
    resident: doneToResident,
  },
  'rated, and the rating can no longer be changed': {
    ...held,
    story: () => continued(assigned(), resolve, rate(5)),
    at: after(4 + day),
    staff: 'note reveal revoke-link reopen apply-policy blur-photo erase',
    but: { ...nothingOpen, acknowledge: 'done', close: 'done', 'follow-up': 'done' },
    resident: 'note reopen renew-link erase',
    residentBut: { rate: 'rating-final' },
  },
  'a part': {
    ...partIn,
    story: part,
    staff:
      'acknowledge start return transfer resolve classify assign reject note reveal supervise suspend extend prioritise apply-policy erase',
    but: { ...ofPart, merge: 'part-of-another', support: 'part-of-another', resume: 'done' },
    resident: openToResident,
  },
  'a part that was handed back': {
    department: 'grid-liuan',
    supported: false,
    story: () =>
      continued(part(), [{ type: 'return', reason: '不属我部门' }, person('admin', 'other', kangning)]),
    staff: 'classify assign reject note reveal supervise prioritise apply-policy erase',
    but: { ...ofPart, merge: 'part-of-another' },
    resident: openToResident,
  },
  'a part that is resolved': {
    ...partIn,
    story: () => continued(part(), resolve),
    staff: 'note reveal close apply-policy erase',
    but: { ...ofPart, acknowledge: 'done', reopen: 'part-of-another' },
    resident: 'note rate renew-link erase',
    residentBut: { reopen: 'part-of-another' },
  },
  'a part that is closed': {
    ...partIn,
    story: () => continued(part(), resolve, close),
    staff: 'note reveal apply-policy erase',
    but: {
      ...ofPart,
      acknowledge: 'done',
      close: 'done',
      'follow-up': 'done',
      reopen: 'part-of-another',
    },
    resident: 'note rate renew-link erase',
    residentBut: { reopen: 'part-of-another' },
  },
  'open, with the contact erased': {
    ...held,
    story: () => continued(assigned(), erase),
    staff:
      'acknowledge start return transfer resolve classify assign reject merge note revoke-link supervise suspend extend prioritise support apply-policy blur-photo',
    but: { ...nothingOpen, reveal: 'data-erased', resume: 'done', erase: 'done' },
    resident: 'note withdraw renew-link',
    residentBut: { erase: 'done' },
  },
  'resolved, with the contact erased': {
    ...held,
    story: () => continued(assigned(), erase, resolve),
    staff: 'note revoke-link reopen close apply-policy blur-photo erase',
    but: { ...nothingOpen, reveal: 'data-erased', acknowledge: 'done' },
    resident: doneToResident,
  },
  'closed, with contact and photos erased by their time': {
    ...held,
    story: () => fired(continued(assigned(), resolve), 8 * day, 181 * day, 366 * day),
    at: after(366 * day),
    staff: 'note revoke-link reopen apply-policy erase',
    but: {
      ...erased,
      erase: 'ok',
      acknowledge: 'done',
      close: 'done',
      'follow-up': 'done',
    },
    resident: doneToResident,
  },
  'resolved, with everything erased': {
    ...held,
    story: () => continued(assigned(), resolve, erase),
    staff: 'revoke-link apply-policy',
    but: { ...erased, ...textErased, acknowledge: 'done', close: 'data-erased' },
    resident: 'renew-link',
    residentBut: { ...textErased, rate: 'data-erased', erase: 'done' },
  },
  'rated badly, with everything erased': {
    ...held,
    story: () => continued(assigned(), resolve, rate(1), erase),
    staff: 'revoke-link apply-policy',
    but: { ...erased, ...textErased, acknowledge: 'done', close: 'done', 'follow-up': 'done' },
    resident: 'renew-link',
    residentBut: { ...textErased, rate: 'data-erased', erase: 'done' },
  },
  'withdrawn, with everything erased': {
    ...held,
    story: () => continued(assigned(), withdraw, erase),
    staff: 'revoke-link apply-policy',
    but: erased,
    resident: 'renew-link',
    residentBut: { withdraw: 'done', erase: 'done' },
  },
  'merged, with everything erased': {
    ...held,
    story: () => continued(assigned(), [{ type: 'merge', into: other }, system('merge')], erase),
    staff: 'revoke-link apply-policy',
    but: erased,
    resident: 'renew-link',
    residentBut: { erase: 'done' },
  },
};

const rows: [string, Row][] = [
  ...Object.entries(states).map(([state, row]): [string, Row] => [
    state,
    { ...row, story: stateStories[state] ?? expect.fail(state) },
  ]),
  ...Object.entries(special),
];

const noDepartment = 'gas';
function person(role: Role, relation: Relation, department: string): Extract<Actor, { kind: 'staff' }> {
  const ways = relation.split('+');
  const departments = [
    ...(ways.includes('own') ? [department] : []),
    ...(ways.includes('support') ? [department === police ? 'fire' : police] : []),
  ];
  return {
    kind: 'staff',
    username: `${role} ${relation}`,
    role,
    departments: departments.length > 0 ? departments : [noDepartment],
    // The report lies in Qilu.
    areas: [ways.includes('area') ? 'qilu' : 'wangyu'],
  };
}

/** The relation that is left where nobody holds the report or supports it. */
function standing(relation: Relation, { department, supported }: Row): Relation {
  const ways = relation
    .split('+')
    .filter((way) => !(way === 'own' && department === undefined) && !(way === 'support' && !supported));
  return (ways.length > 0 ? ways.join('+') : 'other') as Relation;
}

function outcome(report: Report | undefined, command: Command, actor: Actor, now: string): string {
  const decision = decided(report, command, { now, actor, city });
  if (!decision.ok) return decision.refusal.kind;
  return decision.events.length > 0 ? 'ok' : 'done';
}

const words = (list: string): string[] => list.split(' ');
const given = (commands: Record<string, Command>, name: string): Command =>
  commands[name] ?? expect.fail(`no ${name}`);

describe('the tables', () => {
  it('have a row for each of ten states, and histories in them', () => {
    expect(Object.keys(states)).toHaveLength(10);
    for (const [state] of Object.entries(states)) expect(stateStories[state]?.().report.state).toBe(state);
  });

  it('fill in every command', () => {
    expect(Object.keys(staffCommand)).toEqual(staffCommands);
    expect(staffCommands).toHaveLength(27);
    expect(Object.keys(residentCommand)).toHaveLength(6);
  });
});

describe.each(rows)('%s', (title, row) => {
  const { events, report } = row.story();
  const now = row.at ?? asked;
  const offeredToAll = words(row.staff);

  it('is held by the department that the row says', () => {
    expect([report.department, report.support.length > 0]).toEqual([row.department, row.supported]);
  });

  it.each(roles.flatMap((role, word) => relations.map((relation) => ({ role, relation, word }))))(
    'offers $role, $relation exactly what they may do',
    ({ role, relation, word }) => {
      const actor = person(role, relation, row.department ?? kangning);
      const sign = relations.indexOf(standing(relation, row));
      const may = (name: string): boolean => permitted[name]?.split(' ')[word]?.[sign] === '+';
      expect(offeredToStaff(events, actor, city, now).sort()).toEqual(offeredToAll.filter(may).sort());
      // The rows of the states check this for everybody; the others for an admin alone, to save time.
      if (title in special && role !== 'admin') return;
      const expected = staffCommands.map((name) => {
        const usual = offeredToAll.includes(name) ? 'ok' : 'wrong-state';
        return [name, may(name) ? (row.but?.[name] ?? usual) : 'not-permitted'];
      });
      const found = staffCommands.map((name) => [
        name,
        outcome(report, given(staffCommand, name), actor, now),
      ]);
      expect(found).toEqual(expected);
    },
  );

  it('offers the resident exactly the permitted commands', () => {
    const offered = words(row.resident);
    expect(offeredToResident(events, city, now).sort()).toEqual([...offered].sort());
    const names = Object.keys(residentCommand);
    expect(names.map((name) => [name, outcome(report, given(residentCommand, name), resident, now)])).toEqual(
      names.map((name) => [name, row.residentBut?.[name] ?? (offered.includes(name) ? 'ok' : 'wrong-state')]),
    );
    for (const name of staffCommands.filter((each) => !['note', 'reopen', 'erase'].includes(each)))
      expect(outcome(report, given(staffCommand, name), resident, now), name).toBe('not-permitted');
  });
});

/** The program's own commands, filled in, on a report that is assigned or on none. */
const systemCommand: Record<string, Command> = {
  submit: { ...submit, number: other },
  'open-support': {
    type: 'open-support',
    number: `${submit.number}-1`,
    parent: { number: submit.number, request: '请到场' },
    department: police,
    description: '漏水',
    location: submit.location,
    category: 'building.leak',
    priority: 'normal',
    locale: 'zh',
  },
  'record-photos': { type: 'record-photos', photos: [{ id: 'p1', status: 'ready' }] },
  join: { type: 'join', number: other, followers: [] },
  'record-support': {
    type: 'record-support',
    part: `${submit.number}-1`,
    partVersion: 3,
    department: police,
    state: 'acknowledged',
    text: '',
  },
  'end-support': { type: 'end-support', reason: '不再需要' },
  'fire-timers': { type: 'fire-timers' },
};

/**
 * The result of every command of the product, given by the system, by a resident and by an admin: on no report for
 * `submit` and `open-support`, on an assigned one for all others.
 */
const everyone: Record<string, [system: string, resident: string, admin: string]> = {
  submit: ['ok', 'ok', 'ok'],
  'open-support': ['ok', 'not-permitted', 'not-permitted'],
  'record-photos': ['done', 'not-permitted', 'not-permitted'],
  join: ['ok', 'not-permitted', 'not-permitted'],
  'record-support': ['ok', 'not-permitted', 'not-permitted'],
  'end-support': ['ok', 'not-permitted', 'not-permitted'],
  'fire-timers': ['done', 'not-permitted', 'not-permitted'],
  // The classifier only classifies new reports.
  classify: ['done', 'not-permitted', 'ok'],
  merge: ['ok', 'not-permitted', 'ok'],
  reveal: ['ok', 'not-permitted', 'ok'],
  erase: ['ok', 'ok', 'ok'],
  note: ['not-permitted', 'ok', 'ok'],
  reopen: ['not-permitted', 'wrong-state', 'wrong-state'],
  withdraw: ['not-permitted', 'ok', 'not-permitted'],
  rate: ['not-permitted', 'wrong-state', 'not-permitted'],
  'renew-link': ['not-permitted', 'ok', 'not-permitted'],
  acknowledge: ['not-permitted', 'not-permitted', 'ok'],
  start: ['not-permitted', 'not-permitted', 'ok'],
  return: ['not-permitted', 'not-permitted', 'ok'],
  transfer: ['not-permitted', 'not-permitted', 'ok'],
  resolve: ['not-permitted', 'not-permitted', 'ok'],
  assign: ['not-permitted', 'not-permitted', 'ok'],
  reject: ['not-permitted', 'not-permitted', 'ok'],
  'revoke-link': ['not-permitted', 'not-permitted', 'ok'],
  supervise: ['not-permitted', 'not-permitted', 'ok'],
  'take-alert': ['not-permitted', 'not-permitted', 'done'],
  suspend: ['not-permitted', 'not-permitted', 'ok'],
  resume: ['not-permitted', 'not-permitted', 'done'],
  extend: ['not-permitted', 'not-permitted', 'ok'],
  grant: ['not-permitted', 'not-permitted', 'done'],
  decline: ['not-permitted', 'not-permitted', 'done'],
  prioritise: ['not-permitted', 'not-permitted', 'ok'],
  support: ['not-permitted', 'not-permitted', 'ok'],
  close: ['not-permitted', 'not-permitted', 'wrong-state'],
  'follow-up': ['not-permitted', 'not-permitted', 'wrong-state'],
  'apply-policy': ['not-permitted', 'not-permitted', 'done'],
  'blur-photo': ['not-permitted', 'not-permitted', 'ok'],
};

it.each(Object.entries(everyone))('%s: system, resident, admin', (name, expected) => {
  const command = { ...staffCommand, ...residentCommand, ...systemCommand }[name] ?? expect.fail(name);
  const isFirst = name === 'submit' || name === 'open-support';
  const on = isFirst ? undefined : assigned().report;
  const actors = [system('test'), resident, person('admin', 'other', kangning)];
  expect(actors.map((actor) => outcome(on, command, actor, asked))).toEqual(expected);
});

it.each(roles)('%s submits a report for others', (role) => {
  const actor = person(role, 'other', kangning);
  expect(outcome(undefined, given(systemCommand, 'submit'), actor, asked)).toBe('ok');
});
