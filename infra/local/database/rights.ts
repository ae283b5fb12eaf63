import { arn } from '../template/resource-types.ts';

/** What one request needs, each of it. */
export type Right = { action: string; resource: string };

/** The SDK's requests; what is none fails in the engine, whatever it may. */
type Body = {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
  TransactItems?: Record<string, { TableName?: string }>[];
};

const onTable = new Set(['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'DescribeTable']);
const onTableOrIndex = new Set(['Query', 'Scan']);
const onTables = new Set(['BatchGetItem', 'BatchWriteItem']);
/** A transaction has no action of its own. */
const inTransaction: Record<string, string> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/**
 * The rights that a request to DynamoDB needs, by its `X-Amz-Target` and body. Undefined for an operation that is not
 * known here, which nobody but the administrator may then use.
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
