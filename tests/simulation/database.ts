import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  type AttributeValue,
  type BatchGetItemCommandInput,
  type BatchWriteItemCommandInput,
  type CancellationReason,
  type DeleteItemCommandInput,
  type GetItemCommandInput,
  type PutItemCommandInput,
  type QueryCommandInput,
  type TransactWriteItemsCommandInput,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { compareText, equalTo, holds, updated, type Binding, type Item } from './expressions.ts';

type IndexShape = {
  name: string;
  hashKey: string;
  rangeKey: string;
  /** Undefined for keys only. */
  include: readonly string[] | undefined;
};
export type TableShape = {
  name: string;
  hashKey: string;
  rangeKey?: string;
  indexes: readonly IndexShape[];
};
/** When a read happens, and how far what is not read consistently lies behind. */
export type Moment = { now: number; lag: number };
export type Written = { table: string; before: Item | undefined; after: Item | undefined };

/** Longer than any read lies behind. */
const longestLag = 10_000;

/** One item: what it is, and what it was a moment ago. */
type Cell = { key: Item; versions: { at: number; item: Item | undefined }[] };

/**
 * The operations on tables that the product sends, in memory and at once. What the real engine answers to them is
 * what this must answer: `fake-database.test.ts` holds it to that.
 */
export class FakeDatabase {
  readonly #tables = new Map<string, FakeTable>();
  readonly #onWrite: (written: Written) => void;
  /** A repeated transaction with the same token takes effect once. */
  readonly #tokens = new Set<string>();

  constructor(
    shapes: readonly TableShape[],
    onWrite: (written: Written) => void = () => undefined,
    pageItems = Infinity,
  ) {
    for (const shape of shapes) this.#tables.set(shape.name, new FakeTable(shape, pageItems));
    this.#onWrite = onWrite;
  }

  items(table: string): Item[] {
    return this.#table(table).items();
  }

  item(table: string, key: Item): Item | undefined {
    return this.#table(table).read(key);
  }

