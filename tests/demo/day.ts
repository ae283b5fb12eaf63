import { setTimeout as sleep } from 'node:timers/promises';
import type { City } from '../../shared/config/city.ts';
import type { Digest, StaffView } from './answers.ts';
import { atOnce } from './at-once.ts';
import {
  aboutOf,
  Book,
  countCommand,
  firingsAt,
  instantsAhead,
  clockActionsOf,
  type Saying,
} from './book.ts';
import { Refused, type Client } from './client.ts';
import { reasonOf, type Complaints } from './complaints.ts';
import { chooseStaff, nextStep, type Memory, type NextStep, type Staff } from './next-step.ts';
import type { Picture } from './pictures.ts';
import type { Progress } from './progress.ts';
import { planOfPart, type Plan } from './scenario.ts';
import { chooseAdvance, clockWords, stops } from './steps.ts';

/** A report of the day as it goes along; `token` is its reporter's. */
export type Case = Held & { token: string };

/** A supporting department's part of a report. */
export type Part = Held & { parent: Case };

type Held = {
  plan: Plan;
  number: string;
  /** As last seen; `isStale` once something may have changed it. */
  view: StaffView;
  isStale: boolean;
  memory: Memory;
  /** What its clocks have said, as far as the books know. */
  fired: Set<string>;
  /** The pictures it was sent with, in the order in which they were attached. */
  pictures: number[];
  staffOnlyNotes: string[];
  isStuck: boolean;
};

export type Timings = { submit: number[]; submitWithPhotos: number[]; visible: number[]; stale: number };

export type DayOptions = {
  client: Client;
  city: City;
  plans: readonly Plan[];
  pictureOf: (index: number) => Promise<Picture>;
  /** Part of every idempotency key, so that another run makes other reports. */
  run: string;
  progress: Progress;
  complaints: Complaints;
};

const requestsAtOnce = 6;
/** Every so many reports, it is watched until it stands in an inbox. */
const watchEvery = 6;
const leadMinutes = 15;
const lastMinutes = 2;

/** Lives through the day: residents report, staff act, the clock moves on, and everything is written down. */
export class Day {
  readonly book = new Book();
  readonly cases: Case[] = [];
  readonly parts: Part[] = [];
  /** What those responsible were told of what went wrong. */
  readonly digests = new Map<string, Digest>();
  /** From here on nothing was told any more. */
  dusk = '';
  readonly timings: Timings = { submit: [], submitWithPhotos: [], visible: [], stale: 0 };
  readonly #options: DayOptions;
  readonly #staff: Staff[];
  readonly admin: string;
  readonly #byPlan = new Map<number, Case>();
  #now = '';
  #commands = 0;

