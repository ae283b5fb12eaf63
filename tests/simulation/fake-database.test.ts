import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ledgerTable, recordsTable } from '../../shared/store/schema.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { Chance } from './chance.ts';
import { FakeDatabase } from './database.ts';

/** The tables in memory answer as the engine does, whatever the product sends them in whatever order. */

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => {
  engine.stop();
});

const operations = {
  GetItem: GetItemCommand,
  BatchGetItem: BatchGetItemCommand,
  Query: QueryCommand,
  PutItem: PutItemCommand,
  UpdateItem: UpdateItemCommand,
  DeleteItem: DeleteItemCommand,
  TransactWriteItems: TransactWriteItemsCommand,
};
type Operation = keyof typeof operations;
type Item = Record<string, AttributeValue>;

const text = (value: string): AttributeValue => ({ S: value });
const number = (value: number): AttributeValue => ({ N: String(value) });

/** A request such as the store, the ledger and the figures make, about one of few items, so that they meet. */
function draw(chance: Chance, step: number): { operation: Operation; input: object } {
  const unit = (what: string): string => `${step} ${what}`;
  const n = `n${chance.integer(unit('number'), 0, 5)}`;
  const [pk, sk] = [`pk${chance.integer(unit('pk'), 0, 2)}`, `sk${chance.integer(unit('sk'), 0, 6)}`];
  const version = chance.integer(unit('version'), 1, 3);
  const { reports, ledger } = engine;
  const maybe = (what: string, item: Item): Item => (chance.yes(unit(what), 0.6) ? item : {});
  const hash = (what: string): string => `h${chance.integer(unit(what), 0, 2)}`;
  const instant = `2026-11-2${chance.integer(unit('instant'), 0, 9)}`;
  const ofRecord = { number: text(n), item: text(recordsTable.record) };
  const report: Item = {
    ...ofRecord,
    version: number(version),
    history: { B: Uint8Array.of(version, 0, 255) },
    keyHash: text(hash('key')),
    ...maybe('has summary', { summary: { M: { state: text(hash('state')) } } }),
    submittedAt: text(instant),
    ...maybe('has place', {
      departmentView: text(hash('department')),
      areaView: text(hash('area')),
      ...maybe('has handler', { handlerView: text(hash('handler')) }),
      order: text(`${instant}#${n}`),
      seen: number(version),
    }),
    ...maybe('has timer', { timerShard: text(hash('shard')), timerAt: text(instant) }),
    ...maybe('has cell', { cell: text(hash('cell')), neighbour: { M: { state: text(hash('state')) } } }),
    ...maybe('has alert', { alertArea: text(hash('area')), alertAt: text(instant) }),
    ...maybe('has contact', { contactHash: text(hash('contact')) }),
  };
  const besideIt = { number: text(n), item: text(`message#${chance.integer(unit('message'), 1, 2)}`) };
  const one = chance.pick(unit('item'), [ofRecord, besideIt]);
  const index = chance.pick(unit('index'), Object.values(recordsTable.indexes));
  const isNew = chance.yes(unit('new'), 0.4);
  const mark = {
    Put: {
      TableName: ledger,
      Item: { pk: text(pk), sk: text(sk), state: text('claimed') },
      ...(chance.yes(unit('once'), 0.8) && { ConditionExpression: 'attribute_not_exists(pk)' }),
    },
  };
  const row = { pk: text('figures'), sk: text(`${hash('figure')}#${version}`) };
  const added = { ':a': number(version), ':b': number(-1) };
  const sum = {
    Update: {
      TableName: ledger,
      Key: row,
      UpdateExpression: 'ADD #a :a, #b :b',
      ExpressionAttributeNames: { '#a': 'received', '#b': '=open!normal' },
      ExpressionAttributeValues: added,
    },
  };
  const [event, other] = [`${n}#1`, `${n}#${version}`];
  const requests: [Operation, object][] = [
    ['GetItem', { TableName: reports, Key: one, ConsistentRead: true }],
    ['GetItem', { TableName: ledger, Key: { pk: text(pk), sk: text(sk) }, ConsistentRead: true }],
    [
      'BatchGetItem',
      {
        RequestItems: { [reports]: { Keys: [ofRecord, besideIt, { ...ofRecord, number: text('absent') }] } },
      },
    ],
    [
      'PutItem',
      {
        TableName: reports,
        Item: report,
        ConditionExpression: isNew ? 'attribute_not_exists(#number)' : '#version = :version',
        ExpressionAttributeNames: isNew ? { '#number': 'number' } : { '#version': 'version' },
        ...(!isNew && {
          ExpressionAttributeValues: { ':version': number(chance.integer(unit('over'), 1, 3)) },
        }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ],
    [
      'PutItem',
      {
        TableName: reports,
        Item: { ...besideIt, beside: { M: { text: text(instant) } } },
        ConditionExpression: `attribute_${isNew ? 'not_' : ''}exists(#number)`,
        ExpressionAttributeNames: { '#number': 'number' },
      },
    ],
    [
      'UpdateItem',
      {
        TableName: ledger,
        Key: { pk: text(pk), sk: text(sk) },
        UpdateExpression: 'SET #state = :claimed, #holder = :holder, #until = :until',
        ConditionExpression:
          'attribute_not_exists(pk) OR (#state = :claimed AND (#until <= :now OR #holder = :holder))',
        ExpressionAttributeNames: { '#state': 'state', '#holder': 'holder', '#until': 'until' },
        ExpressionAttributeValues: {
          ':claimed': text('claimed'),
          ':holder': text(hash('holder')),
          ':until': text(instant),
          ':now': text('2026-11-25'),
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ],
    [
      'UpdateItem',
      {
        TableName: ledger,
        Key: { pk: text(pk), sk: text(sk) },
        UpdateExpression: 'SET #state = :done REMOVE #until, #holder',
        ExpressionAttributeNames: { '#state': 'state', '#until': 'until', '#holder': 'holder' },
        ExpressionAttributeValues: { ':done': text('done') },
      },
    ],
    [
      'UpdateItem',
      {
        TableName: ledger,
        Key: { pk: text(pk), sk: text(sk) },
        UpdateExpression: 'SET #state = :again, #until = :now, #parts = :parts',
        ExpressionAttributeNames: { '#state': 'state', '#until': 'until', '#parts': 'parts' },
        ExpressionAttributeValues: {
          ':again': text('claimed'),
          ':now': text(instant),
          ':parts': { SS: [hash('part')] },
        },
      },
    ],
    [
      'UpdateItem',
      {
        TableName: ledger,
        Key: row,
        UpdateExpression: 'ADD #a :a, #b :b, #counted :counted',
        ConditionExpression:
          'attribute_not_exists(#closed) AND (attribute_not_exists(#counted) OR size(#counted) <= :room)' +
          ' AND NOT contains(#counted, :one) AND NOT contains(#counted, :other)',
        ExpressionAttributeNames: {
          '#a': 'received',
          '#b': '=open!normal',
          '#counted': 'counted',
          '#closed': 'closed',
        },
        ExpressionAttributeValues: {
          ...added,
          ':counted': { SS: [...new Set([event, other])] },
          ':one': text(event),
          ':other': text(other),
          ':room': number(4),
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ],
    [
      'TransactWriteItems',
      {
        TransactItems: [
          {
            Update: {
              TableName: ledger,
              Key: row,
              UpdateExpression: 'SET #closed = :true',
              ConditionExpression: isNew
                ? 'attribute_not_exists(#closed) AND attribute_not_exists(#counted)'
                : 'attribute_not_exists(#closed) AND size(#counted) = :size',
              ExpressionAttributeNames: { '#closed': 'closed', '#counted': 'counted' },
              ExpressionAttributeValues: {
                ':true': { BOOL: true },
                ...(!isNew && { ':size': number(chance.integer(unit('size'), 1, 6)) }),
              },
            },
          },
        ],
      },
    ],
    ['DeleteItem', { TableName: ledger, Key: { pk: text(pk), sk: text(sk) } }],
    ['TransactWriteItems', { TransactItems: [mark, sum] }],
    [
      'TransactWriteItems',
      {
        TransactItems: [
          { Put: { TableName: reports, Item: report } },
          {
            ConditionCheck: {
              TableName: reports,
              Key: { ...ofRecord, number: text(`n${(Number(n.slice(1)) + 1) % 6}`) },
              ConditionExpression: 'attribute_not_exists(#number) OR #keyHash <> :keyHash',
              ExpressionAttributeNames: { '#number': 'number', '#keyHash': 'keyHash' },
              ExpressionAttributeValues: { ':keyHash': text(hash('rival')) },
            },
          },
        ],
      },
    ],
    [
      'Query',
      {
        TableName: ledger,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': text(chance.pick(unit('list'), [pk, 'figures'])) },
        Limit: chance.integer(unit('limit'), 1, 4),
      },
    ],
    [
      'Query',
      {
        TableName: ledger,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :begin)',
        ExpressionAttributeValues: { ':pk': text('figures'), ':begin': text(`${hash('figure')}#`) },
        ConsistentRead: true,
        Limit: chance.integer(unit('limit'), 1, 4),
      },
    ],
    [
      'Query',
      {
        TableName: reports,
        IndexName: index.name,
        KeyConditionExpression: isNew ? '#hash = :hash' : '#hash = :hash AND #range <= :now',
        ExpressionAttributeNames: { '#hash': index.hashKey, ...(!isNew && { '#range': index.rangeKey }) },
        ExpressionAttributeValues: {
          ':hash': text(hash('query')),
          ...(!isNew && { ':now': text(instant) }),
        },
        ScanIndexForward: chance.yes(unit('forward'), 0.5),
        Limit: chance.integer(unit('limit'), 1, 4),
      },
    ],
  ];
  const [operation, input] = chance.pick(unit('request'), requests);
  return { operation, input };
}

type Answer = {
  Item?: Item;
  Attributes?: Item;
  Items?: Item[];
  Responses?: Record<string, Item[]>;
  LastEvaluatedKey?: Item;
};

/** What a caller sees, pages put together. */
async function outcome(send: (input: object) => Promise<Answer>, input: object): Promise<unknown> {
  try {
    const first = await send(input);
    let { Items, LastEvaluatedKey } = first;
    while (LastEvaluatedKey) {
      const page = await send({ ...input, ExclusiveStartKey: LastEvaluatedKey });
      Items = [...(Items ?? []), ...(page.Items ?? [])];
      LastEvaluatedKey = page.LastEvaluatedKey;
    }
    return {
      item: first.Item && sorted(first.Item),
      changed: first.Attributes && sorted(first.Attributes),
      items: Items && inOrder(Items, input).map(sorted),
      found: Object.values(first.Responses ?? {}).map((found) => found.map(sorted)),
    };
  } catch (error) {
    const { name, Item, CancellationReasons } = error as Error & {
      Item?: Item;
      CancellationReasons?: { Code?: string }[];
    };
    return { name, old: Item && sorted(Item), reasons: CancellationReasons?.map(({ Code }) => Code) };
  }
}

/** What is in a set stands in no promised order. */
function sorted(item: Item): Item {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, value.SS ? { SS: value.SS.toSorted() } : value]),
  );
}

/** Items with the same range key stand in no promised order. */
function inOrder(items: Item[], input: object): Item[] {
  const { IndexName } = input as { IndexName?: string };
  const index = Object.values(recordsTable.indexes).find(({ name }) => name === IndexName);
  if (!index) return items;
  const { rangeKey } = index;
  return items.map((item, at) => {
    const same = items.filter((other) => other[rangeKey]?.S === item[rangeKey]?.S);
    const before = items.slice(0, at).filter((other) => other[rangeKey]?.S === item[rangeKey]?.S).length;
    return (
      same.toSorted((a, b) => ((a['number']?.S ?? '') < (b['number']?.S ?? '') ? -1 : 1))[before] ?? item
    );
  });
}

it('answers the same requests in the same way', async () => {
  const chance = new Chance(7);
  const { reports, ledger } = engine;
  const fake = new FakeDatabase([
    {
      name: reports,
      hashKey: recordsTable.hashKey,
      rangeKey: recordsTable.rangeKey,
      indexes: Object.values(recordsTable.indexes),
    },
    { name: ledger, hashKey: ledgerTable.hashKey, rangeKey: ledgerTable.rangeKey, indexes: [] },
  ]);
  const seen = new Set<string>();
  for (let step = 0; step < 1500; step += 1) {
    const { operation, input } = draw(chance, step);
    const real = await outcome((request) => sent(engine.client, operation, request), input);
    const faked = await outcome(
      async (request) => fake.handle(operation, request, { now: step, lag: 0 }),
      input,
    );
    expect(faked, `${step} ${operation} ${JSON.stringify(input)}`).toEqual(real);
    seen.add(`${operation} ${(real as { name?: string }).name ?? 'answered'}`);
  }
  // It was no easy agreement: requests of each kind were answered, and those with conditions refused as well.
  expect([...seen].sort()).toEqual([
    'BatchGetItem answered',
    'DeleteItem answered',
    'GetItem answered',
    'PutItem ConditionalCheckFailedException',
    'PutItem answered',
    'Query answered',
    'TransactWriteItems TransactionCanceledException',
    'TransactWriteItems answered',
    'UpdateItem ConditionalCheckFailedException',
    'UpdateItem answered',
  ]);
});

function sent(client: DynamoDBClient, operation: Operation, input: object): Promise<Answer> {
  const Command = operations[operation] as new (input: object) => GetItemCommand;
  return client.send(new Command(input)) as Promise<Answer>;
}
