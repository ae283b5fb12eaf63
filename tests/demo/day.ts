import { setTimeout as sleep } from 'node:timers/promises';
import type { City } from '../../shared/config/city.ts';
import type { Digest, StaffView } from './answers.ts';
import { mapConcurrently } from './concurrency.ts';
import {
  rowKeysOf,
  Ledger,
  countCommand,
  clockEventsDueAt,
  instantsAhead,
  clockEventsOf,
  type ClockEvent,
} from './ledger.ts';
import { ApiError, type Client } from './client.ts';
import { reasonOf, type FoundProblems } from './found-problems.ts';
import { chooseStaff, nextStep, type Memory, type NextStep, type Staff } from './next-step.ts';
import type { Picture } from './pictures.ts';
import type { Progress } from './progress.ts';
import { planOfPart, type Plan } from './scenario.ts';
import { chooseAdvance, clockWords, stops } from './steps.ts';

/** A report of the day with its tracking token. */
export type Case = Tracked & { token: string };

/** A subtask of a supporting department. */
export type Part = Tracked & { parent: Case };

type Tracked = {
  plan: Plan;
  number: string;
  /** As last read; `isStale` when it may have changed since. */
  view: StaffView;
  isStale: boolean;
  memory: Memory;
  /** Keys of the clock events counted so far. */
  fired: Set<string>;
  /** The pictures attached, in order. */
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
  /** Part of every idempotency key, so that each run creates new reports. */
  run: string;
  progress: Progress;
  problems: FoundProblems;
};

const requestsAtOnce = 6;
/** For every sixth report, the time until it is in an inbox is measured. */
const measureEvery = 6;
const leadMinutes = 15;
const lastMinutes = 2;

/** Plays the day: residents report, staff act, the clock is moved, and everything is counted. */
export class Day {
  readonly book = new Ledger();
  readonly cases: Case[] = [];
  readonly parts: Part[] = [];
  /** All digests sent, by id. */
  readonly digests = new Map<string, Digest>();
  /** The time of the last stop; digests of later events are not collected. */
  lastStopAt = '';
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

  async play(): Promise<void> {
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
        await mapConcurrently(requestsAtOnce, arriving, (plan) => this.#arrive(plan));
      }
      await mapConcurrently(requestsAtOnce, [...this.cases, ...this.parts], (one) => this.#act(one, at));
      await client.idle();
      await this.#findParts();
      await this.#gatherDigests();
      this.#showProgress((at + 1) / stops.length);
    }
    // Digests about the last stop are sent a minute later.
    this.lastStopAt = this.#now;
    await this.#advance(lastMinutes);
    await client.idle();
    await this.#gatherDigests();
  }

