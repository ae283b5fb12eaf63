import { report } from '../../shared/records/report/kind.ts';
import type { APIGatewayProxyEventV2, PreTokenGenerationV2TriggerEvent } from 'aws-lambda';
import * as z from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply } from '../support/api.ts';
import { leak, resident, start, Story, submit, system } from '../support/reports.ts';
import { addClaims, keysOf, readPlace, staffOf, startApi, writePlace, type Api } from './subject.ts';

/** Who is signed in, what the desk returns about them, and the cursors of its lists. */

let api: Api;
const phone = '13987654321';
const { current } = keysOf('a secret of more than thirty-two characters', start);

beforeAll(async () => {
  api = await startApi();
  // Two more than a page: all at property-kangning, all of one reporter, one a minute.
  for (let minute = 0; minute < 27; minute += 1) {
    const story = new Story();
    story.give({ ...submit, number: `YT-261120-0000${String(10 + minute)}` }, resident, minute);
    story.give(leak, system('classify'), minute);
    await api.store.create(report, story.events, {
      keyHash: 'k',
      requestHash: '',
      tokenHash: '',
      contactHash: current.contactHash(phone),
    });
  }
});
afterAll(() => api.stop());

const admin = { username: 'chief', role: 'admin', departments: '', areas: 'yunting' };

const names: Record<string, [string, string]> = {
  'grid-yunting': ['云汀新区网格化服务中心', 'Yunting Grid Service Centre'],
  'grid-qilu': ['栖鹭街道网格办', 'Qilu Street Grid Office'],
  'grid-wangyu': ['望榆街道网格办', 'Wangyu Street Grid Office'],
  'grid-liuan': ['柳岸社区网格站', 'Liu’an Community Grid Station'],
  'grid-puwan': ['蒲湾社区网格站', 'Puwan Community Grid Station'],
  'grid-yuqian': ['榆钱社区网格站', 'Yuqian Community Grid Station'],
  'grid-yanqiao': ['砚桥社区网格站', 'Yanqiao Community Grid Station'],
  'mediation-liuan': ['柳岸社区人民调解委员会', 'Liu’an People’s Mediation Committee'],
  'mediation-puwan': ['蒲湾社区人民调解委员会', 'Puwan People’s Mediation Committee'],
  'mediation-yuqian': ['榆钱社区人民调解委员会', 'Yuqian People’s Mediation Committee'],
  'mediation-yanqiao': ['砚桥社区人民调解委员会', 'Yanqiao People’s Mediation Committee'],
  'property-kangning': ['康宁居物业', 'Kangningju Property'],
  'property-lanyu': ['蓝屿物业', 'Lanyu Property'],
  'property-chengyue': ['澄悦物业', 'Chengyue Property'],
  'property-mozhu': ['墨竹物业', 'Mozhu Property'],
  'property-yizhan': ['驿栈公寓管理公司', 'Yizhan Apartment Management'],
  'housing-qilu': ['栖鹭街道物业管理办公室', 'Qilu Street Housing Office'],
  'housing-wangyu': ['望榆街道物业管理办公室', 'Wangyu Street Housing Office'],
  'order-qilu': ['栖鹭街道综合执法队', 'Qilu Street Enforcement Team'],
  'order-wangyu': ['望榆街道综合执法队', 'Wangyu Street Enforcement Team'],
  'urban-management': ['区城市管理局', 'Urban Management Bureau'],
  sanitation: ['云洁环卫中心', 'Yunjie Sanitation Centre'],
  construction: ['区建设和交通局', 'Construction and Transport Bureau'],
  police: ['区公安分局', 'Public Security Sub-bureau'],
  'traffic-police': ['区交警大队', 'Traffic Police Brigade'],
  fire: ['区消防救援大队', 'Fire and Rescue Brigade'],
  water: ['汀水供水公司', 'Tingshui Water Company'],
  power: ['区供电公司', 'District Power Company'],
  gas: ['云燃燃气公司', 'Yunran Gas Company'],
  heating: ['暖汀热力公司', 'Nuanting Heating Company'],
  telecom: ['区通信服务联合窗口', 'Joint Telecom Desk'],
  environment: ['区生态环境分局', 'Ecology and Environment Sub-bureau'],
  social: ['区社会事务局', 'Social Affairs Bureau'],
  market: ['区市场监管分局', 'Market Regulation Sub-bureau'],
  yunting: ['云汀新区', 'Yunting New Area'],
  qilu: ['栖鹭街道', 'Qilu Street'],
  liuan: ['柳岸社区', 'Liu’an Community'],
  'tinglan-court': ['汀兰苑', 'Tinglan Court'],
  // What this city does not have is named by its id.
  gone: ['gone', 'gone'],
  nowhere: ['nowhere', 'nowhere'],
};
const named = (ids: string) =>
  ids
    .split(' ')
    .filter((id) => id !== '')
    .map((id) => {
      const [zh, en] = names[id] ?? expect.fail(id);
      return { id, name: { zh, en } };
    });