  constructor(options: DayOptions) {
    this.#options = options;
    this.#staff = options.city.staff.map(({ username, role, departments, areas }) => ({
      kind: 'staff',
      username,
      role,
      departments,
      areas,
    }));
    const admin = options.city.staff.find(({ role }) => role === 'admin');
    if (!admin) throw new Error('the demo needs a member of staff who is an admin');
    this.admin = admin.username;
  }

  async live(): Promise<void> {
    const { client, plans } = this.#options;
    this.#now = await client.clock();
    let minutes = 0;
    let sent = 0;
    for (const [at, stop] of stops.entries()) {
      await this.#advance(stop.afterMinutes);
      minutes += stop.afterMinutes;
      if (stop.takesReports) {
        const arriving: Plan[] = [];
        for (let plan = plans[sent]; plan && plan.arrivesAt < minutes; plan = plans[sent]) {
          arriving.push(plan);
          sent += 1;
        }
        await atOnce(requestsAtOnce, arriving, (plan) => this.#arrive(plan));
      }
      await atOnce(requestsAtOnce, [...this.cases, ...this.parts], (one) => this.#act(one, at));
      await client.idle();
      await this.#findParts();
      await this.#gatherDigests();
      this.#showProgress((at + 1) / stops.length);
    }
    // What happened at the last stop is told a minute later.
    this.dusk = this.#now;
    await this.#advance(lastMinutes);
    await client.idle();
    await this.#gatherDigests();
  }

  async #advance(minutes: number): Promise<void> {
    const instants = [...this.cases, ...this.parts].flatMap(({ view }) => instantsAhead(view));
    this.#now = await this.#options.client.advance(chooseAdvance(Date.parse(this.#now), minutes, instants));
    this.#foresee();
  }

  async #gatherDigests(): Promise<void> {
    for (const digest of await this.#options.client.digests()) this.digests.set(digest.id, digest);
  }

  /** The parts that supporting departments were given since; how they go is told to their reports. */
  async #findParts(): Promise<void> {
    for (const { parent } of this.parts) parent.isStale = true;
    const known = new Set(this.parts.map(({ number }) => number));
    for (const parent of this.cases) {
      for (const [nth, { number }] of parent.view.support.entries()) {
        if (known.has(number)) continue;
        const view = await this.#options.client.readAs(this.admin, number);
        this.parts.push({ ...heldFrom(planOfPart(parent.plan, nth), number, view), parent });
        this.book.add(aboutOf(view), { assigned: 1 });
      }
    }
  }

  /** Every report once more, as it is now. */
  async readAll(): Promise<void> {
    await atOnce(requestsAtOnce, [...this.cases, ...this.parts], (one) => this.#refresh(one));
  }

  /** Writes down what the clocks must have said by now. */
  #foresee(): void {
    for (const one of [...this.cases, ...this.parts]) {
      for (const firing of firingsAt(one.view, this.#now)) {
        this.#countFiring(one, firing);
        const seen = one.view.clocks[firing.clock];
        if (seen && firing.does === 'warn') seen.warnedAt = this.#now;
        if (seen && firing.does === 'breach') seen.breachedAt = this.#now;
        if (seen && firing.does === 'escalate') seen.climbed = (seen.climbed ?? 0) + 1;
        one.isStale = true;
      }
      const { suspension } = one.view;
      if (suspension && suspension.resumeAt <= this.#now) one.isStale = true;
    }
  }

  #countFiring(one: Held, { clock, does, key }: Saying): void {
    one.fired.add(key);
    this.book.add(aboutOf(one.view), { [figureOf[does]]: 1 });
    if (does === 'breach' && !one.view.parent) this.book.breaches[clock] += 1;
  }

  /** Holds what the clocks of a fresh answer have said against what they should have. */
  #reconcile(one: Held, fresh: StaffView): void {
    for (const saying of clockActionsOf(fresh)) {
      const { clock, does, key, at, said, saidAt } = saying;
      const isKnown = one.fired.has(key);
      const name = clock === 'acknowledge' ? '签收' : '办结';
      if (isKnown && !said)
        this.#options.complaints.add(
          `${one.number} 的${name}时限已于 ${at} 到点，却没有${doesWords[does].zh}记录`,
          `${one.number}: the ${clock} clock should have ${doesWords[does].en} at ${at}, but did not`,
        );
      if (isKnown || !said) continue;
      // The instance's own sweep came between two stops: right, if the time had come only after the last stop.
      if (Date.parse(at) <= Date.parse(this.#now) || (saidAt !== undefined && saidAt < at))
        this.#options.complaints.add(
          `${one.number} 的${name}时限不该已经${doesWords[does].zh}（${at}）`,
          `${one.number}: the ${clock} clock should not have ${doesWords[does].en} (${at})`,
        );
      this.#countFiring(one, saying);
    }
    one.view = fresh;
  }

  async #refresh(one: Held): Promise<void> {
    const fresh = await this.#options.client.readAs(this.admin, one.number);
    one.isStale = false;
    this.#reconcile(one, fresh);
  }

  async #arrive(plan: Plan): Promise<void> {
    const { complaints } = this.#options;
    try {
      const { number, token } = await this.#submit(plan);
      const view = await this.#routed(number);
      const one: Case = { ...heldFrom(plan, number, view), token };
      this.cases.push(one);
      this.#byPlan.set(plan.index, one);
      this.book.add(
        { area: view.location.area, ...(plan.namesCategory && { category: plan.category }) },
        { received: 1 },
      );
      if (view.status.code === 'assigned') this.book.add(aboutOf(view), { assigned: 1, routed: 1 });
      else if (view.status.code === 'triage') this.book.add(aboutOf(view), { triaged: 1 });
      else complaints.add(`${number} 没有分类`, `${number} was never classified: ${view.status.code}`);
    } catch (error) {
      complaints.add(
        `第 ${plan.index} 件上报失败：${reasonOf(error)}`,
        `report ${plan.index} failed: ${reasonOf(error)}`,
      );
    }
  }

  async #submit(plan: Plan): Promise<{ number: string; token: string }> {
    const { client, run, pictureOf, complaints } = this.#options;
    const key = `${run}-${plan.index}-report`;
    const pictures = await Promise.all(plan.pictures.map(pictureOf));
    const photos = await client.upload(
      pictures.map(({ bytes }) => ({ bytes, contentType: 'image/jpeg' })),
      key,
    );
    const body = {
      description: plan.description,
      location: plan.location,
      locale: plan.locale,
      ...(plan.namesCategory && { category: plan.category }),
      ...(plan.contact && { contact: plan.contact }),
      ...(photos.length > 0 && { photos }),
    };
    const filer = this.#staff[plan.index % this.#staff.length]?.username ?? this.admin;
    const send = () => (plan.onBehalf ? client.submitAs(filer, body, key) : client.submit(body, key));
    const begun = performance.now();
    const { number, trackingToken: token } = await send();
    const answered = performance.now();
    this.timings[photos.length > 0 ? 'submitWithPhotos' : 'submit'].push(answered - begun);
    if (plan.index % watchEvery === 0) await this.#watch(number, token, answered);
    if (plan.sentTwice) {
      const again = await send();
      complaints.unless(
        again.number === number && again.trackingToken === token,
        `同一件上报重发后得到另一个编号 ${again.number}（应为 ${number}）`,
        `the same report sent again got the number ${again.number}, not ${number}`,
      );
    }
    return { number, token };
  }

  /** Until the report stands in its department's inbox. */
  async #watch(number: string, token: string, answeredAt: number): Promise<void> {
    const { client } = this.#options;
    for (let attempt = 0; attempt < 400; attempt += 1) {
      const { department, status } = await client.read(number, token);
      if (department) {
        const view = status.code === 'triage' ? 'triage' : 'open';
        const numbers = await client.inbox(this.admin, department.id, view, number);
        if (numbers.includes(number)) {
          this.timings.visible.push(performance.now() - answeredAt);
          return;
        }
      }
      await sleep(25);
    }
    this.#options.complaints.add(
      `${number} 没有出现在承办单位的列表中`,
      `${number} never appeared in a department's inbox`,
    );
  }

  /** The report once the classifier has spoken. */
  async #routed(number: string): Promise<StaffView> {
    for (let attempt = 0; ; attempt += 1) {
      await sleep(Math.min(250, 40 + attempt * 20));
      const view = await this.#options.client.readAs(this.admin, number);
      if (view.status.code !== 'submitted' || attempt === 200) return view;
    }
  }

  /** Everything that is due by now, one thing after the other. */
  async #act(one: Case | Part, stop: number): Promise<void> {
    const { city, complaints } = this.#options;
    const nextStop = stops[stop + 1]?.afterMinutes ?? 0;
    for (let turn = 0; turn < 40 && !one.isStuck; turn += 1) {
      const repeated =
        one.plan.fate.repeats === undefined ? undefined : this.#byPlan.get(one.plan.fate.repeats);
      const around = {
        now: Date.parse(this.#now),
        lookahead: Math.min(nextStop / 2, leadMinutes) * 60_000,
        city,
        repeated: repeated && { number: repeated.number, state: repeated.view.status.code },
      };
      try {
        // Others have a hand in these, and time alone may end what they wait for.
        if (one.isStale && (one.view.support.length > 0 || one.view.suspension)) await this.#refresh(one);
        const next = nextStep(one.plan, one.view, one.memory, around);
        if (!next) return;
        if (one.isStale) {
          // Seen again first; what is next may be something else then.
          await this.#refresh(one);
          continue;
        }
        if (next.by === 'staff') await this.#command(one, next, repeated);
        else if ('token' in one) await this.#residentCommand(one, next);
        else throw new Error(`${one.number} has no reporter`);
      } catch (error) {
        if (error instanceof Refused && error.code === 'stale-version') {
          this.timings.stale += 1;
          one.isStale = true;
          continue;
        }
        one.isStuck = true;
        complaints.add(
          `${one.number} 的下一步未成功：${reasonOf(error)}`,
          `${one.number}: the next step did not succeed: ${reasonOf(error)}`,
        );
      }
    }
  }

  async #command(
    one: Case | Part,
    step: Extract<NextStep, { by: 'staff' }>,
    repeated: Case | undefined,
  ): Promise<void> {
    const { client } = this.#options;
    const before = one.view;
    const person = chooseStaff(
      this.#staff,
      step.type,
      before,
      step.type === 'merge' ? repeated?.view : undefined,
    );
    if (!person) throw new Error(`nobody may ${step.type}`);
    const { key, photos } = await this.#attach(one, step.picture);
    const body = {
      type: step.type,
      version: before.version,
      ...step.fields,
      ...(photos.length > 0 && { photos }),
    };
    const after = await client.staffCommand(person.username, one.number, body, key);
    this.#remember(one, step, before);
    this.#settle(one, step, before, after);
    if (repeated && step.type === 'merge') repeated.isStale = true;
  }

  async #residentCommand(one: Case, step: Extract<NextStep, { by: 'resident' }>): Promise<void> {
    const { client } = this.#options;
    const before = one.view;
    const { key, photos } = await this.#attach(one, step.picture);
    const body = { type: step.type, ...step.fields, ...(photos.length > 0 && { photos }) };
    await client.residentCommand(one.number, one.token, body, key);
    this.#remember(one, step, before);
    // Residents are not told all of what it led to.
    this.#settle(one, step, before, await client.readAs(this.admin, one.number));
  }

  async #attach(one: Held, picture: number | undefined): Promise<{ key: string; photos: string[] }> {
    const { client, run, pictureOf } = this.#options;
    this.#commands += 1;
    const key = `${run}-${one.plan.index}-command-${this.#commands}`;
    if (picture === undefined) return { key, photos: [] };
    const { bytes } = await pictureOf(picture);
    return { key, photos: await client.upload([{ bytes, contentType: 'image/jpeg' }], key) };
  }

  #remember(one: Held, step: NextStep, before: StaffView): void {
    const { memory } = one;
    if (step.picture !== undefined) one.pictures.push(step.picture);
    if (step.type === 'return' && before.department) memory.returnedFrom = before.department.id;
    if (step.type === 'return' || step.type === 'transfer') memory.detoured = true;
    if (step.type === 'classify' || step.type === 'assign') delete memory.returnedFrom;
    if (step.type === 'suspend') memory.suspended = true;
    if (step.type === 'extend') memory.extended = true;
    if (step.type !== 'note') return;
    if (step.by === 'resident') memory.residentNoted = true;
    else memory.staffNoted = true;
    if (step.fields['audience'] === 'staff') one.staffOnlyNotes.push(String(step.fields['text']));
  }

  /** Writes down what was done and looks whether it led where it should. */
  #settle(one: Held, step: NextStep, before: StaffView, after: StaffView): void {
    const wanted = stateAfter(step, before);
    this.#options.complaints.unless(
      after.status.code === wanted,
      `${one.number}：${step.type} 之后状态为 ${after.status.code}，应为 ${wanted}`,
      `${one.number}: after ${step.type} it is ${after.status.code}, not ${wanted}`,
    );
    // Sorted after its time, it was over when it came; whoever touches the clock next says so.
    if (step.type !== 'note')
      for (const firing of firingsAt(before, this.#now))
        if (firing.does === 'breach') this.#countFiring(one, firing);
    countCommand(this.book, step.type, before, after);
    this.#reconcile(one, after);
    one.isStale = step.picture !== undefined;
  }

  #showProgress(done: number): void {
    const { progress, city } = this.#options;
    const breached = this.book.breaches.acknowledge + this.book.breaches.resolve;
    progress.show(
      done,
      `${clockWords(this.#now, city.timeZone)}  上报 reports ${this.cases.length}  操作 steps ${this.#commands}  超时 breached ${breached}`,
    );
  }
}

