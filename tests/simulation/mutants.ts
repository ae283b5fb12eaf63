import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** A bug to plant in the source as it is loaded: the text to find, and its replacement. */
export type Mutant = {
  name: string;
  file: string;
  find: string;
  replace: string;
  /** A seed that shows it, where few do. */
  seed?: number;
};

/** Plausible mistakes; the simulation must find every one. */
export const mutants: readonly Mutant[] = [
  {
    name: 'the put forgets its condition on the version',
    file: 'shared/store/records.ts',
    find: "ConditionExpression: isNew ? 'attribute_not_exists(#number)' : '#version = :version',",
    replace:
      "...(isNew && { ConditionExpression: 'attribute_not_exists(#number)' }), ...(!isNew && { ConditionExpression: '#version = :version OR attribute_exists(#version)' }),",
  },
  {
    name: 'creating overwrites what has the number already',
    file: 'shared/store/records.ts',
    find: "ConditionExpression: isNew ? 'attribute_not_exists(#number)'",
    replace: "ConditionExpression: isNew ? 'attribute_not_exists(nothing)'",
  },
  {
    name: 'a report is read from a replica that lags',
    file: 'shared/store/records.ts',
    find: `async #item(number: string): Promise<Item | undefined> {
    const read = async (): Promise<Item | undefined> => {
      const { Item } = await this.client.send(
        new GetItemCommand({ TableName: this.table, Key: keyOf(number), ConsistentRead: true }),`,
    replace: `async #item(number: string): Promise<Item | undefined> {
    const read = async (): Promise<Item | undefined> => {
      const { Item } = await this.client.send(
        new GetItemCommand({ TableName: this.table, Key: keyOf(number), ConsistentRead: false }),`,
  },
  {
    name: 'an idempotency key is not looked for',
    file: 'functions/submit/handler.ts',
    find: 'if (earlier) return replay(city, earlier.stored, earlier.key.requestHash(sent.request), keys);',
    replace: '',
  },
  {
    name: 'all clocks agree about midnight',
    file: 'shared/kernel/numbering.ts',
    find: 'others: [at(-skewMilliseconds), at(skewMilliseconds)].filter(isOther)',
    replace: 'others: [at(-skewMilliseconds), at(skewMilliseconds)].filter(() => false)',
    seed: 549,
  },
  {
    name: 'unprocessed keys are passed over',
    file: 'shared/store/records.ts',
    find: 'keys = UnprocessedKeys?.[this.table]?.Keys ?? [];',
    replace: 'keys = UnprocessedKeys?.nothing?.Keys ?? [];',
  },
  {
    name: 'a command that met somebody else gives up instead of deciding again',
    file: 'shared/store/records.ts',
    find: 'stored = winner;',
    replace: 'return { ok: true, stored: winner, events: [] };',
  },
  {
    name: 'a command forgets its idempotency key',
    file: 'shared/store/records.ts',
    find: 'commandKeys: [...(secret.commandKeys ?? []), commandKey].slice(-rememberedCommandKeys),',
    replace: 'commandKeys: [],',
  },
  {
    name: 'a row counts what it has counted already',
    file: 'shared/store/figures.ts',
    find: '...marks.map((_, at) => `NOT contains(#counted, :mark${at})`),',
    replace: '',
  },
  {
    name: 'a closed row goes on taking events',
    file: 'shared/store/figures.ts',
    find: "'attribute_not_exists(#closed)',\n        '(attribute",
    replace: "'(attribute_not_exists(#closed) OR attribute_exists(#closed))',\n        '(attribute",
  },
  {
    name: 'a row is closed, and its backlog left behind',
    file: 'shared/store/figures.ts',
    find: 'Update: this.#addition(backlogRow(row.dimension, row.key), Object.fromEntries(backlog) as Counts),',
    replace: 'Update: this.#addition(keyOf(row), Object.fromEntries(backlog) as Counts),',
  },
  {
    name: 'the relay says where a record goes in the backlog, not where it comes from',
    file: 'functions/relay/handler.ts',
    find: 'const move: Move = { from: backlogEntryOf(before), to: backlogEntryOf(after) };',
    replace: 'const move: Move = { to: backlogEntryOf(after) };',
  },
  {
    name: 'a contended figure is not tried again, but passed over',
    file: 'shared/store/figures.ts',
    find: 'if (counted.length > 0) continue;\n        await this.#pauseAfter(error, attempt);',
    replace: 'if (counted.length > 0) continue;\n        return;',
  },
  {
    name: 'a pending digest line is written without its mark',
    file: 'shared/store/ledger.ts',
    find: "...(once && { ConditionExpression: 'attribute_not_exists(pk)' }),",
    replace: '',
  },
  {
    name: 'the digest strikes out what it could not tell',
    file: 'functions/digest/handler.ts',
    find: "logFailure('digest-failed', error, { recipient });",
    replace: 'await ledger.settle(mine);',
  },
  {
    name: 'a notice is ticked off before it is published',
    file: 'functions/notify/handler.ts',
    find: 'const message = await messageOf(deps, notice, about, occurredAt);',
    replace: 'await ledger.complete(mark); const message = await messageOf(deps, notice, about, occurredAt);',
  },
  {
    name: 'a notice is not claimed',
    file: 'functions/notify/handler.ts',
    find: "if (claim === 'done') return;",
    replace: '',
  },
  {
    name: 'a claim never falls free',
    file: 'shared/store/ledger.ts',
    find: ' OR (#state = :claimed AND (#until <= :now OR #holder = :holder))',
    replace: '',
  },
  {
    name: 'a consumer acknowledges what failed',
    file: 'shared/queue/consume.ts',
    find: 'return messageId;',
    replace: 'return undefined;',
  },
  {
    name: 'a consumer parks what may succeed later',
    file: 'shared/queue/park.ts',
    find: 'if (!(error instanceof Unprocessable)) return undefined;',
    replace: 'if (!(error instanceof Error)) return undefined;',
  },
  {
    name: 'the relay says success when it could not publish',
    file: 'functions/relay/handler.ts',
    find: "return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };",
    replace: 'return { batchItemFailures: [] };',
  },
  {
    name: 'the relay does not look whether each of a batch was published',
    file: 'functions/relay/publish.ts',
    find: 'const failure = Failed?.[0];',
    replace: 'const failure = Failed?.[99];',
  },
  {
    name: 'the relay publishes the latest event of a version alone',
    file: 'shared/store/item.ts',
    find: 'return eventsOf(kind, newImage).filter(({ sequence }) => sequence > known);',
    replace: 'return eventsOf(kind, newImage).filter(({ sequence }) => sequence > known).slice(-1);',
  },
  {
    name: 'the sweep reads the first page of what is due, and of one shard',
    file: 'shared/store/lists.ts',
    find: 'for (let turn = 0; turn < timerShards; turn += 1) {',
    replace: 'for (let turn = 0; turn < 1; turn += 1) {',
  },
  {
    name: 'a timer that is gone once fired: reminders and climbs are forgotten',
    file: 'shared/store/item.ts',
    find: 'const timerAt = nextTimer(kind, record);',
    replace: "const timerAt = record.alert?.kind === 'breach' ? undefined : nextTimer(kind, record);",
  },
  {
    name: 'classifying is not idempotent',
    file: 'shared/records/report/commands/intake.ts',
    find: "if (actor.kind === 'system') return report.state !== 'submitted';",
    replace: "if (actor.kind === 'system') return false;",
  },
  {
    name: 'a recalculated clock forgets its warnings',
    file: 'shared/records/report/clock-state.ts',
    find: 'return old?.startedAt === start.startedAt ? withMarks(start, old) : start;',
    replace: 'return start;',
  },
  {
    name: 'an overdue clock is not escalated',
    file: 'shared/kernel/clocks/sla.ts',
    find: "return step && { at: step.at, does: 'escalate' };",
    replace: 'return undefined;',
  },
  {
    name: 'news of a part is taken though it is older than what is known',
    file: 'shared/records/report/commands/support.ts',
    find: "return !part || part.state === 'cancelled' || partVersion <= part.version;",
    replace: "return !part || part.state === 'cancelled';",
  },
  {
    name: 'a part tells how it stood at the event, not how it stands',
    file: 'functions/joint/handler.ts',
    find: 'const record = await load();',
    replace:
      'const { version } = await load(); const { events } = await store.load(event.number); const { fold } = await import("../../shared/kernel/fold.ts"); const record = { ...fold(kind, events.slice(0, event.sequence)), version };',
  },
  {
    name: 'parts that were cancelled before they were opened stay open',
    file: 'functions/joint/handler.ts',
    find: 'if (!rule.afterwards) return;',
    replace: 'return;',
  },
  {
    name: 'nobody subscribes to breaches',
    file: 'shared/kernel/notices.ts',
    find: '...Object.keys(digestLines)',
    replace: "...Object.keys(digestLines).filter((type) => type !== 'clock-breached.v1')",
  },
  {
    name: 'nobody subscribes to what parts have done',
    file: 'shared/records/report/follow-ups.ts',
    find: "  'report-resolved.v1': updateParent,\n",
    replace: '',
  },
  {
    name: 'a webhook that fails is not called again',
    file: 'functions/deliver/handler.ts',
    find: 'throw new Error(answer);',
    replace: 'return;',
  },
  {
    name: 'a duplicate is merged before the other report knows of it',
    file: 'functions/desk/handler.ts',
    find: "const body = sent.type === 'merge' ? await joinTarget(deps, staff, opened, sent) : sent;",
    replace:
      "const body = sent; if (sent.type === 'merge') void joinTarget(deps, staff, opened, sent).catch(() => undefined);",
  },
  {
    name: 'the sweep believes its own clock over the history',
    file: 'shared/kernel/decide.ts',
    find: 'const now = context.now < record.updatedAt ? record.updatedAt : context.now;',
    replace: 'const now = context.now;',
  },
];