const replyTemplates = [
  {
    zh: '已安排人员上门，请保持电话畅通。',
    en: 'Someone is on the way; please keep your telephone at hand.',
  },
  {
    zh: '已修复，请查看。如仍有问题可要求重办。',
    en: 'It is mended; please have a look. If it is not right you can reopen the report.',
  },
  { zh: '配件已订购，预计三天内更换。', en: 'The part is on order and will be fitted within three days.' },
  {
    zh: '现场查看时未发现问题，请补充具体位置或照片。',
    en: 'We found nothing on site; please add where exactly, or a photo.',
  },
  {
    zh: '不属于本部门职责，已说明情况并退回分拨。',
    en: 'This is not ours; we have said why and handed it back.',
  },
];

const ofDistrict =
  'urban-management sanitation construction police traffic-police fire water power gas heating telecom environment social market';
const all = `grid-yunting grid-qilu grid-wangyu grid-liuan grid-puwan grid-yuqian grid-yanqiao mediation-liuan mediation-puwan mediation-yuqian mediation-yanqiao property-kangning property-lanyu property-chengyue property-mozhu property-yizhan housing-qilu housing-wangyu order-qilu order-wangyu ${ofDistrict}`;

describe('GET /api/desk/me', () => {
  it.each([
    {
      staff: { username: 'h', role: 'handler', departments: 'property-kangning police', areas: '' },
      inboxes: 'property-kangning police',
    },
    {
      staff: { username: 'h2', role: 'handler', departments: 'police property-kangning', areas: 'qilu' },
      inboxes: 'property-kangning police',
    },
    {
      staff: { username: 'g', role: 'grid-worker', departments: 'grid-liuan', areas: 'liuan' },
      inboxes: `grid-yunting grid-qilu grid-liuan mediation-liuan property-kangning property-lanyu housing-qilu order-qilu ${ofDistrict}`,
    },
    {
      staff: { username: 'm', role: 'manager', departments: 'grid-qilu', areas: 'qilu' },
      inboxes: `grid-yunting grid-qilu grid-liuan grid-puwan mediation-liuan mediation-puwan property-kangning property-lanyu housing-qilu order-qilu ${ofDistrict}`,
    },
    {
      staff: { username: 'm2', role: 'manager', departments: 'gone', areas: 'nowhere tinglan-court' },
      inboxes: `grid-yunting grid-qilu grid-liuan mediation-liuan property-kangning housing-qilu order-qilu ${ofDistrict}`,
    },
    { staff: { username: 'a', role: 'admin', departments: '', areas: '' }, inboxes: all },
    { staff: { username: 'a2', role: 'admin', departments: 'water', areas: 'yunting' }, inboxes: all },
  ])('of $staff.username, a $staff.role', async ({ staff, inboxes }) => {
    const { status, body } = await api.call('GET /api/desk/me', { staff });
    expect([status, body]).toEqual([
      200,
      {
        username: staff.username,
        role: staff.role,
        departments: named(staff.departments),
        areas: named(staff.areas),
        inboxes: named(inboxes),
        replyTemplates,
      },
    ]);
  });

  it('without any role', async () => {
    const { status, body } = await api.call('GET /api/desk/me');
    expect([status, body['code']]).toEqual([401, 'sign-in-required']);
  });
});

const inbox = (query: Record<string, string>) => api.call('GET /api/desk/reports', { staff: admin, query });
const lists: Record<string, (cursor?: string) => Promise<Reply>> = {
  inbox: (cursor) => inbox({ department: 'property-kangning', view: 'open', ...(cursor && { cursor }) }),
  'inbox of what is overdue': (cursor) =>
    inbox({ department: 'property-kangning', view: 'overdue', ...(cursor && { cursor }) }),
  'inbox of what is done': (cursor) =>
    inbox({ department: 'property-kangning', view: 'done', ...(cursor && { cursor }) }),
  'inbox of another department': (cursor) =>
    inbox({ department: 'water', view: 'open', ...(cursor && { cursor }) }),
  area: (cursor) => inbox({ area: 'qilu', view: 'open', ...(cursor && { cursor }) }),
  'area, of what is done': (cursor) => inbox({ area: 'qilu', view: 'done', ...(cursor && { cursor }) }),
  search: (cursor) =>
    api.call('POST /api/desk/search', { staff: admin, body: { phone, ...(cursor && { cursor }) } }),
  'search for another number': (cursor) =>
    api.call('POST /api/desk/search', {
      staff: admin,
      body: { phone: '13700000000', ...(cursor && { cursor }) },
    }),
  alerts: (cursor) =>
    api.call('GET /api/desk/alerts', { staff: admin, ...(cursor && { query: { cursor } }) }),
};
const listOf = (name: string) => lists[name] ?? expect.fail(name);

