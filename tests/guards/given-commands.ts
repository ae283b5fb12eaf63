import { admin, leak, resident, Story, submit, system } from '../support/reports.ts';
import type { Actor, Command, ReportEvent } from './subject.ts';

/** Histories that the tables of this folder begin with. Every event happens in the first 30 minutes. */
export type Situation =
  | 'submitted'
  | 'triage'
  | 'assigned'
  | 'in-progress'
  | 'suspended'
  | 'extension'
  | 'supported'
  | 'photo-ready'
  | 'blur-asked'
  | 'resolved'
  | 'closed'
  | 'unhappy'
  | 'warned'
  | 'part'
  | 'part-resolved';

export const clerk = system('test');

/** A supporting part of a report, with the department that does it. */
export const openPart: Command = {
  type: 'open-support',
  number: 'YT-261120-000017-1',
  parent: { number: 'YT-261120-000017', request: '请协助关阀' },
  department: 'water',
  description: submit.description,
  location: submit.location,
  category: 'building.leak',
  priority: 'urgent',
  locale: 'zh',
};

type Step = [minutes: number, actor: Actor, command: Command];

const classified: Step = [0, clerk, leak];
const steps: Record<Situation, Step[]> = {
  submitted: [[0, resident, submit]],
  triage: [
    [0, resident, submit],
    [0, clerk, { ...leak, confidence: 0.3 }],
  ],
  assigned: [[0, resident, submit], classified],
  'in-progress': [[0, resident, submit], classified, [3, admin, { type: 'start' }]],
  suspended: [
    [0, resident, submit],
    classified,
    [3, admin, { type: 'suspend', waitingFor: 'resident', text: '请补充楼层' }],
  ],
  extension: [[0, resident, submit], classified, [4, admin, { type: 'extend', amount: 2, reason: '等配件' }]],
  supported: [
    [0, resident, submit],
    classified,
    [4, admin, { type: 'support', departments: ['water'], request: '请协助关阀' }],
  ],
  'photo-ready': [
    [0, resident, submit],
    classified,
    [2, clerk, { type: 'record-photos', photos: [{ id: 'p1', status: 'ready', width: 16, height: 12 }] }],
  ],
  'blur-asked': [
    [0, resident, submit],
    classified,
    [2, clerk, { type: 'record-photos', photos: [{ id: 'p1', status: 'ready', width: 16, height: 12 }] }],
    [3, admin, { type: 'blur-photo', photo: 'p1', regions: [{ x: 0.25, y: 0.1, width: 0.2, height: 0.3 }] }],
  ],
  resolved: [[0, resident, submit], classified, [5, admin, { type: 'resolve', text: '已修好', photos: [] }]],
  closed: [
    [0, resident, submit],
    classified,
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [6, admin, { type: 'close' }],
  ],
  unhappy: [
    [0, resident, submit],
    classified,
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [6, resident, { type: 'rate', score: 1 }],
  ],
  warned: [[0, resident, submit], classified, [25, clerk, { type: 'fire-timers' }]],
  part: [[0, clerk, openPart]],
  'part-resolved': [
    [0, clerk, openPart],
    [5, admin, { type: 'resolve', text: '已关阀', photos: [] }],
  ],
};

export function history(situation: Situation): ReportEvent[] {
  return storyOf(situation).events;
}

export function storyOf(situation: Situation): Story {
  const story = new Story();
  for (const [minutes, actor, command] of steps[situation]) {
    const refusal = story.give(command, actor, minutes);
    if (refusal) throw new Error(`${situation}: ${command.type} is refused: ${refusal.kind}`);
  }
  return story;
}

/** One way to give a command: who gives it, and in which situation it is allowed. */
export type Asked = { actor: Actor; situation: Situation; command: Command };

