import { admin, after, leak, resident, Story, submit, system } from '../support/reports.ts';
import type { Actor, Command } from './subject.ts';

/** When the offers are asked for. */
export const asked = after(10);
export const other = 'YT-261120-00002E';
const note = { photos: [], audience: 'everyone' } as const;

/** A leak with a photo that is ready. */
export function submitted(status: 'ready' | 'unreadable' = 'ready'): Story {
  const story = new Story();
  story.give(submit, resident, 0);
  const photos = [{ id: 'p1', status }];
  story.give({ type: 'record-photos', photos }, system('photos'), 0);
  return story;
}

/** Held by property-kangning; police is asked to support it. */
export function assigned(): Story {
  const story = submitted();
  story.give(leak, system('classify'), 0);
  story.give({ type: 'support', departments: ['police'], request: '请到场' }, admin, 1);
  return story;
}

/** The story, and then these commands, one a minute from the second on. */
export function continued(story: Story, ...commands: [Command, Actor][]): Story {
  commands.forEach(([command, actor], index) => {
    const refusal = story.give(command, actor, 2 + index);
    if (refusal) throw new Error(`${command.type}: ${JSON.stringify(refusal)}`);
  });
  return story;
}

export const resolve: [Command, Actor] = [
  { type: 'resolve', text: '已修好', photos: [], override: '不再等待' },
  admin,
];
export const close: [Command, Actor] = [{ type: 'close', reason: '已核实' }, admin];
export const erase: [Command, Actor] = [{ type: 'erase' }, resident];
export const withdraw: [Command, Actor] = [{ type: 'withdraw' }, resident];
export const rate = (score: number): [Command, Actor] => [{ type: 'rate', score }, resident];
export const extend: [Command, Actor] = [{ type: 'extend', amount: 1, reason: '等待配件' }, admin];
export const suspend: [Command, Actor] = [{ type: 'suspend', waitingFor: 'other', text: '等待配件' }, admin];
export const acknowledge: [Command, Actor] = [{ type: 'acknowledge' }, admin];
export const start: [Command, Actor] = [{ type: 'start' }, admin];

/** A story in each of the ten states. */
export const stateStories: Record<string, () => Story> = {
  submitted: () => submitted(),
  triage: () => continued(assigned(), [{ type: 'return', reason: '不属我部门' }, admin]),
  assigned,
  'in-progress': () => continued(assigned(), start),
  suspended: () => continued(assigned(), suspend),
  resolved: () => continued(assigned(), resolve),
  closed: () => continued(assigned(), resolve, close),
  rejected: () => continued(assigned(), [{ type: 'reject', reason: '不在范围' }, admin]),
  merged: () => continued(assigned(), [{ type: 'merge', into: other }, admin]),
  withdrawn: () => continued(assigned(), withdraw),
};

/** A supporting department's part of the report, held by the police. */
export function part(): Story {
  const story = new Story();
  story.give(
    {
      type: 'open-support',
      number: `${submit.number}-1`,
      parent: { number: submit.number, request: '请到场' },
      department: 'police',
      description: submit.description,
      location: submit.location,
      category: 'building.leak',
      priority: 'urgent',
      locale: 'zh',
    },
    system('joint'),
    1,
  );
  return story;
}

/** Every command that a member of staff gives, filled in. */
export const staffCommand: Record<string, Command> = {
  acknowledge: { type: 'acknowledge' },
  start: { type: 'start' },
  return: { type: 'return', reason: '不属我部门' },
  transfer: { type: 'transfer', department: 'water', reason: '主管网' },
  resolve: { type: 'resolve', text: '已换新管', photos: [], override: '不再等待' },
  classify: { type: 'classify', category: 'building.drain' },
  assign: { type: 'assign', department: 'water' },
  reject: { type: 'reject', reason: '不在范围' },
  merge: { type: 'merge', into: 'YT-261120-00003Z' },
  note: { type: 'note', text: '已联系', ...note },
  reveal: { type: 'reveal', reason: '上门联系' },
  'revoke-link': { type: 'revoke-link', reason: '链接泄露' },
  supervise: { type: 'supervise', text: '请今天办结' },
  'take-alert': { type: 'take-alert' },
  suspend: { type: 'suspend', waitingFor: 'other', text: '等候住户' },
  resume: { type: 'resume' },
  extend: { type: 'extend', amount: 1, reason: '等待天晴' },
  grant: { type: 'grant' },
  decline: { type: 'decline', reason: '仓库有货' },
  prioritise: { type: 'prioritise', priority: 'high', reason: '有老人' },
  support: { type: 'support', departments: ['fire'], request: '请协助' },
  reopen: { type: 'reopen', reason: '仍在漏水' },
  close: { type: 'close', reason: '已核实' },
  'follow-up': { type: 'follow-up', outcome: 'satisfied', text: '已致电' },
  'apply-policy': { type: 'apply-policy' },
  'blur-photo': { type: 'blur-photo', photo: 'p1', regions: [{ x: 0, y: 0, width: 0.5, height: 0.5 }] },
  erase: { type: 'erase' },
};

/** Every command that a resident gives, filled in. */
export const residentCommand: Record<string, Command> = {
  note: { type: 'note', text: '补充', ...note },
  withdraw: { type: 'withdraw' },
  rate: { type: 'rate', score: 4 },
  reopen: { type: 'reopen', reason: '仍在漏水' },
  'renew-link': { type: 'renew-link' },
  erase: { type: 'erase' },
};