/** A cursor is the base64url of a JSON text without spaces. The engine's order of fields is arbitrary. */
const inboxPlace = {
  inbox: 'property-kangning#open',
  inboxOrder: '2026-11-20T01:54:00.000Z#YT-261120-000034',
  number: 'YT-261120-000034',
};
const searchPlace = {
  contactHash: 'dA8D-ytWQeuCaYoyOEUq4V2ZUrgLZ0Ox_lGErq2-_A8',
  number: 'YT-261120-000012',
  submittedAt: '2026-11-20T01:02:00.000Z',
};
const cursors = {
  inbox:
    'eyJudW1iZXIiOiJZVC0yNjExMjAtMDAwMDM0IiwiaW5ib3hPcmRlciI6IjIwMjYtMTEtMjBUMDE6NTQ6MDAuMDAwWiNZVC0yNjExMjAtMDAwMDM0IiwiaW5ib3giOiJwcm9wZXJ0eS1rYW5nbmluZyNvcGVuIn0',
  area: 'eyJ2aWV3Ijoib3BlbiIsImF0IjoiMjAyNi0xMS0yMFQwMTo1NDowMC4wMDBaI1lULTI2MTEyMC0wMDAwMzQifQ',
  search:
    'eyJjb250YWN0SGFzaCI6ImRBOEQteXRXUWV1Q2FZb3lPRVVxNFYyWlVyZ0xaME94X2xHRXJxMi1fQTgiLCJzdWJtaXR0ZWRBdCI6IjIwMjYtMTEtMjBUMDE6MDI6MDAuMDAwWiIsIm51bWJlciI6IllULTI2MTEyMC0wMDAwMTIifQ',
  alerts: 'WzFd',
  'made up': 'abc',
  'a key too many':
    'eyJudW1iZXIiOiJZVC0yNjExMjAtMDAwMDM0IiwiaW5ib3hPcmRlciI6IjIiLCJpbmJveCI6InByb3BlcnR5LWthbmduaW5nI29wZW4iLCJ4IjoieSJ9',
};

describe('a cursor', () => {
  it.each([
    ['inbox', inboxPlace],
    ['search', searchPlace],
  ])('of the %s is the place of its last report', async (list, place) => {
    const { body } = await listOf(list)();
    const cursor = String(body['cursor']);
    const text = Buffer.from(cursor, 'base64url').toString();
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(JSON.parse(text)).toEqual(place);
    expect(text).toHaveLength(JSON.stringify(place).length);
  });

  it.each(['area', 'alerts'] as const)('of the %s has exactly this form', async (list) => {
    expect((await listOf(list)()).body['cursor']).toBe(cursors[list]);
  });

  // What is listed after it, or where the next page begins.
  it.each([
    { list: 'inbox', of: 'inbox', next: ['YT-261120-000035', 'YT-261120-000036'] },
    // `overdue` is a part of `open`, and accepts its cursor.
    { list: 'inbox of what is overdue', of: 'inbox', next: [] },
    { list: 'area', of: 'area', next: ['YT-261120-000035', 'YT-261120-000036'] },
    { list: 'search', of: 'search', next: ['YT-261120-000011', 'YT-261120-000010'] },
    { list: 'alerts', of: 'alerts', next: [] },
  ] as const)('of the $of goes on with the $list', async ({ list, of, next }) => {
    const { status, body } = await listOf(list)(cursors[of]);
    expect([status, (body['items'] as { number: string }[]).map(({ number }) => number)]).toEqual([
      200,
      next,
    ]);
    expect(body['cursor']).toBe(of === 'alerts' ? 'WzJd' : undefined);
  });

  it('of another list, or invented, is refused', async () => {
    const taken = [
      'inbox<inbox',
      'inbox of what is overdue<inbox',
      'area<area',
      'search<search',
      'alerts<alerts',
    ];
    let asked = 0;
    for (const [list, read] of Object.entries(lists)) {
      for (const [of, cursor] of Object.entries(cursors)) {
        if (taken.includes(`${list}<${of}`)) continue;
        const { status, body } = await read(cursor);
        expect([status, body['code']], `${list} with a cursor of ${of}`).toEqual([400, 'invalid-cursor']);
        asked += 1;
      }
    }
    expect(asked).toBe(49);
  });

  const place = z.union([z.tuple([z.number()]), z.tuple([z.number(), z.string()])]);
  it.each([
    [[1], 'WzFd'],
    [[0, 'x'], 'WzAsIngiXQ'],
    [[12, '汀?>'], 'WzEyLCLmsYA_PiJd'],
  ])('of a walk through several lists: %j', (value, text) => {
    expect(writePlace(value)).toBe(text);
    expect(readPlace(text, place)).toEqual(value);
  });

  it.each(['', 'abc', 'WyJ4Il0', 'e30', 'WzEsMl0'])(
    'of such a walk that nobody wrote is refused: "%s"',
    (text) => {
      expect(() => readPlace(text, place)).toThrow(expect.objectContaining({ code: 'invalid-cursor' }));
    },
  );
});