/** Every command, by everyone who may give it. */
export const asked = {
  'submit by resident': { actor: resident, situation: 'assigned', command: submit },
  'open-support by system': { actor: clerk, situation: 'part', command: openPart },
  'note by resident': {
    actor: resident,
    situation: 'assigned',
    command: { type: 'note', text: '还在漏', photos: [], audience: 'everyone' },
  },
  'note by resident, the answer waited for': {
    actor: resident,
    situation: 'suspended',
    command: { type: 'note', text: '三楼', photos: [], audience: 'everyone' },
  },
  'note by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'note', text: '已联系', photos: [], audience: 'staff' },
  },
  'withdraw by resident': { actor: resident, situation: 'assigned', command: { type: 'withdraw' } },
  'rate by resident': { actor: resident, situation: 'resolved', command: { type: 'rate', score: 5 } },
  'reopen by resident': {
    actor: resident,
    situation: 'resolved',
    command: { type: 'reopen', reason: '还在漏' },
  },
  'reopen by staff': { actor: admin, situation: 'closed', command: { type: 'reopen', reason: '还在漏' } },
  'renew-link by resident': { actor: resident, situation: 'assigned', command: { type: 'renew-link' } },
  'erase by resident': { actor: resident, situation: 'assigned', command: { type: 'erase' } },
  'erase by staff': { actor: admin, situation: 'closed', command: { type: 'erase' } },
  'erase by system': { actor: clerk, situation: 'assigned', command: { type: 'erase' } },
  'acknowledge by staff': { actor: admin, situation: 'assigned', command: { type: 'acknowledge' } },
  'start by staff': { actor: admin, situation: 'assigned', command: { type: 'start' } },
  'return by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'return', reason: '不归我们管' },
  },
  'transfer by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'transfer', department: 'water', reason: '归供水' },
  },
  'resolve by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'resolve', text: '已修好', photos: [] },
  },
  'classify by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'classify', category: 'building.lighting' },
  },
  'classify by system': { actor: clerk, situation: 'submitted', command: leak },
  'assign by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'assign', department: 'water' },
  },
  'reject by staff': { actor: admin, situation: 'assigned', command: { type: 'reject', reason: '不在本区' } },
  'merge by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'merge', into: 'YT-261120-00002E' },
  },
  'merge by system': {
    actor: clerk,
    situation: 'assigned',
    command: { type: 'merge', into: 'YT-261120-00002E' },
  },
  'reveal by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'reveal', reason: '上门前联系' },
  },
  'reveal by system': {
    actor: clerk,
    situation: 'assigned',
    command: { type: 'reveal', reason: '发送短信' },
  },
  'revoke-link by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'revoke-link', reason: '链接外传' },
  },
  'supervise by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'supervise', text: '请今天内办结' },
  },
  'take-alert by staff': { actor: admin, situation: 'warned', command: { type: 'take-alert' } },
  'suspend by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'suspend', waitingFor: 'other', text: '等配件' },
  },
  'resume by staff': { actor: admin, situation: 'suspended', command: { type: 'resume' } },
  'extend by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'extend', amount: 2, reason: '等配件' },
  },
  'grant by staff': { actor: admin, situation: 'extension', command: { type: 'grant' } },
  'decline by staff': {
    actor: admin,
    situation: 'extension',
    command: { type: 'decline', reason: '不需要' },
  },
  'prioritise by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'prioritise', priority: 'normal', reason: '不急' },
  },
  'apply-policy by staff': { actor: admin, situation: 'assigned', command: { type: 'apply-policy' } },
  'support by staff': {
    actor: admin,
    situation: 'assigned',
    command: { type: 'support', departments: ['water'], request: '请协助关阀' },
  },
  'close by staff': { actor: admin, situation: 'resolved', command: { type: 'close' } },
  'follow-up by staff': {
    actor: admin,
    situation: 'unhappy',
    command: { type: 'follow-up', outcome: 'satisfied', text: '已满意' },
  },
  'follow-up by staff, to be done again': {
    actor: admin,
    situation: 'unhappy',
    command: { type: 'follow-up', outcome: 'reopen', text: '还在漏' },
  },
  'blur-photo by staff': {
    actor: admin,
    situation: 'photo-ready',
    command: { type: 'blur-photo', photo: 'p1', regions: [{ x: 0.5, y: 0.5, width: 0.1, height: 0.1 }] },
  },
  'record-photos by system': {
    actor: clerk,
    situation: 'assigned',
    command: { type: 'record-photos', photos: [{ id: 'p1', status: 'ready', width: 16, height: 12 }] },
  },
  'record-photos by system, of a blurred photo': {
    actor: clerk,
    situation: 'blur-asked',
    command: { type: 'record-photos', photos: [{ id: 'p1', status: 'ready', blurred: 5 }] },
  },
  'join by system': {
    actor: clerk,
    situation: 'assigned',
    command: { type: 'join', number: 'YT-261120-00002E', followers: [] },
  },
  'record-support by system': {
    actor: clerk,
    situation: 'supported',
    command: {
      type: 'record-support',
      part: 'YT-261120-000017-1',
      partVersion: 3,
      department: 'water',
      state: 'acknowledged',
      text: '',
    },
  },
  'end-support by system': {
    actor: clerk,
    situation: 'part',
    command: { type: 'end-support', reason: '不需要了' },
  },
  'fire-timers by system': { actor: clerk, situation: 'warned', command: { type: 'fire-timers' } },
} as const satisfies Record<string, Asked>;
export type AskedName = keyof typeof asked;

/** Every command of the product, by hand; a new one does not compile without its line. */
export const commandTypes = {
  submit: ['submit by resident'],
  'open-support': ['open-support by system'],
  note: ['note by resident', 'note by resident, the answer waited for', 'note by staff'],
  withdraw: ['withdraw by resident'],
  rate: ['rate by resident'],
  reopen: ['reopen by resident', 'reopen by staff'],
  'renew-link': ['renew-link by resident'],
  erase: ['erase by resident', 'erase by staff', 'erase by system'],
  acknowledge: ['acknowledge by staff'],
  start: ['start by staff'],
  return: ['return by staff'],
  transfer: ['transfer by staff'],
  resolve: ['resolve by staff'],
  classify: ['classify by staff', 'classify by system'],
  assign: ['assign by staff'],
  reject: ['reject by staff'],
  merge: ['merge by staff', 'merge by system'],
  reveal: ['reveal by staff', 'reveal by system'],
  'revoke-link': ['revoke-link by staff'],
  supervise: ['supervise by staff'],
  'take-alert': ['take-alert by staff'],
  suspend: ['suspend by staff'],
  resume: ['resume by staff'],
  extend: ['extend by staff'],
  grant: ['grant by staff'],
  decline: ['decline by staff'],
  prioritise: ['prioritise by staff'],
  'apply-policy': ['apply-policy by staff'],
  support: ['support by staff'],
  close: ['close by staff'],
  'follow-up': ['follow-up by staff', 'follow-up by staff, to be done again'],
  'blur-photo': ['blur-photo by staff'],
  'record-photos': ['record-photos by system', 'record-photos by system, of a blurred photo'],
  join: ['join by system'],
  'record-support': ['record-support by system'],
  'end-support': ['end-support by system'],
  'fire-timers': ['fire-timers by system'],
} as const satisfies Record<Command['type'], readonly AskedName[]>;