  handle(operation: string, given: object, moment: Moment): object {
    switch (operation) {
      case 'GetItem': {
        const input = given as GetItemCommandInput;
        const at = input.ConsistentRead === true ? Infinity : moment.now - moment.lag;
        const item = this.#table(input.TableName).read(input.Key ?? {}, at);
        return item ? { Item: item } : {};
      }
      case 'BatchGetItem': {
        const { RequestItems = {} } = given as BatchGetItemCommandInput;
        const responses = Object.entries(RequestItems).map(([name, { Keys = [], ConsistentRead }]) => {
          const at = ConsistentRead === true ? Infinity : moment.now - moment.lag;
          const found = Keys.map((key) => this.#table(name).read(key, at));
          return [name, found.filter((item) => item !== undefined)] as const;
        });
        return { Responses: Object.fromEntries(responses), UnprocessedKeys: {} };
      }
      case 'Query': {
        const input = given as QueryCommandInput;
        return this.#table(input.TableName).query(input, moment);
      }
      case 'PutItem': {
        const input = given as PutItemCommandInput;
        const table = this.#table(input.TableName);
        const item = input.Item ?? {};
        this.#check(input, table.read(item));
        this.#write(table, item, item, moment);
        return {};
      }
      case 'UpdateItem': {
        const input = given as UpdateItemCommandInput;
        const table = this.#table(input.TableName);
        const key = input.Key ?? {};
        const old = table.read(key);
        this.#check(input, old);
        const next = updated(input.UpdateExpression ?? '', bindingOf(input), old ?? key);
        this.#write(table, key, next, moment);
        return input.ReturnValues === 'ALL_NEW' ? { Attributes: next } : {};
      }
      case 'DeleteItem': {
        const input = given as DeleteItemCommandInput;
        const table = this.#table(input.TableName);
        const key = input.Key ?? {};
        this.#check(input, table.read(key));
        this.#write(table, key, undefined, moment);
        return {};
      }
      case 'BatchWriteItem': {
        const { RequestItems = {} } = given as BatchWriteItemCommandInput;
        for (const [name, requests] of Object.entries(RequestItems))
          for (const { DeleteRequest } of requests) {
            if (!DeleteRequest?.Key) throw new Error('the simulation only deletes in batches');
            this.#write(this.#table(name), DeleteRequest.Key, undefined, moment);
          }
        return { UnprocessedItems: {} };
      }
      case 'TransactWriteItems':
        this.#transact(given as TransactWriteItemsCommandInput, moment);
        return {};
      default:
        throw new Error(`the simulation knows no ${operation}`);
    }
  }

  #transact(
    { TransactItems = [], ClientRequestToken }: TransactWriteItemsCommandInput,
    moment: Moment,
  ): void {
    if (ClientRequestToken !== undefined) {
      if (this.#tokens.has(ClientRequestToken)) return;
    }
    const planned: (() => void)[] = [];
    const reasons: CancellationReason[] = [];
    for (const { Put, Update, ConditionCheck, ...other } of TransactItems) {
      if (Object.values(other).some((part) => part !== undefined))
        throw new Error(`the simulation knows no ${Object.keys(other).join()} in a transaction`);
      const change = Put ?? Update ?? ConditionCheck;
      const table = this.#table(change?.TableName);
      const key = Put?.Item ?? Update?.Key ?? ConditionCheck?.Key ?? {};
      const old = table.read(key);
      const condition = change?.ConditionExpression;
      const isMet = condition === undefined || holds(condition, bindingOf(change), old);
      reasons.push(
        isMet
          ? { Code: 'None' }
          : { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      );
      if (ConditionCheck) continue;
      const next = Update ? updated(Update.UpdateExpression ?? '', bindingOf(Update), old ?? key) : Put?.Item;
      planned.push(() => {
        this.#write(table, key, next, moment);
      });
    }
    if (reasons.some(({ Code }) => Code !== 'None'))
      throw new TransactionCanceledException({
        message: 'Transaction cancelled',
        CancellationReasons: reasons,
        $metadata: {},
      });
    for (const write of planned) write();
    if (ClientRequestToken !== undefined) this.#tokens.add(ClientRequestToken);
  }

  #check(
    input: Pick<
      PutItemCommandInput,
      | 'ConditionExpression'
      | 'ExpressionAttributeNames'
      | 'ExpressionAttributeValues'
      | 'ReturnValuesOnConditionCheckFailure'
    >,
    old: Item | undefined,
  ): void {
    if (input.ConditionExpression === undefined) return;
    if (holds(input.ConditionExpression, bindingOf(input), old)) return;
    const answersOld = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && old;
    throw new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      ...(answersOld && { Item: old }),
      $metadata: {},
    });
  }

  #write(table: FakeTable, key: Item, item: Item | undefined, { now }: Moment): void {
    const before = table.read(key);
    table.write(key, item, now);
    this.#onWrite({ table: table.shape.name, before, after: item });
  }

  #table(name: string | undefined): FakeTable {
    const table = this.#tables.get(name ?? '');
    if (!table) throw new Error(`no table ${name ?? ''}`);
    return table;
  }
}

class FakeTable {
  readonly shape: TableShape;
  readonly #cells = new Map<string, Cell>();
  /** Of the table itself and of each index: the cells that have, or lately had, a hash key. */
  readonly #lists = new Map<string, Map<string, Set<Cell>>>();
  readonly #pageItems: number;

  constructor(shape: TableShape, pageItems: number) {
    this.shape = shape;
    this.#pageItems = pageItems;
    for (const name of ['', ...shape.indexes.map((index) => index.name)]) this.#lists.set(name, new Map());
  }