describe('the claims trigger', () => {
  it.each([
    [{ 'custom:departments': 'water gas', 'custom:areas': 'qilu', sub: '1' }, 'water gas', 'qilu'],
    [{ 'custom:areas': 'qilu wangyu' }, '', 'qilu wangyu'],
    [{ 'custom:departments': 'water' }, 'water', ''],
    [{}, '', ''],
  ])('puts %j into the access token', async (userAttributes, departments, areas) => {
    const event = { version: '2', userName: 'x', request: { userAttributes }, response: {} };
    const answer = await addClaims(structuredClone(event) as unknown as PreTokenGenerationV2TriggerEvent);
    expect(answer).toEqual({
      ...event,
      response: {
        claimsAndScopeOverrideDetails: {
          accessTokenGeneration: { claimsToAddOrOverride: { departments, areas } },
        },
      },
    });
  });
});

describe('the claims of a member of staff', () => {
  const read = (claims: unknown) =>
    staffOf({ requestContext: { authorizer: { jwt: { claims } } } } as unknown as APIGatewayProxyEventV2);
  const lists = { departments: 'water  gas ', areas: 'qilu' };

  it.each([
    ['[handler]', 'handler'],
    ['handler', 'handler'],
    [['manager'], 'manager'],
    ['[grid-worker handler]', 'handler'],
    ['[manager handler]', 'manager'],
    ['[handler, admin]', 'admin'],
    ['[admin grid-worker]', 'admin'],
    [['other', 'grid-worker'], 'grid-worker'],
    ['[other manager]', 'manager'],
  ])('with the groups %j are of the role %s', (groups, role) => {
    expect(read({ username: 'zhang', 'cognito:groups': groups, ...lists, sub: 'x' })).toEqual({
      kind: 'staff',
      username: 'zhang',
      role,
      departments: ['water', 'gas'],
      areas: ['qilu'],
    });
  });

  it('may be without departments and areas', () => {
    expect(read({ username: 'zhang', 'cognito:groups': '[admin]' })).toMatchObject({
      departments: [],
      areas: [],
    });
  });

  it.each([
    ['no groups', { username: 'zhang' }, 'not-permitted'],
    ['empty groups', { username: 'zhang', 'cognito:groups': '[]' }, 'not-permitted'],
    [
      'a group of another name',
      { username: 'zhang', 'cognito:groups': '[Admin administrators]' },
      'not-permitted',
    ],
    ['groups of no kind', { username: 'zhang', 'cognito:groups': 7 }, 'sign-in-required'],
    ['no name', { 'cognito:groups': '[admin]' }, 'sign-in-required'],
    ['an empty name', { username: '', 'cognito:groups': '[admin]' }, 'sign-in-required'],
    [
      'departments that are no text',
      { username: 'zhang', 'cognito:groups': '[admin]', departments: ['water'] },
      'sign-in-required',
    ],
    [
      'areas that are no text',
      { username: 'zhang', 'cognito:groups': '[admin]', areas: 7 },
      'sign-in-required',
    ],
    ['nothing', undefined, 'sign-in-required'],
  ])('are refused with %s', (_what, claims, code) => {
    expect(() => read(claims)).toThrow(expect.objectContaining({ code }));
  });

  it('are refused without an authorizer', () => {
    expect(() => staffOf({ requestContext: {} } as unknown as APIGatewayProxyEventV2)).toThrow(
      expect.objectContaining({ code: 'sign-in-required' }),
    );
  });
});
