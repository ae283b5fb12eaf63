import { admin, leak, resident, submit, system } from '../support/reports.ts';
import { now, openSupport, other, part } from './situations.ts';
import type { Actor, Command } from './subject.ts';

/** One command, who gives it, and when. */
export type Order = { name: string; command: Command; actor: Actor; minutes: number };

/** The fields of each form that a command has. */
type Fields<C> = C extends { type: string } ? Omit<C, 'type'> : never;
type Row<T extends Command['type']> = readonly [
  variant: string,
  fields: Fields<Extract<Command, { type: T }>>,
  actor?: Actor,
  minutes?: number,
];

const joint = system('joint');
const support = { departments: ['fire'], request: '请到场' };
const { type: _submit, ...submitFields } = submit;
const { type: _open, ...openFields } = openSupport;
const { type: _leak, ...leakFields } = leak;
const photo = (id: string) => ({ id, contentType: 'image/jpeg', size: 1000 });
const region = { x: 0.5, y: 0.5, width: 0.2, height: 0.2 };
const news = { part, partVersion: 9, department: 'power', text: '配电箱已复位' };
const clock = {
  startedAt: '2026-11-20T00:00:00.000Z',
  target: { amount: 2, unit: 'hour' },
  calendar: 'weekdays',
  warnAt: '2026-11-20T01:30:00.000Z',
  dueAt: '2026-11-20T02:00:00.000Z',
  warnedAt: '2026-11-20T01:20:00.000Z',
} as const;
const day = 1440;

/**
 * Every command, by hand. Staff commands are given by an administrator, who may do all of them; `(resident)` and
 * `(system)` are given by those.
 */
