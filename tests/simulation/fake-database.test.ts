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

/** A request such as the store and the ledger make, about one of few items, so that they meet. */
function draw(chance: Chance, step: number): { operation: Operation; input: object } {
  const unit = (what: string): string => `${step} ${what}`;
  const n = `n${chance.integer(unit('number'), 0, 5)}`;
  const [pk, sk] = [`pk${chance.integer(unit('pk'), 0, 2)}`, `sk${chance.integer(unit('sk'), 0, 6)}`];
  const version = chance.integer(unit('version'), 1, 3);
  const { reports, ledger } = engine;
  const maybe = (what: string, item: Item): Item => (chance.yes(unit(what), 0.6) ? item : {});
  const hash = (what: string): string => `h${chance.integer(unit(what), 0, 2)}`;
  const instant = `2026-11-2${chance.integer(unit('instant'), 0, 9)}`;
  const report: Item = {
    number: text(n),
    version: number(version),
    summary: { M: { state: text(hash('state')) } },
    submittedAt: text(instant),
    private: { M: { keyHash: text(hash('key')) } },
    ...maybe('has inbox', { inbox: text(hash('inbox')), inboxOrder: text(`${instant}#${n}`) }),
    ...maybe('has timer', { timerShard: text(hash('shard')), timerAt: text(instant) }),
    ...maybe('has cell', { cell: text(hash('cell')) }),
    ...maybe('has alert', { alertArea: text(hash('area')), alertAt: text(instant) }),
    ...maybe('has contact', { contactHash: text(hash('contact')) }),
  };
  const index = chance.pick(unit('index'), Object.values(recordsTable.indexes));
  const isNew = chance.yes(unit('new'), 0.4);
  const mark = {
    Put: {
      TableName: ledger,
      Item: { pk: text(pk), sk: text(sk), state: text('claimed') },
      ...(chance.yes(unit('once'), 0.8) && { ConditionExpression: 'attribute_not_exists(pk)' }),
    },
  };
  const sum = {
    Update: {
      TableName: ledger,
      Key: { pk: text('figures'), sk: text(hash('figure')) },
      UpdateExpression: 'ADD #a :a, #b :b',
      ExpressionAttributeNames: { '#a': 'received', '#b': 'took-0' },
      ExpressionAttributeValues: { ':a': number(version), ':b': number(-1) },
    },
  };
  const requests: [Operation, object][] = [
    ['GetItem', { TableName: reports, Key: { number: text(n) }, ConsistentRead: true }],
    ['GetItem', { TableName: ledger, Key: { pk: text(pk), sk: text(sk) }, ConsistentRead: true }],
    [
      'BatchGetItem',
      { RequestItems: { [reports]: { Keys: [text(n), text('absent')].map((key) => ({ number: key })) } } },
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
        TableName: ledger,
        Item: {
          pk: text(pk),
          sk: text(sk),
          state: text('claimed'),
          holder: text(hash('holder')),
          until: text(instant),
        },
        ConditionExpression:
          'attribute_not_exists(pk) OR (#state = :claimed AND (#until <= :now OR #holder = :holder))',
        ExpressionAttributeNames: { '#state': 'state', '#until': 'until', '#holder': 'holder' },
        ExpressionAttributeValues: {
          ':claimed': text('claimed'),
          ':now': text('2026-11-25'),
          ':holder': text(hash('other holder')),
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ],
    [
      'UpdateItem',
      {
        TableName: ledger,
        Key: { pk: text(pk), sk: text(sk) },
        UpdateExpression: 'SET #state = :done REMOVE #until',
        ExpressionAttributeNames: { '#state': 'state', '#until': 'until' },
        ExpressionAttributeValues: { ':done': text('done') },
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
              Key: { number: text(`n${(Number(n.slice(1)) + 1) % 6}`) },
              ConditionExpression: 'attribute_not_exists(#number) OR #private.#keyHash <> :keyHash',
              ExpressionAttributeNames: { '#number': 'number', '#private': 'private', '#keyHash': 'keyHash' },
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
    return { item: first.Item, items: Items && inOrder(Items, input), found: first.Responses };
  } catch (error) {
    const { name, Item, CancellationReasons } = error as Error & {
      Item?: Item;
      CancellationReasons?: { Code?: string }[];
    };
    return { name, old: Item, reasons: CancellationReasons?.map(({ Code }) => Code) };
  }
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
    { name: reports, hashKey: recordsTable.hashKey, indexes: Object.values(recordsTable.indexes) },
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
    'UpdateItem answered',
  ]);
});

function sent(client: DynamoDBClient, operation: Operation, input: object): Promise<Answer> {
  const Command = operations[operation] as new (input: object) => GetItemCommand;
  return client.send(new Command(input)) as Promise<Answer>;
}