/** A report as it begins. */
export function heldFrom(plan: Plan, number: string, view: StaffView): Held {
  return {
    plan,
    number,
    view,
    isStale: plan.pictures.length > 0,
    memory: {},
    fired: new Set(),
    pictures: [...plan.pictures],
    staffOnlyNotes: [],
    isStuck: false,
  };
}

const figureOf = { warn: 'warned', breach: 'breached', escalate: 'escalated' } as const;
const doesWords = {
  warn: { zh: '提醒', en: 'warned' },
  breach: { zh: '超时', en: 'overdue' },
  escalate: { zh: '提级', en: 'escalated' },
} as const;

/** The state that a step should leave a report in. */
function stateAfter({ by, type, fields }: NextStep, { status, suspension, startedAt }: StaffView): string {
  const goesOn =
    by === 'resident' ? type === 'note' && suspension?.waitingFor === 'resident' : type === 'resume';
  if (goesOn) return startedAt === undefined ? 'assigned' : 'in-progress';
  if (type === 'follow-up' && fields['outcome'] === 'reopen') return 'assigned';
  return leadsTo[type] ?? status.code;
}

/** Where a command leaves a report; the others leave it where it is. */
const leadsTo: Readonly<Partial<Record<NextStep['type'], string>>> = {
  start: 'in-progress',
  suspend: 'suspended',
  return: 'triage',
  transfer: 'assigned',
  classify: 'assigned',
  assign: 'assigned',
  resolve: 'resolved',
  reject: 'rejected',
  merge: 'merged',
  withdraw: 'withdrawn',
  rate: 'closed',
  reopen: 'assigned',
};