const rows: { [T in Command['type']]: readonly Row<T>[] } = {
  submit: [
    ['', submitFields, resident],
    ['with an unknown category', { ...submitFields, category: 'gone.category' }, resident],
  ],
  'open-support': [
    ['', openFields, joint],
    ['for an unknown department', { ...openFields, department: 'gone' }, joint],
    ['by a resident', openFields, resident],
  ],
  acknowledge: [
    ['', {}],
    ['by a resident', {}, resident],
    ['by the system', {}, system('test')],
  ],
  start: [['', {}]],
  return: [['', { reason: '不归我们管' }]],
  transfer: [
    ['to another', { department: 'water', reason: '市政管道' }],
    ['to the one that has it', { department: 'property-kangning', reason: '市政管道' }],
    ['to an unknown one', { department: 'gone', reason: '市政管道' }],
  ],
  suspend: [
    ['for the resident', { waitingFor: 'resident', text: '请补充楼层' }],
    ['for something else', { waitingFor: 'other', text: '等配件到货' }],
  ],
  resume: [['', {}]],
  extend: [
    ['by one', { amount: 1, reason: '配件要等厂家' }],
    ['by too much', { amount: 100, reason: '配件要等厂家' }],
    ['as was asked before', { amount: 1, reason: '配件要等' }],
  ],
  grant: [['', {}]],
  decline: [['', { reason: '可先装临时管' }]],
  prioritise: [
    ['high', { priority: 'high', reason: '有老人摔倒' }],
    ['normal', { priority: 'normal', reason: '已断水' }],
  ],
  'apply-policy': [['', {}]],
  support: [
    ['of a new department', support],
    ['of one that is asked and one that is not', { ...support, departments: ['fire', 'power', 'fire'] }],
    ['of one that is asked', { ...support, departments: ['power'] }],
    ['of an unknown one', { ...support, departments: ['gone'] }],
  ],
  resolve: [
    ['', { text: '已换阀门', photos: [photo('r1'), photo('p1')] }],
    ['without waiting', { text: '已换阀门', photos: [], override: '不必再等' }],
    ['with the words of before', { text: '已更换水管', photos: [] }],
  ],
  classify: [
    ['(system) sure', leakFields, system('classify')],
    ['(system) unsure', { ...leakFields, confidence: 0.59 }, system('classify')],
    ['(system) just sure enough', { ...leakFields, confidence: 0.6 }, system('classify')],
    [
      '(system) by the resident',
      { ...leakFields, category: 'utility.water', by: 'resident', confidence: 1 },
      system('classify'),
    ],
    ['the same', { category: 'building.leak' }],
    ['another', { category: 'utility.water' }],
    ['an unknown one', { category: 'gone.category' }],
  ],
  assign: [
    ['to the one that has it', { department: 'property-kangning' }],
    [
      'to the same, with another category',
      { department: 'property-kangning', category: 'building.lighting' },
    ],
    ['to the same, with support', { department: 'property-kangning', support }],
    ['to another', { department: 'water' }],
    ['to another, with category and support', { department: 'water', category: 'utility.water', support }],
    ['to an unknown one', { department: 'gone' }],
    [
      'with support of an unknown one',
      { department: 'water', support: { ...support, departments: ['gone'] } },
    ],
    ['with an unknown category', { department: 'water', category: 'gone.category' }],
  ],
  reject: [['', { reason: '重复上报' }]],
  merge: [
    ['into another', { into: 'YT-261120-00004G' }],
    ['into the one of before', { into: other }],
    ['into itself', { into: submit.number }],
    ['(system)', { into: 'YT-261120-00004G' }, system('merge')],
  ],
  note: [
    ['for everyone', { text: '师傅已在路上', photos: [photo('n1'), photo('p1')], audience: 'everyone' }],
    ['for staff', { text: '住户情绪激动', photos: [], audience: 'staff' }],
    ['(resident) for everyone', { text: '在三楼', photos: [photo('n1')], audience: 'everyone' }, resident],
    ['(resident) for staff', { text: '在三楼', photos: [], audience: 'staff' }, resident],
  ],
  reveal: [
    ['', { reason: '上门前联系' }],
    ['(system)', { reason: '转接电话' }, system('call')],
    ['by a resident', { reason: '看一看' }, resident],
  ],
  'revoke-link': [['', { reason: '链接被发到了群里' }]],
  'blur-photo': [
    ['', { photo: 'p1', regions: [region] }],
    ['of an unknown photo', { photo: 'p9', regions: [region] }],
    ['as before', { photo: 'p1', regions: [{ x: 0.25, y: 0.1, width: 0.2, height: 0.3 }] }],
  ],
  erase: [
    ['', {}],
    ['(resident)', {}, resident],
    ['(system)', {}, joint],
  ],
  supervise: [['', { text: '请今天内办结' }]],
  'take-alert': [['', {}]],
  'renew-link': [
    ['(resident)', {}, resident],
    ['by staff', {}],
  ],
  withdraw: [
    ['(resident)', {}, resident],
    ['(resident) with a reason', { reason: '已自行解决' }, resident],
    ['by staff', {}],
  ],
  rate: [
    ['(resident) low', { score: 2 }, resident],
    ['(resident) high', { score: 3, comment: '谢谢' }, resident],
    ['(resident) as before', { score: 1, comment: '还有点渗' }, resident],
    ['(resident) two days later', { score: 4 }, resident, 2 * day + now],
    ['by staff', { score: 5 }],
  ],
  reopen: [
    ['', { reason: '群众来电' }],
    ['(resident)', { reason: '还在漏' }, resident],
  ],
  close: [
    ['', {}],
    ['with a reason', { reason: '电话确认' }],
  ],
  'follow-up': [
    ['satisfied', { outcome: 'satisfied', text: '说修好了' }],
    ['unreachable', { outcome: 'unreachable', text: '三次无人接听' }],
    ['reopen', { outcome: 'reopen', text: '灯仍不稳' }],
  ],
  'record-photos': [
    ['(system)', { photos: [{ id: 'p1', status: 'ready', width: 800, height: 600 }] }, system('photos')],
    ['(system) unreadable', { photos: [{ id: 'p1', status: 'unreadable' }] }, system('photos')],
    ['(system) blurred', { photos: [{ id: 'p1', status: 'ready', blurred: 7 }] }, system('photos')],
    ['(system) unknown', { photos: [{ id: 'p9', status: 'ready' }] }, system('photos')],
  ],
  join: [
    ['(system)', { number: 'YT-261120-00004G', followers: [] }, system('merge')],
    [
      '(system) with followers and an earlier promise',
      { number: 'YT-261120-00004G', followers: [other, 'YT-261120-00005H'], clock },
      system('merge'),
    ],
    [
      '(system) with a later promise',
      {
        number: 'YT-261120-00004G',
        followers: [],
        clock: { ...clock, startedAt: '2026-11-20T05:00:00.000Z' },
      },
      system('merge'),
    ],
    ['(system) as before', { number: other, followers: [] }, system('merge')],
    ['(system) itself', { number: submit.number, followers: [] }, system('merge')],
  ],
  'record-support': [
    ['(system) asked', { ...news, state: 'asked' }, joint],
    ['(system) acknowledged', { ...news, state: 'acknowledged' }, joint],
    ['(system) resolved', { ...news, state: 'resolved' }, joint],
    ['(system) ended', { ...news, state: 'ended' }, joint],
    ['(system) resolved by another', { ...news, department: 'water', state: 'resolved' }, joint],
    ['(system) ended by another', { ...news, department: 'water', state: 'ended' }, joint],
    ['(system) of a part that nobody has heard of', { ...news, part: 'x-9', state: 'resolved' }, joint],
    [
      '(system) of the one that has not answered',
      { ...news, part: `${submit.number}-2`, department: 'grid-liuan', state: 'resolved' },
      joint,
    ],
  ],
  'end-support': [['(system)', { reason: '不必再等' }, joint]],
  'fire-timers': [
    ['(system) now', {}, system('sweep')],
    ['(system) three hours later', {}, system('sweep'), 180 + now],
    ['(system) ten days later', {}, system('sweep'), 10 * day + now],
    ['(system) four years later', {}, system('sweep'), 4 * 365 * day + now],
  ],
};

export const orders: Order[] = Object.entries(rows).flatMap(([type, variants]) =>
  variants.map(([variant, fields, actor = admin, minutes = now]) => ({
    name: variant === '' ? type : `${type} ${variant}`,
    command: { ...fields, type } as Command,
    actor,
    minutes,
  })),
);
