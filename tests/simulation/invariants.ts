import type { ReportEvent } from '../../events/report.ts';
import { digestLinesOf, evolve, fold, nextTimer, noticesOf, type Report } from '../support/report-domain.ts';
import { redactedHistory } from '../../shared/kernel/fold.ts';
import { kindOf, letterOf } from '../../shared/kernel/number.ts';
import { backlogCounts, isBacklogName } from '../../shared/kernel/backlog.ts';
import { recipientName } from '../../shared/kernel/notices.ts';
import { backlogEntryOf, privateOf, storedEvents } from '../../shared/store/item.ts';
import { recordsTable } from '../../shared/store/schema.ts';
import { erasedText } from '../../shared/kernel/erasure.ts';
import { kinds } from '../../shared/records/kinds.ts';
import { report } from '../../shared/records/report/kind.ts';
import type { Part } from '../../shared/records/report/model.ts';
import { figureRows } from '../support/figure-rows.ts';
import { inboxPlace, placedViews } from '../support/inbox-place.ts';
import type { Written } from './database.ts';
import type { Item } from './expressions.ts';
import { eventsOf, type People } from './people.ts';
import type { World } from './world.ts';

/** A violated invariant, and how it showed. */
export type Violation = { promise: string; what: string };

/** A report with its state after each event. */
type Tale = { item: Item; events: ReportEvent[]; states: Report[]; report: Report };

/** Checks each write as it happens, and everything once the run is quiet. */
export class Invariants {
  readonly violations: Violation[] = [];
  #world: World | undefined;
  /** When a line of a digest was added, by its key. */
  /** Every event as it came, before any erasure. */
  readonly #asWritten: ReportEvent[] = [];
  readonly #pendingSince = new Map<string, number>();

  watch(world: World): void {
    this.#world = world;
  }

  fail(promise: string, what: string): void {
    if (this.violations.length < 20) this.violations.push({ promise, what });
    this.#world?.note(`VIOLATED ${promise}: ${what}`);
  }

  /** What must hold of every single write. */
  written = ({ table, before, after }: Written): void => {
    if (table === 'reports') this.#reportWritten(before, after);
    else this.#ledgerWritten(before, after);
  };