const root = new URL('../../', import.meta.url);

/**
 * Lets `import('./x.ts?mutant=NAME')` load the product with that bug: everything that is imported from there is
 * loaded anew, and the bug stands in its file.
 */
export function plantOnDemand(): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      const parent = context.parentURL === undefined ? null : mutantOf(context.parentURL);
      const isOurs = found.url.startsWith(root.href) && !found.url.includes('/node_modules/');
      if (parent === null || !isOurs || mutantOf(found.url) !== null) return found;
      return { ...found, url: `${found.url}?mutant=${encodeURIComponent(parent)}` };
    },
    load: (url, context, next) => {
      const name = mutantOf(url);
      const loaded = next(url, context);
      const mutant = mutants.find((each) => each.name === name);
      if (!mutant || new URL(mutant.file, root).pathname !== new URL(url).pathname) return loaded;
      return { ...loaded, source: planted(mutant, readFileSync(new URL(url), 'utf8')) };
    },
  });
}

/** The source with the bug. @throws when the text is not found, so that no mutant passes unnoticed. */
export function planted({ name, file, find, replace }: Mutant, source: string): string {
  if (source.split(find).length !== 2)
    throw new Error(`"${name}" cannot be planted: ${file} does not have its place exactly once`);
  return source.replace(find, () => replace);
}

function mutantOf(url: string): string | null {
  return url.startsWith('file:') ? new URL(url).searchParams.get('mutant') : null;
}