  items(): Item[] {
    return [...this.#cells.values()].map((cell) => visible(cell)).filter((item) => item !== undefined);
  }

  read(key: Item, at = Infinity): Item | undefined {
    const cell = this.#cells.get(this.#id(key));
    return cell && visible(cell, at);
  }

  write(key: Item, item: Item | undefined, now: number): void {
    const id = this.#id(key);
    let cell = this.#cells.get(id);
    if (!cell) {
      cell = { key: this.#keyOf(key), versions: [] };
      this.#cells.set(id, cell);
    }
    cell.versions = [
      ...cell.versions.filter(({ at }, i, all) => (all[i + 1]?.at ?? at) > now - longestLag),
      { at: now, item },
    ];
    for (const { name, hashKey } of this.#views()) {
      const hash = item?.[hashKey]?.S;
      if (hash === undefined) continue;
      const list = this.#lists.get(name);
      const cells = list?.get(hash) ?? new Set();
      list?.set(hash, cells.add(cell));
    }
  }

  query(input: QueryCommandInput, { now, lag }: Moment): object {
    const view = this.#views().find(({ name }) => name === (input.IndexName ?? ''));
    if (!view) throw new Error(`no index ${input.IndexName ?? ''}`);
    const binding = bindingOf(input);
    const expression = input.KeyConditionExpression ?? '';
    const hash = equalTo(expression, binding, view.hashKey)?.S ?? '';
    const at = input.ConsistentRead === true ? Infinity : now - lag;
    const cells = this.#lists.get(view.name)?.get(hash) ?? new Set();
    const found: Item[] = [];
    for (const cell of cells) {
      const item = visible(cell, at);
      if (item?.[view.rangeKey] !== undefined && holds(expression, binding, item)) found.push(item);
      else if (cell.versions.every((version) => version.item?.[view.hashKey]?.S !== hash)) cells.delete(cell);
    }
    const direction = input.ScanIndexForward === false ? -1 : 1;
    const order = (a: Item, b: Item): number =>
      direction *
      (compareText(a[view.rangeKey]?.S ?? '', b[view.rangeKey]?.S ?? '') ||
        compareText(this.#id(a), this.#id(b)));
    found.sort(order);
    const start = input.ExclusiveStartKey;
    const rest = start ? found.filter((item) => order(item, start) > 0) : found;
    const size = Math.min(input.Limit ?? Infinity, this.#pageItems);
    const page = rest.slice(0, size);
    const last = page.at(-1);
    // As the engine does: a page that is full may be the last one without saying so.
    const isFull = last && page.length === size;
    return {
      Items: page.map((item) => this.#projected(item, view)),
      Count: page.length,
      ...(isFull && { LastEvaluatedKey: this.#keyOf(last, view) }),
    };
  }

  #views(): IndexShape[] {
    const { hashKey, rangeKey = hashKey, indexes } = this.shape;
    return [{ name: '', hashKey, rangeKey, include: undefined }, ...indexes];
  }

  #projected(item: Item, view: IndexShape): Item {
    if (view.name === '') return item;
    const kept = [...Object.keys(this.#keyOf(item, view)), ...(view.include ?? [])];
    return Object.fromEntries(
      kept.flatMap((name): [string, AttributeValue][] => {
        const value = item[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
  }

  #keyOf(item: Item, view?: IndexShape): Item {
    const { hashKey, rangeKey } = this.shape;
    const names = new Set([
      hashKey,
      ...(rangeKey === undefined ? [] : [rangeKey]),
      ...(view ? [view.hashKey, view.rangeKey] : []),
    ]);
    return Object.fromEntries(
      [...names].map((name) => {
        const value = item[name];
        if (value === undefined) throw new Error(`${this.shape.name}: a key without ${name}`);
        return [name, value];
      }),
    );
  }

  #id(key: Item): string {
    const { hashKey, rangeKey } = this.shape;
    const range = rangeKey === undefined ? '' : `\0${key[rangeKey]?.S ?? ''}`;
    return `${key[hashKey]?.S ?? ''}${range}`;
  }
}

function visible({ versions }: Cell, at = Infinity): Item | undefined {
  return versions.findLast((version) => version.at <= at)?.item;
}

function bindingOf(
  input:
    | {
        ExpressionAttributeNames?: Record<string, string> | undefined;
        ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
      }
    | undefined,
): Binding {
  return { names: input?.ExpressionAttributeNames, values: input?.ExpressionAttributeValues };
}
