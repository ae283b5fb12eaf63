import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  commandFields,
  type CommandType,
  mayDo,
  residentCommands,
  staffCommands,
  type StaffCommandType,
  staffPermissions,
  transitions,
} from '../support/report-domain.ts';
import { type Actor, maySee } from '../../shared/kernel/permissions.ts';
import { leak, resident, submit, system } from '../support/reports.ts';
import { startApi, type Api, type Reply } from '../support/api.ts';
import { city } from '../support/city.ts';

/**
 * Every cell of role × relation × command, checked through HTTP. The table is written independently here, so
 * that a change of the product's table fails the test.
 */

/** `+` allowed, `.` not; the columns are own, support, area, other. */
const table: Record<StaffCommandType, Record<'handler' | 'grid-worker' | 'manager' | 'admin', string>> = {
  acknowledge: { handler: '+...', 'grid-worker': '+...', manager: '+...', admin: '++++' },
  start: { handler: '+...', 'grid-worker': '+...', manager: '+...', admin: '++++' },
  suspend: { handler: '+...', 'grid-worker': '+...', manager: '+...', admin: '++++' },
  resume: { handler: '+...', 'grid-worker': '+...', manager: '+...', admin: '++++' },
  extend: { handler: '+...', 'grid-worker': '+...', manager: '+...', admin: '++++' },
  resolve: { handler: '+...', 'grid-worker': '+...', manager: '+...', admin: '++++' },
  support: { handler: '+...', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  return: { handler: '+...', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  transfer: { handler: '+...', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  note: { handler: '++..', 'grid-worker': '+++.', manager: '+++.', admin: '++++' },
  reveal: { handler: '+...', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  'revoke-link': { handler: '....', 'grid-worker': '....', manager: '+.+.', admin: '++++' },
  classify: { handler: '....', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  assign: { handler: '....', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  reject: { handler: '....', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  merge: { handler: '....', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  prioritise: { handler: '....', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  'follow-up': { handler: '....', 'grid-worker': '+.+.', manager: '+.+.', admin: '++++' },
  grant: { handler: '....', 'grid-worker': '....', manager: '+.+.', admin: '++++' },
  decline: { handler: '....', 'grid-worker': '....', manager: '+.+.', admin: '++++' },
  supervise: { handler: '....', 'grid-worker': '....', manager: '+.+.', admin: '++++' },
  'take-alert': { handler: '....', 'grid-worker': '....', manager: '+.+.', admin: '++++' },
  reopen: { handler: '....', 'grid-worker': '....', manager: '+.+.', admin: '++++' },
  close: { handler: '....', 'grid-worker': '....', manager: '+.+.', admin: '++++' },
  'blur-photo': { handler: '+...', 'grid-worker': '+...', manager: '+.+.', admin: '++++' },
  erase: { handler: '....', 'grid-worker': '....', manager: '....', admin: '++++' },
  'apply-policy': { handler: '....', 'grid-worker': '....', manager: '....', admin: '++++' },
};
/** What the system and a resident may do, written independently: every command, including those of staff. */
const others: Record<CommandType, '..' | '.r' | 's.' | 'sr'> = {
  submit: 'sr',
  note: '.r',
  withdraw: '.r',
  rate: '.r',
  reopen: '.r',
  'renew-link': '.r',
  erase: 'sr',
  classify: 's.',
  merge: 's.',
  reveal: 's.',
  'record-photos': 's.',
  join: 's.',
  'open-support': 's.',
  'record-support': 's.',
  'end-support': 's.',
  'fire-timers': 's.',
  acknowledge: '..',
  start: '..',
  suspend: '..',
  resume: '..',
  extend: '..',
  grant: '..',
  decline: '..',
  prioritise: '..',
  'apply-policy': '..',
  support: '..',
  return: '..',
  transfer: '..',
  resolve: '..',
  assign: '..',
  reject: '..',
  'revoke-link': '..',
  'blur-photo': '..',
  supervise: '..',
  'take-alert': '..',
  close: '..',
  'follow-up': '..',
};

/** Who may view the report. */
const mayOpen = { handler: '++..', 'grid-worker': '+++.', manager: '+++.', admin: '++++' };

const relations = ['own', 'support', 'area', 'other'] as const;
const roles = ['handler', 'grid-worker', 'manager', 'admin'] as const;
const [mine, supporter, stranger] = ['property-kangning', 'police', 'gas'];

const fields: Record<StaffCommandType, Record<string, unknown>> = {
  acknowledge: {},
  start: {},
  suspend: { waitingFor: 'other', text: '等待配件到货' },
  resume: {},
  extend: { amount: 1, reason: '等待配件' },
  resolve: { text: '已修好' },
  support: { departments: ['fire'], request: '请协助' },
  return: { reason: '不属我部门' },
  transfer: { department: 'water', reason: '主管网' },
  note: { text: '已联系' },
  reveal: { reason: '上门联系' },
  'revoke-link': { reason: '链接泄露' },
  classify: { category: 'building.drain' },
  assign: { department: 'water' },
  reject: { reason: '不在范围' },
  merge: { into: '' },
  prioritise: { priority: 'high', reason: '有老人' },
  'follow-up': { outcome: 'satisfied', text: '已致电' },
  grant: {},
  decline: { reason: '仓库有货' },
  supervise: { text: '请今天办结' },
  'take-alert': {},
  reopen: { reason: '仍在漏水' },
  close: { reason: '已核实' },
  'blur-photo': { photo: 'p1', regions: [{ x: 0.1, y: 0.1, width: 0.5, height: 0.5 }] },
  erase: {},
  'apply-policy': {},
};

let api: Api;
/** Assigned to the property company and supported by the police, at an estate in Qilu subdistrict. */
let number: string;
let duplicate: string;
let token: string;

async function file(): Promise<{ number: string; trackingToken: string }> {
  const { body } = await api.call('POST /api/reports', {
    headers: { 'idempotency-key': randomUUID() },
    body: { description: '楼道水管爆了，一直在漏水', location: { area: submit.location.area } },
  });
  const filed = body as { number: string; trackingToken: string };
  const now = { now: api.clock.now, city };
  await api.store.execute(filed.number, leak, { ...now, actor: system('classify') });
  return filed;
}

beforeAll(async () => {
  api = await startApi();
  ({ number, trackingToken: token } = await file());
  ({ number: duplicate } = await file());
  const actor = {
    kind: 'staff',
    username: 'chief',
    role: 'admin',
    departments: [],
    areas: [],
  } as const;
  await api.store.execute(
    number,
    { type: 'support', departments: [supporter], request: '请协助' },
    { now: api.clock.now, city, actor },
  );
});
afterAll(() => api.stop());

function person(role: (typeof roles)[number], relation: (typeof relations)[number]) {
  const departments = { own: mine, support: supporter, area: stranger, other: stranger }[relation];
  return {
    username: `${role}-${relation}`,
    role,
    departments,
    areas: relation === 'area' ? 'qilu' : 'wangyu',
  };
}

/** Commands without effect on an assigned report without an alert or extension request. */
const doneAlready: StaffCommandType[] = ['take-alert', 'resume', 'grant', 'decline'];
/** Commands that are not offered to anyone in its state. It has no photo. */
const notNow: StaffCommandType[] = [
  ...(['take-alert', 'resume', 'grant', 'decline'] as const),
  ...(['reopen', 'close', 'follow-up', 'blur-photo'] as const),
];

/** Gives a command with an old version, so that permitted ones are refused as stale and change nothing. */
const give = (type: StaffCommandType, staff: ReturnType<typeof person>): Promise<Reply> =>
  api.call(`POST /api/desk/reports/${number}/commands`, {
    body: { type, version: 1, ...fields[type], ...(type === 'merge' && { into: duplicate }) },
    staff,
  });

describe('permissions', () => {
  it('are listed in the tables for every command, and nothing else', () => {
    expect(Object.keys(table).sort()).toEqual(staffCommands.toSorted());
    const all = [...Object.keys(transitions), 'submit', 'open-support'].sort();
    expect(Object.keys(others).sort()).toEqual(all);
    // Commands with fields are those of staff or of residents.
    expect(Object.keys(commandFields).sort()).toEqual(
      [...new Set<string>([...staffCommands, ...residentCommands])].sort(),
    );
    for (const role of roles)
      for (const relation of relations)
        for (const listed of staffPermissions[role][relation]) expect(Object.keys(table)).toContain(listed);
  });

  it.each(Object.entries(others) as [CommandType, string][])('system and resident: %s', (type, who) => {
    const standing = { department: mine, supporters: [supporter], path: submit.location.path };
    expect([mayDo(system('test'), type, standing), mayDo(resident, type, standing)]).toEqual([
      who.includes('s'),
      who.includes('r'),
    ]);
  });

  it.each(roles)('a %s: every command of the product in each relation', (role) => {
    const standing = { department: mine, supporters: [supporter], path: submit.location.path };
    for (const [column, relation] of relations.entries()) {
      const { username, departments, areas } = person(role, relation);
      const staff: Actor = { kind: 'staff', username, role, departments: [departments], areas: [areas] };
      for (const type of Object.keys(others) as CommandType[]) {
        const row: Partial<Record<string, Record<typeof role, string>>> = table;
        // Everybody may submit reports; commands not in the table are forbidden to staff.
        const expected = type === 'submit' || row[type]?.[role][column] === '+';
        expect(mayDo(staff, type, standing), `${type}, ${relation}`).toBe(expected);
      }
      expect(maySee(staff, standing), relation).toBe(mayOpen[role][column] === '+');
    }
  });

  const cells = roles.flatMap((role) => relations.map((relation, column) => ({ role, relation, column })));

  it.each(cells)('$role, $relation', async ({ role, relation, column }) => {
    const staff = person(role, relation);
    const seen = await api.call(`GET /api/desk/reports/${number}`, { staff });
    expect(seen.status).toBe(mayOpen[role][column] === '+' ? 200 : 403);
    for (const type of staffCommands) {
      const { status, body } = await give(type, staff);
      const isAllowed = table[type][role][column] === '+';
      const passed = doneAlready.includes(type) ? [200, undefined] : [409, 'stale-version'];
      expect([status, body['code']], `${type}: ${JSON.stringify(body)}`).toEqual(
        isAllowed ? passed : [403, 'not-permitted'],
      );
      if (seen.status === 200)
        expect((seen.body['commands'] as string[]).includes(type), type).toBe(
          isAllowed && !notNow.includes(type),
        );
    }
    expect((await api.store.load(number))?.record.version).toBe(4);
  });

  it('allow a resident’s commands only with the tracking link of the report', async () => {
    const path = `POST /api/reports/${number}/commands`;
    const authorization = `Bearer ${token}`;
    for (const type of staffCommands.filter((each) => !['note', 'reopen', 'erase'].includes(each))) {
      const { status, body } = await api.call(path, {
        headers: { authorization },
        body: { type, ...fields[type] },
      });
      expect([status, body['code']], type).toEqual([400, 'invalid-fields']);
    }
    for (const wrong of ['Bearer x', `Bearer ${token}x`, 'Bearer ', `Basic ${token}`, undefined]) {
      const { status } = await api.call(path, {
        headers: { authorization: wrong },
        body: { type: 'note', text: '补充' },
      });
      expect([401, 404], String(wrong)).toContain(status);
    }
    const other = await api.call(`POST /api/reports/${duplicate}/commands`, {
      headers: { authorization },
      body: { type: 'note', text: '补充' },
    });
    expect(other.status).toBe(404);
  });

  it('are denied for roles, departments and areas that the city does not have', async () => {
    const lost = { username: 'x', role: 'emperor', departments: mine, areas: 'yunting' };
    expect((await api.call(`GET /api/desk/reports/${number}`, { staff: lost })).status).toBe(403);
    const foreign = {
      username: 'x',
      role: 'manager',
      departments: 'property-of-another-city',
      areas: 'elsewhere',
    };
    expect((await api.call(`GET /api/desk/reports/${number}`, { staff: foreign })).status).toBe(403);
    expect((await api.call(`GET /api/desk/reports/${number}`)).status).toBe(401);
  });
});
