import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';

/** DynamoDB's limit per request. */
const maxPerRequest = 25;

/**
 * Puts and deletes any number of items of one table, not atomically: a failure leaves some of them done.
 * @param pause waits before unprocessed items are retried; the first time with 0.
 */
export async function writeAll(
  client: DynamoDBClient,
  table: string,
  requests: readonly WriteRequest[],
  pause: (attempt: number) => Promise<void>,
): Promise<void> {
  let left = [...requests];
  for (let attempt = 0; left.length > 0; attempt += 1) {
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: left.slice(0, maxPerRequest) } }),
    );
    const again = UnprocessedItems?.[table] ?? [];
    if (again.length > 0) await pause(attempt);
    left = [...again, ...left.slice(maxPerRequest)];
  }
}
