import { ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { kinds } from '../../shared/records/kinds.ts';
import { FormerTable } from '../../shared/store/former-table.ts';
import { numberOf, type Item } from '../../shared/store/item.ts';
import { recordsTable } from '../../shared/store/schema.ts';

const batchSize = 25;

/**
 * Moves every record that is still in the former table, while functions use both tables. After a kill it can be started
 * again and skips the records already moved.
 * @returns how many records it found there; functions may have moved some of them already.
 */
export async function moveRecords(
  client: DynamoDBClient,
  tables: { former: string; records: string },
  report: (line: string) => void,
): Promise<number> {
  const former = new FormerTable(client, tables.former, tables.records, kinds);
  let moved = 0;
  let start: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: tables.former,
        ExclusiveStartKey: start,
        ConsistentRead: true,
        ProjectionExpression: '#number',
        FilterExpression: 'attribute_exists(#events)',
        ExpressionAttributeNames: { '#number': recordsTable.hashKey, '#events': 'events' },
      }),
    );
    const numbers = Items.map(numberOf);
    for (let at = 0; at < numbers.length; at += batchSize) {
      const problems = await Promise.all(
        numbers.slice(at, at + batchSize).map((number) => former.move(number)),
      );
      for (const problem of problems) if (problem !== undefined) report(problem);
    }
    moved += numbers.length;
    if (numbers.length > 0) report(`正在迁移 … / moving the records: ${moved}`);
    start = LastEvaluatedKey;
  } while (start);
  return moved;
}
