import { keyOf, storedEvents } from '../../shared/store/item.ts';
import { priorities } from '../../shared/config/city.ts';
import { fold, type Report } from '../support/report-domain.ts';
import type { ReportEvent } from '../../events/report.ts';
import type { Item } from './expressions.ts';
import type { ActionPlan, Plan, PoisonPlan, ReportPlan } from './plan.ts';
import type { World } from './world.ts';

type Filed = { number: string; token: string };
type Step = { by: 'resident' | 'staff'; body: { type: string } & Record<string, unknown> };
type Reply = { status: number; body: Record<string, unknown> };

/** A command that was answered as done. */
export type Done = { action: string; number: string; type: string };

const hour = 3_600_000;

/** Residents and staff, who follow the plan and retry when no answer comes. */
export class People {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #seed: number;
  /** The answers to submissions, by the report's id in the plan. */
  readonly filed = new Map<string, Filed>();
  /** Reports that got two different numbers. */
  readonly toldTwice: string[] = [];
  readonly done: Done[] = [];
  /** The number of answers by status. */
  readonly answers = new Map<number, number>();

  constructor(world: World, plan: Plan, seed: number) {
    this.#world = world;
    this.#plan = plan;
    this.#seed = seed;
  }

  begin(): void {
    for (const report of this.#plan.reports) {
      this.#world.agenda.at(report.at, () => {
        void this.#file(report);
      });
      for (const action of report.actions)
        this.#world.agenda.at(action.at, () => {
          void this.#act(report, action);
        });
    }
    for (const poison of this.#plan.poisons)
      this.#world.agenda.at(poison.at, () => {
        this.#poison(poison);
      });
  }

  async #file(plan: ReportPlan): Promise<void> {
    const { chance, agenda } = this.#world;
    const joins = plan.joins === undefined ? undefined : this.filed.get(plan.joins)?.number;
    const body = JSON.stringify({ ...plan.body, ...(joins !== undefined && { joins }) });
    const tries = chance.yes(`${plan.id} gives up`, 0.1) ? 2 : 60;
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      const reply = await this.#send(
        'submit',
        plan.byStaff ? 'POST /api/desk/reports' : 'POST /api/reports',
        { body, key: this.#key(plan.id), staff: plan.byStaff },
        `${plan.id} try ${attempt}`,
      );
      if (reply?.status === 201) {
        const { number, trackingToken } = reply.body as { number: string; trackingToken: string };
        const earlier = this.filed.get(plan.id);
        if (earlier && earlier.number !== number) this.toldTwice.push(plan.id);
        this.filed.set(plan.id, { number, token: trackingToken });
        // A page left open retries what it believes unsent, maybe on another day.
        if (!chance.yes(`${plan.id} again ${attempt}`, 0.25)) return;
        await agenda.sleep(
          chance.pick(`${plan.id} later ${attempt}`, [100, 5000, 10 * hour, 30 * hour, 80 * hour]),
        );
        // A key is remembered for seven days.
        if (agenda.now > plan.at + 6 * 24 * hour) return;
      } else if (reply && reply.status < 500) return;
      else
        await agenda.sleep(chance.pick(`${plan.id} pause ${attempt}`, [100, 1000, 5000, 60_000, 1_200_000]));
    }
  }

  async #act(plan: ReportPlan, action: ActionPlan): Promise<void> {
    const { chance, agenda } = this.#world;
    const filed = this.filed.get(plan.id);
    if (!filed) return;
    const whole = this.#see(filed.number);
    if (!whole) return;
    // Staff of a supporting department work on its part.
    const parts = whole.support.map(({ number }) => number);
    const number = chance.pick(`${action.id} which`, [filed.number, ...parts, ...parts]);
    const seen = this.#see(number);
    const step = seen && this.#stepFor(seen, action.id);
    if (!step) return;
    await agenda.sleep(chance.pick(`${action.id} thinks`, [0, 0, 0, 50, 3000, 90_000]));
    const isStaff = step.by === 'staff';
    const body = JSON.stringify({ ...step.body, ...(isStaff && { version: seen.version }) });
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const reply = await this.#send(
        isStaff ? 'desk' : 'resident-command',
        isStaff ? 'POST /api/desk/reports/{number}/commands' : 'POST /api/reports/{number}/commands',
        { body, number, key: this.#key(action.id), staff: isStaff, token: filed.token },
        `${action.id} ${step.body.type} ${number} try ${attempt}`,
      );
      if (reply?.status === 200) this.done.push({ action: action.id, number, type: step.body.type });
      if (reply && reply.status < 500) return;
      await agenda.sleep(chance.pick(`${action.id} pause ${attempt}`, [200, 2000, 30_000]));
    }
  }

  /** Sends a request and waits for its answer as long as a person would; undefined when none came. */
  async #send(
    name: string,
    routeKey: string,
    request: { body: string; key: string; staff: boolean; number?: string; token?: string },
    about: string,
  ): Promise<Reply | undefined> {
    const { agenda, chance, faults } = this.#world;
    const event = {
      version: '2.0',
      routeKey,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': request.key,
        ...(request.token !== undefined && { authorization: `Bearer ${request.token}` }),
      },
      ...(request.number !== undefined && { pathParameters: { number: request.number } }),
      requestContext: request.staff
        ? {
            authorizer: {
              jwt: {
                claims: { username: 'admin', 'cognito:groups': '[admin]', departments: '', areas: 'yunting' },
              },
            },
          }
        : {},
      body: request.body,
      isBase64Encoded: false,
    };
    this.#world.note(`${about}: ${request.body}`);
    const patience = chance.pick(`${about} patience`, [1500, 5000, 30_000]);
    const reply = await Promise.race([
      this.#world.http(name, event as never, about),
      agenda.sleep(patience).then(() => undefined),
    ]);
    const heard = reply && !faults.strikes('reply-lost', about) ? reply : undefined;
    this.#world.note(`${about}: ${heard ? [heard.status, heard.body['code']].join(' ') : 'no answer'}`);
    this.answers.set(heard?.status ?? 0, (this.answers.get(heard?.status ?? 0) ?? 0) + 1);
    return heard;
  }

  #key(id: string): string {
    return `seed-${this.#seed}-${id.replace('.', '-')}-idempotency-key`;
  }

  /** A report as its page showed it a moment ago. */
  #see(number: string): Report | undefined {
    const item = this.#world.database.item('reports', keyOf(number));
    return item && fold(eventsOf(item));
  }

  /** The next step of a person for the report's state. */
  #stepFor(report: Report, id: string): Step | undefined {
    const { chance, city } = this.#world;
    const text = `经办说明 ${id}.`;
    const reason = text;
    const staff = (type: string, fields: object = {}): Step => ({ by: 'staff', body: { type, ...fields } });
    const resident = (type: string, fields: object = {}): Step => ({
      by: 'resident',
      body: { type, ...fields },
    });
    const department = (what: string): string => chance.pick(`${id} ${what}`, city.departments).id;
    const others = (): Step[] => {
      const open = [...this.filed.values()].map(({ number }) => number).filter((n) => n !== report.number);
      return open.length === 0 ? [] : [staff('merge', { into: chance.pick(`${id} into`, open) })];
    };
    const sort = (): Step[] => [
      staff('assign', { department: department('assign') }),
      staff('assign', {
        department: department('assign'),
        support: { departments: [department('one'), department('two')], request: text },
      }),
      staff('classify', { category: chance.pick(`${id} category`, city.categories).code }),
      staff('reject', { reason }),
      staff('prioritise', { priority: chance.pick(`${id} priority`, priorities), reason }),
      ...others(),
    ];
    const handle = (): Step[] => [
      staff('suspend', { waitingFor: chance.pick(`${id} for`, ['resident', 'other']), text }),
      staff('extend', { amount: chance.integer(`${id} amount`, 1, 4), reason }),
      staff('support', { departments: [department('one'), department('two')], request: text }),
      staff('support', { departments: [department('one')], request: text }),
      staff('transfer', { department: department('transfer'), reason }),
      staff('return', { reason }),
      staff('resolve', { text }),
      staff('resolve', { text, override: `不再等待 ${id}.` }),
      staff('supervise', { text }),
      staff('note', { text, audience: chance.pick(`${id} audience`, ['everyone', 'staff']) }),
      staff('grant'),
      staff('decline', { reason }),
      staff('take-alert'),
      ...sort(),
    ];
    const ended = (): Step[] => [
      resident('rate', { score: chance.integer(`${id} score`, 1, 5) }),
      resident('rate', { score: chance.integer(`${id} score`, 1, 5), comment: text }),
      resident('reopen', { reason }),
      staff('follow-up', { outcome: chance.pick(`${id} outcome`, ['satisfied', 'reopen']), text }),
      staff('close', { reason }),
    ];
    const isWhole = report.parent === undefined;
    // Support is often cancelled before it begins.
    const hasAsked = report.support.some((part) => part.state === 'asked');
    const unneeded = [
      staff('reject', { reason }),
      staff('resolve', { text, override: `不再等待 ${id}.` }),
      resident('withdraw', { reason }),
    ].filter(() => hasAsked && isWhole && chance.yes(`${id} unneeded`, 0.7));
    const anytime = [resident('note', { text }), resident('withdraw', { reason })].filter(() => isWhole);
    const steps = ((): Step[] => {
      switch (report.state) {
        case 'submitted':
          return [...anytime, ...others()];
        case 'triage':
          return [...sort(), ...anytime];
        case 'assigned':
          return [
            staff('acknowledge'),
            staff('acknowledge'),
            staff('start'),
            staff('start'),
            ...handle(),
            ...anytime,
          ];
        case 'in-progress':
          return [staff('resolve', { text }), staff('resolve', { text }), ...handle(), ...anytime];
        case 'suspended':
          return [staff('resume'), staff('resume'), ...handle(), ...anytime, ...anytime];
        case 'resolved':
        case 'closed':
          return ended().filter(({ by }) => by === 'staff' || isWhole);
        case 'rejected':
        case 'merged':
        case 'withdrawn':
          return [];
      }
    })();
    const likely = report.endedAt === undefined && unneeded.length > 0 ? unneeded : steps;
    return likely.length === 0 ? undefined : chance.pick(`${id} step`, likely);
  }

  #poison({ id, queue, kind }: PoisonPlan): void {
    if (!this.#world.faults.strikes('poison', id)) return;
    const broken = { id: `${id}#1`, type: 'report-submitted.v1', number: id, sequence: 1 };
    const unknown = {
      ...broken,
      type: 'report-frobnicated.v9',
      occurredAt: this.#world.agenda.instant,
      actor: { kind: 'resident' },
      data: {},
    };
    const body = {
      'not-json': `{ not json ${id}`,
      broken: JSON.stringify(broken),
      'unknown-type': JSON.stringify(unknown),
    }[kind];
    const about = kind === 'not-json' ? body : broken.id;
    if (kind !== 'unknown-type') this.#world.poisoned.add(about);
    this.#world.queues.find(({ shape }) => shape.name === queue)?.send(body, about);
  }
}

export function eventsOf(item: Item): ReportEvent[] {
  return storedEvents(item) as ReportEvent[];
}
