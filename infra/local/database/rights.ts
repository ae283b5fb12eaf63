import { arn } from '../template/resource-types.ts';

/** One right that a request needs. */
export type Right = { action: string; resource: string };

/** The body of an SDK request; the engine refuses any other. */
type Body = {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
  TransactItems?: Record<string, { TableName?: string }>[];
};

const onTable = new Set(['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'DescribeTable']);
const onTableOrIndex = new Set(['Query', 'Scan']);
const onTables = new Set(['BatchGetItem', 'BatchWriteItem']);
/** Transactions are authorized by the actions of their items. */
const inTransaction: Record<string, string> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/**
 * The rights that a request to DynamoDB needs, by its `X-Amz-Target` and body. Undefined for an unknown operation, which
 * only the administrator may use.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function rightsOf(target: string, bodyText: string): Right[] | undefined {
  const [version, operation = ''] = target.split('.');
  if (version !== 'DynamoDB_20120810') return undefined;
  const body = parse(bodyText);
  if (!body) return undefined;
  if (onTable.has(operation)) return [right(operation, body.TableName)];
  if (onTableOrIndex.has(operation)) return [right(operation, body.TableName, body.IndexName)];
  if (onTables.has(operation))
    return Object.keys(body.RequestItems ?? {}).map((table) => right(operation, table));
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    const rights: Right[] = [];
    for (const item of body.TransactItems ?? []) {
      for (const [kind, { TableName }] of Object.entries(item)) {
        const action = inTransaction[kind];
        if (action === undefined) return undefined;
        rights.push(right(action, TableName));
      }
    }
    return rights;
  }
  return undefined;
}

function right(operation: string, table = '', index?: string): Right {
  const tableArn = table.startsWith('arn:') ? table : arn('dynamodb', `table/${table}`);
  return {
    action: `dynamodb:${operation}`,
    resource: index === undefined ? tableArn : `${tableArn}/index/${index}`,
  };
}

function parse(text: string): Body | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}