  #reportWritten(before: Item | undefined, after: Item | undefined): void {
    const number = (after ?? before)?.['number']?.S ?? '';
    if (!after) {
      this.fail('nothing is lost', `${number} was removed`);
      return;
    }
    // Related items have no history.
    if (after['item']?.S !== recordsTable.record) return;
    const old = before ? storedEvents(before) : [];
    const now = storedEvents(after);
    const tail = now.slice(old.length);
    // Except for what an erasure removes.
    const grown = redactedHistory(kindOf(kinds, number), [...old, ...tail]);
    if (
      tail.length === 0 ||
      grown.some((event, index) => JSON.stringify(event) !== JSON.stringify(now[index]))
    )
      this.fail('history only grows', `${number} went from ${old.length} events to ${now.length}`);
    for (const [index, each] of now.entries()) {
      if (index < old.length) continue;
      const event = each as ReportEvent;
      this.#asWritten.push(event);
      if (event.sequence !== index + 1 || event.id !== `${number}#${index + 1}` || event.number !== number)
        this.fail('events are numbered without a gap', `${number}: ${event.id} stands at ${index + 1}`);
    }
    if (after['version']?.N !== String(now.length))
      this.fail('the version counts the events', `${number}: ${String(after['version']?.N)}`);
  }

  #ledgerWritten(before: Item | undefined, after: Item | undefined): void {
    const [item, world] = [after ?? before, this.#world];
    if (item?.['pk']?.S !== 'digest' || !world) return;
    const key = item['sk']?.S ?? '';
    if (after && !before) {
      if (this.#pendingSince.has(key)) this.fail('a digest tells a line once', `${key} was put down again`);
      this.#pendingSince.set(key, world.agenda.now);
    }
    if (before && !after) {
      const { recipient, number } = before;
      const since = this.#pendingSince.get(key) ?? 0;
      const toldSince = world.told.slice(world.told.findLastIndex(({ at }) => at < since) + 1);
      const wasTold = toldSince.some(
        ({ message }) =>
          message.id.startsWith(`digest#${recipient?.S ?? ''}#`) &&
          message.numbers?.includes(number?.S ?? '') === true,
      );
      if (!wasTold) this.fail('a digest tells every line', `${key} was struck out untold`);
    }
  }

  /** Some minutes after the last fault, when sweeps have run since. */
  afterFaults({ database, agenda }: World): void {
    const dueBy = new Date(agenda.now - 3 * 60_000).toISOString();
    for (const item of database.items('reports')) {
      const timer = item['timerAt']?.S;
      if (timer !== undefined && timer <= dueBy)
        this.fail('a due timer fires', `${item['number']?.S ?? ''} waits for ${timer} at ${agenda.instant}`);
    }
  }

  /** What must hold once no appointment is left. */
  atRest(world: World, people: People, becameQuiet: boolean): void {
    if (!becameQuiet) this.fail('nothing waits for ever', 'something was still going on at the horizon');
    const items = world.database.items('reports');
    const ofReports = items.filter(
      ({ number, item }) => item?.S === recordsTable.record && letterOf(number?.S ?? '') === report.letter,
    );
    const tales = ofReports.map((item): Tale => {
      const events = eventsOf(item);
      const states: Report[] = [];
      for (const event of events) states.push(evolve(states.at(-1), event));
      return { item, events, states, report: fold(events) };
    });
    const byNumber = new Map(tales.map((tale) => [tale.report.number, tale]));
    this.#submissions(people, byNumber);
    this.#commands(people);
    for (const tale of tales) {
      this.#consistency(tale, world);
      this.#clocks(tale, world);
      this.#parts(tale, byNumber);
    }
    this.#inboxes(tales, world);
    this.#deliveries(tales, world);
    this.#figures(items, world);
    this.#backlog(items, world);
    this.#notices(tales, world);
    this.#digests(tales, world);
    this.#leftovers(world);
  }

  #submissions(people: People, tales: Map<string, Tale>): void {
    for (const [id, { number }] of people.filed)
      if (!tales.has(number)) this.fail('nothing answered with 201 is lost', `${id} was told ${number}`);
    for (const id of people.toldTwice)
      this.fail('the same request is one report', `${id} was told two numbers`);
    const keys = new Map<string, string>();
    for (const { item, report } of tales.values()) {
      const key = item['keyHash']?.S ?? '';
      const other = keys.get(key);
      if (key !== '' && other !== undefined)
        this.fail('the same request is one report', `${other} and ${report.number} are of one request`);
      keys.set(key, report.number);
    }
  }

  #commands(people: People): void {
    const lasting = new Set(['note', 'resolve', 'return', 'transfer', 'supervise', 'reopen']);
    const marked = new Map<string, number>();
    for (const event of this.#asWritten) {
      const mark = /经办说明 (r\d+\.\d+)\./.exec(JSON.stringify(event.data))?.[1];
      if (mark === undefined) continue;
      const key = `${mark} ${event.type}`;
      const times = (marked.get(key) ?? 0) + 1;
      marked.set(key, times);
      marked.set(mark, 1);
      if (times === 2 && !manyAtOnce.has(event.type))
        this.fail('a command takes effect once', `${key} twice, ${event.id}`);
    }
    for (const { action, type, number } of people.done)
      if (lasting.has(type) && !marked.has(action))
        this.fail('what was answered was done', `${type} of ${action} is not in ${number}`);
  }

  /** The item equals the fold of its events, and is in the right lists. */
  #consistency({ item, events, report }: Tale, { agenda }: World): void {
    const { number, state } = report;
    const summary = item['summary']?.M;
    const said = [summary?.['state']?.S, summary?.['department']?.S, item['timerAt']?.S, item['version']?.N];
    // Items in no list have no summary.
    const isListed = inboxPlace(report) !== undefined || item['alertArea'] !== undefined;
    const shown = isListed ? [state, report.department] : [undefined, undefined];
    const told = [...shown, nextTimer(report), String(events.length)];
    if (JSON.stringify(said) !== JSON.stringify(told))
      this.fail('the state is the fold of the events', `${number}: ${said.join()} but ${told.join()}`);
    const times = events.map(({ occurredAt }) => occurredAt);
    if (times.some((time, index) => time < (times[index - 1] ?? '')))
      this.fail('history goes forward in time', number);
    if (state === 'submitted') this.fail('every report is sorted', `${number} still lies where it was filed`);
    const timer = item['timerAt']?.S;
    if (timer !== undefined)
      this.fail('a due timer fires', `${number} waits for ${timer} at ${agenda.instant}`);
    if (
      report.endedAt !== undefined &&
      (privateOf(item).contact || item['contactHash'] || report.description !== erasedText)
    )
      this.fail('personal data goes in its time', `${number} still has some`);
  }

  /** Each clock acts once, and has no due action left. */
  #clocks({ events, report }: Tale, { agenda }: World): void {
    const said = new Set<string>();
    const starts: Record<string, string> = {};
    for (const { type, data, id } of events) {
      if ('clocks' in data)
        for (const [name, clock] of Object.entries(data.clocks)) starts[name] = clock.startedAt;
      if (!type.startsWith('clock-') || !('clock' in data) || typeof data.clock !== 'string') continue;
      const step = 'to' in data ? data.to : '';
      const key = `${type} ${data.clock} ${starts[data.clock] ?? ''} ${step}`;
      if (said.has(key)) this.fail('a clock says a thing once', `${id}: ${key}`);
      said.add(key);
    }
    for (const [name, clock] of Object.entries(report.clocks)) {
      // No suspension lasts for ever: every clock not stopped is past its deadline.
      if (clock.stoppedAt !== undefined || clock.dueAt > agenda.instant) continue;
      if (clock.breachedAt === undefined)
        this.fail('no clock is forgotten', `${report.number}: ${name} was due ${clock.dueAt}`);
      const climbs = clock.climbs?.length ?? 0;
      if ((clock.climbed ?? 0) < climbs)
        this.fail(
          'no clock is forgotten',
          `${report.number}: ${name} escalated ${clock.climbed ?? 0} of ${climbs}`,
        );
    }
  }

  #parts({ report }: Tale, tales: Map<string, Tale>): void {
    for (const part of report.support) {
      const tale = tales.get(part.number);
      if (!tale) this.fail('every part is opened', `${part.number} does not exist`);
      else if (!agrees(part, tale.report))
        this.fail(
          'parts and parents agree',
          `${part.number} is ${tale.report.state} with ${tale.report.department ?? 'nobody'}, its parent says ${part.state} with ${part.department}`,
        );
    }
    if (report.parent) {
      const parent = tales.get(report.parent.number)?.report;
      if (parent?.support.some(({ number }) => number === report.number) !== true)
        this.fail('parts and parents agree', `${report.number} is no part of ${report.parent.number}`);
    }
    if (report.mergedInto !== undefined) {
      const into = tales.get(report.mergedInto)?.report;
      if (into?.duplicates.includes(report.number) !== true)
        this.fail('what is merged is followed', `${report.mergedInto} does not know ${report.number}`);
    }
  }

  /** By the index, as staff read it. */
  #inboxes(tales: Tale[], world: World): void {
    const places = new Map<string, string[]>();
    for (const { id } of world.city.departments)
      for (const view of placedViews)
        for (const number of inbox(world, `${id}#${view}`))
          places.set(number, [...(places.get(number) ?? []), `${id}#${view}`]);
    for (const { report } of tales) {
      const expected = inboxPlace(report) ?? '';
      const found = (places.get(report.number) ?? []).join();
      if (found !== expected)
        this.fail(
          'every assignment stands in one inbox',
          `${report.number} stands in [${found}], not in [${expected}]`,
        );
    }
  }

  /** Every event reached every queue of those who need it. */
  #deliveries(tales: Tale[], world: World): void {
    const came = (queue: string, id: string): boolean =>
      world.queues.find(({ shape }) => shape.name === queue)?.delivered.has(id) === true;
    for (const { events, states } of tales) {
      for (const [index, event] of events.entries()) {
        const needed = ['stats'];
        if (event.type === 'report-submitted.v1') needed.push('classify');
        if (event.type === 'report-assigned.v1') needed.push(`dept-${event.data.department}`);
        if (event.type === 'support-requested.v1' || event.type === 'support-cancelled.v1')
          needed.push('joint');
        const asOf = states[index];
        if (!asOf) continue;
        if (noticesOf(event, asOf, world.city).length + digestLinesOf(event, asOf, world.city).length > 0)
          needed.push('notify');
        for (const queue of needed)
          if (!came(queue, event.id))
            this.fail(
              'every event reaches its subscribers',
              `${event.id} ${event.type} never came to ${queue}`,
            );
        if (event.type !== 'report-assigned.v1') continue;
        const webhook = world.city.departments.find(({ id }) => id === event.data.department)?.webhook;
        if (webhook && !world.taken.has(event.id) && !world.poisoned.has(event.id))
          this.fail('a department’s system hears of every assignment', event.id);
      }
    }
  }

  /** The figures are a recount of all events. */
  #figures(items: Item[], world: World): void {
    const expected = figureRows(items.flatMap(eventsOf), world.city.timeZone);
    const counted = new Map<string, number>();
    for (const item of world.database.items('ledger')) {
      const pk = item['pk']?.S ?? '';
      if (!pk.startsWith('figures#')) continue;
      const key = (item['sk']?.S ?? '').split('#')[0] ?? '';
      for (const [name, { N }] of Object.entries(item)) {
        if (N === undefined || isBacklogName(name)) continue;
        const row = `${pk} ${key} ${name}`;
        counted.set(row, (counted.get(row) ?? 0) + Number(N));
      }
    }
    for (const row of new Set([...expected.keys(), ...counted.keys()])) {
      const [sum, found] = [expected.get(row) ?? 0, counted.get(row) ?? 0];
      if (sum !== found) this.fail('figures are a recount of the events', `${row} is ${found}, not ${sum}`);
    }
  }

  /** The backlog is a recount of all records. */
  #backlog(items: Item[], world: World): void {
    const expected = new Map<string, number>();
    for (const item of items)
      for (const { dimension, key, add } of backlogCounts({ to: backlogEntryOf(item) }))
        for (const [name, by = 0] of Object.entries(add)) {
          const row = `${dimension}#${key} ${name}`;
          expected.set(row, (expected.get(row) ?? 0) + by);
        }
    const counted = new Map<string, number>();
    for (const item of world.database.items('ledger')) {
      const pk = item['pk']?.S ?? '';
      const isOpenRow = pk.startsWith('figures#') && item['closed']?.BOOL !== true;
      if (pk !== 'backlog' && !isOpenRow) continue;
      const list = isOpenRow ? `${pk.split('#')[1] ?? ''}#${item['sk']?.S ?? ''}` : (item['sk']?.S ?? '');
      for (const [name, { N }] of Object.entries(item))
        if (N !== undefined && isBacklogName(name))
          counted.set(`${list} ${name}`, (counted.get(`${list} ${name}`) ?? 0) + Number(N));
    }
    for (const row of new Set([...expected.keys(), ...counted.keys()])) {
      const [sum, found] = [expected.get(row) ?? 0, counted.get(row) ?? 0];
      if (sum !== found)
        this.fail('the backlog is a count of what is to be done', `${row} is ${found}, not ${sum}`);
    }
  }

  #notices(tales: Tale[], world: World): void {
    const told = new Map<string, number>();
    for (const { message } of world.told)
      if (!message.id.startsWith('digest#')) told.set(message.id, (told.get(message.id) ?? 0) + 1);
    const marks = new Map<string, string>();
    for (const item of world.database.items('ledger')) {
      const pk = item['pk']?.S ?? '';
      if (pk.startsWith('notice#')) marks.set(pk.slice('notice#'.length), item['state']?.S ?? '');
    }
    for (const { events, states } of tales)
      for (const [index, event] of events.entries()) {
        const asOf = states[index];
        const notices = asOf ? noticesOf(event, asOf, world.city) : [];
        for (const { id, to } of notices) {
          // A resident's note goes to the department that has the report by then.
          const isMovable = event.type === 'note-added.v1' && to.kind === 'department';
          const ids = isMovable ? [...told.keys()].filter((each) => each.startsWith(`${event.id}>`)) : [id];
          if (!ids.some((each) => told.has(each)))
            this.fail('who should be told is told', `${event.type} ${id} was never published`);
          else if (!['first', 'done'].includes(marks.get(event.id) ?? ''))
            this.fail('what was told is ticked off', `${id} is ${marks.get(event.id) ?? 'not there'}`);
        }
      }
    for (const [id, times] of told)
      if (times > 1 && !world.faultedNotices.has(id.split('>')[0] ?? ''))
        this.fail('nobody is told twice without a cause', `${id} was published ${times} times`);
    const toldOf = new Set([...told.keys()].map((id) => id.split('>')[0]));
    for (const [id, state] of marks)
      if (state === 'done' && !toldOf.has(id)) this.fail('what is ticked off was told', id);
  }

  #digests(tales: Tale[], world: World): void {
    const notify = world.queues.find(({ shape }) => shape.name === 'notify');
    for (const { events, states, report } of tales) {
      for (const [index, event] of events.entries()) {
        const asOf = states[index];
        const handledAt = notify?.handled.get(event.id);
        if (handledAt === undefined || !asOf) continue;
        const end = events.slice(index).find(({ type }) => ends.has(type));
        // Reports resolved before the digest cause no line.
        if (event.type !== 'report-rated.v1' && end && Date.parse(end.occurredAt) <= handledAt + 60_000)
          continue;
        const followed = event.type === 'report-rated.v1' && report.followUp === undefined;
        if (followed) continue;
        for (const { id, to } of digestLinesOf(event, asOf, world.city)) {
          const prefix = event.type === 'alert-reminded.v1' ? '' : `${recipientName(to)}|${id}`;
          const wasPending =
            prefix === ''
              ? [...this.#pendingSince.keys()].some((key) => key.includes(`|${event.id}>`))
              : this.#pendingSince.has(prefix);
          if (!wasPending) this.fail('who is responsible hears of it', `${event.type} ${id} in no digest`);
        }
      }
    }
  }

  /** Nothing is left in queues but what was put there on purpose. */
  #leftovers(world: World): void {
    if (!world.stream.isDrained) this.fail('nothing waits for ever', 'the stream is not drained');
    for (const line of world.pendingLines) this.fail('a digest tells every line', `${line} is still pending`);
    for (const { queue, message } of world.died)
      this.fail('no message dies but of faults', `${queue}: ${message.about}`);
    for (const { shape, deadLetters } of world.queues)
      for (const { about } of deadLetters)
        if (!world.poisoned.has(about)) this.fail('dead letters were poisoned', `${shape.name}: ${about}`);
    for (const { body, reason } of world.parked) {
      const isMeant = [...world.poisoned].some((about) => body.includes(`"id":"${about}"`) || body === about);
      if (!isMeant) this.fail('only what can never succeed is parked', `${reason}: ${body.slice(0, 60)}`);
    }
  }
}