  async #advance(minutes: number): Promise<void> {
    const instants = [...this.cases, ...this.parts].flatMap(({ view }) => instantsAhead(view));
    this.#now = await this.#options.client.advance(chooseAdvance(Date.parse(this.#now), minutes, instants));
    this.#countDueEvents();
  }

  async #gatherDigests(): Promise<void> {
    for (const digest of await this.#options.client.digests()) this.digests.set(digest.id, digest);
  }

  /** Adds new subtasks; changes of a subtask make its parent stale. */
  async #findParts(): Promise<void> {
    for (const { parent } of this.parts) parent.isStale = true;
    const known = new Set(this.parts.map(({ number }) => number));
    for (const parent of this.cases) {
      for (const [nth, { number }] of parent.view.support.entries()) {
        if (known.has(number)) continue;
        const view = await this.#options.client.readAs(this.admin, number);
        this.parts.push({ ...track(planOfPart(parent.plan, nth), number, view), parent });
        this.book.add(rowKeysOf(view), { assigned: 1 });
      }
    }
  }

  /** Reads every report again. */
  async readAll(): Promise<void> {
    await mapConcurrently(requestsAtOnce, [...this.cases, ...this.parts], (one) => this.#refresh(one));
  }

  /** Counts the clock events that must have occurred by now. */
  #countDueEvents(): void {
    for (const one of [...this.cases, ...this.parts]) {
      for (const event of clockEventsDueAt(one.view, this.#now)) {
        this.#countClockEvent(one, event);
        const seen = one.view.clocks[event.clock];
        if (seen && event.does === 'warn') seen.warnedAt = this.#now;
        if (seen && event.does === 'breach') seen.breachedAt = this.#now;
        if (seen && event.does === 'escalate') seen.climbed = (seen.climbed ?? 0) + 1;
        one.isStale = true;
      }
      const { suspension } = one.view;
      if (suspension && suspension.resumeAt <= this.#now) one.isStale = true;
    }
  }

  #countClockEvent(one: Tracked, { clock, does, key }: ClockEvent): void {
    one.fired.add(key);
    this.book.add(rowKeysOf(one.view), { [figureOf[does]]: 1 });
    if (does === 'breach' && !one.view.parent) this.book.breaches[clock] += 1;
  }

  /** Compares the clock events of a new answer with the expected ones. */
  #reconcile(one: Tracked, fresh: StaffView): void {
    for (const event of clockEventsOf(fresh)) {
      const { clock, does, key, at, hasOccurred, occurredAt } = event;
      const isKnown = one.fired.has(key);
      const name = clock === 'acknowledge' ? '签收' : '办结';
      if (isKnown && !hasOccurred)
        this.#options.problems.add(
          `${one.number} 的${name}时限已于 ${at} 到点，却没有${doesWords[does].zh}记录`,
          `${one.number}: the ${clock} clock should have ${doesWords[does].en} at ${at}, but did not`,
        );
      if (isKnown || !hasOccurred) continue;
      // The instance's own sweep may run between two stops; it is correct only for times after the last stop.
      if (Date.parse(at) <= Date.parse(this.#now) || (occurredAt !== undefined && occurredAt < at))
        this.#options.problems.add(
          `${one.number} 的${name}时限不该已经${doesWords[does].zh}（${at}）`,
          `${one.number}: the ${clock} clock should not have ${doesWords[does].en} (${at})`,
        );
      this.#countClockEvent(one, event);
    }
    one.view = fresh;
  }

  async #refresh(one: Tracked): Promise<void> {
    const fresh = await this.#options.client.readAs(this.admin, one.number);
    one.isStale = false;
    this.#reconcile(one, fresh);
  }

  async #arrive(plan: Plan): Promise<void> {
    const { problems } = this.#options;
    try {
      const { number, token } = await this.#submit(plan);
      const view = await this.#classified(number);
      const one: Case = { ...track(plan, number, view), token };
      this.cases.push(one);
      this.#byPlan.set(plan.index, one);
      this.book.add(
        { area: view.location.area, ...(plan.namesCategory && { category: plan.category }) },
        { received: 1 },
      );
      if (view.status.code === 'assigned') this.book.add(rowKeysOf(view), { assigned: 1, routed: 1 });
      else if (view.status.code === 'triage') this.book.add(rowKeysOf(view), { triaged: 1 });
      else problems.add(`${number} 没有分类`, `${number} was never classified: ${view.status.code}`);
    } catch (error) {
      problems.add(
        `第 ${plan.index} 件上报失败：${reasonOf(error)}`,
        `report ${plan.index} failed: ${reasonOf(error)}`,
      );
    }
  }

  async #submit(plan: Plan): Promise<{ number: string; token: string }> {
    const { client, run, pictureOf, problems } = this.#options;
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
    if (plan.index % measureEvery === 0) await this.#measureVisibility(number, token, answered);
    if (plan.sentTwice) {
      const again = await send();
      problems.unless(
        again.number === number && again.trackingToken === token,
        `同一件上报重发后得到另一个编号 ${again.number}（应为 ${number}）`,
        `the same report sent again got the number ${again.number}, not ${number}`,
      );
    }
    return { number, token };
  }

  /** Measures the time until the report is in its department's inbox. */
  async #measureVisibility(number: string, token: string, answeredAt: number): Promise<void> {
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
    this.#options.problems.add(
      `${number} 没有出现在承办单位的列表中`,
      `${number} never appeared in a department's inbox`,
    );
  }

  /** Waits until the report is classified. */
  async #classified(number: string): Promise<StaffView> {
    for (let attempt = 0; ; attempt += 1) {
      await sleep(Math.min(250, 40 + attempt * 20));
      const view = await this.#options.client.readAs(this.admin, number);
      if (view.status.code !== 'submitted' || attempt === 200) return view;
    }
  }

  /** Carries out all steps that are due, one after the other. */
  async #act(one: Case | Part, stop: number): Promise<void> {
    const { city, problems } = this.#options;
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
        // These may be changed by subtasks, or resumed automatically.
        if (one.isStale && (one.view.support.length > 0 || one.view.suspension)) await this.#refresh(one);
        const next = nextStep(one.plan, one.view, one.memory, around);
        if (!next) return;
        if (one.isStale) {
          // The next step may be different for the current state.
          await this.#refresh(one);
          continue;
        }
        if (next.by === 'staff') await this.#command(one, next, repeated);
        else if ('token' in one) await this.#residentCommand(one, next);
        else throw new Error(`${one.number} has no resident`);
      } catch (error) {
        if (error instanceof ApiError && error.code === 'stale-version') {
          this.timings.stale += 1;
          one.isStale = true;
          continue;
        }
        one.isStuck = true;
        problems.add(
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
    this.#record(one, step, before, after);
    if (repeated && step.type === 'merge') repeated.isStale = true;
  }

  async #residentCommand(one: Case, step: Extract<NextStep, { by: 'resident' }>): Promise<void> {
    const { client } = this.#options;
    const before = one.view;
    const { key, photos } = await this.#attach(one, step.picture);
    const body = { type: step.type, ...step.fields, ...(photos.length > 0 && { photos }) };
    await client.residentCommand(one.number, one.token, body, key);
    this.#remember(one, step, before);
    // Residents see only part of the result.
    this.#record(one, step, before, await client.readAs(this.admin, one.number));
  }

  async #attach(one: Tracked, picture: number | undefined): Promise<{ key: string; photos: string[] }> {
    const { client, run, pictureOf } = this.#options;
    this.#commands += 1;
    const key = `${run}-${one.plan.index}-command-${this.#commands}`;
    if (picture === undefined) return { key, photos: [] };
    const { bytes } = await pictureOf(picture);
    return { key, photos: await client.upload([{ bytes, contentType: 'image/jpeg' }], key) };
  }

  #remember(one: Tracked, step: NextStep, before: StaffView): void {
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

  /** Counts a step and checks the resulting state. */
  #record(one: Tracked, step: NextStep, before: StaffView, after: StaffView): void {
    const expected = stateAfter(step, before);
    this.#options.problems.unless(
      after.status.code === expected,
      `${one.number}：${step.type} 之后状态为 ${after.status.code}，应为 ${expected}`,
      `${one.number}: after ${step.type} it is ${after.status.code}, not ${expected}`,
    );
    // A report dispatched after its due time is already overdue; the next command records the breach.
    if (step.type !== 'note')
      for (const event of clockEventsDueAt(before, this.#now))
        if (event.does === 'breach') this.#countClockEvent(one, event);
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

/** Starts tracking a report. */
export function track(plan: Plan, number: string, view: StaffView): Tracked {
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

/** The expected state of a report after a step. */
function stateAfter({ by, type, fields }: NextStep, { status, suspension, startedAt }: StaffView): string {
  const isResumed =
    by === 'resident' ? type === 'note' && suspension?.waitingFor === 'resident' : type === 'resume';
  if (isResumed) return startedAt === undefined ? 'assigned' : 'in-progress';
  if (type === 'follow-up' && fields['outcome'] === 'reopen') return 'assigned';
  return leadsTo[type] ?? status.code;
}

/** The state after a command; other commands do not change it. */
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