/** Events that concern several parts of one report at once. */
const manyAtOnce = new Set<ReportEvent['type']>([
  'report-submitted.v1',
  'report-withdrawn.v1',
  'support-answered.v1',
]);

const ends = new Set<ReportEvent['type']>([
  'report-resolved.v1',
  'report-withdrawn.v1',
  'report-rejected.v1',
  'report-merged.v1',
]);

function inbox(world: World, key: string): string[] {
  const numbers: string[] = [];
  let start: Item | undefined;
  do {
    const page = world.database.handle(
      'Query',
      {
        TableName: 'reports',
        IndexName: recordsTable.indexes.department.name,
        KeyConditionExpression: 'departmentView = :list',
        ExpressionAttributeValues: { ':list': { S: key } },
        ...(start && { ExclusiveStartKey: start }),
      },
      { now: world.agenda.now, lag: 0 },
    ) as { Items: Item[]; LastEvaluatedKey?: Item };
    numbers.push(...page.Items.map((item) => item['number']?.S ?? ''));
    start = page.LastEvaluatedKey;
  } while (start);
  return numbers;
}

/** Whether a report's record of its part matches the part. */
function agrees(part: Part, report: Report): boolean {
  if (part.state === 'cancelled') return report.endedAt !== undefined;
  if (part.department !== report.department) return false;
  switch (report.state) {
    case 'resolved':
    case 'closed':
      return part.state === 'resolved';
    case 'withdrawn':
    case 'rejected':
    case 'merged':
      return part.state === 'ended';
    default:
      return part.state === (report.acknowledgedAt === undefined ? 'asked' : 'acknowledged');
  }
}
