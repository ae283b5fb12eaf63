import type { AttributeValue, DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { toStreamImage } from '../../shared/store/item.ts';
import { engineBinary } from '../support/engine.ts';

const itemsPerFile = 50_000;

export async function schemaOf(client: DynamoDBClient, table: string): Promise<TableDescription> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  if (!Table) throw new Error(`no table ${table}`);
  return Table;
}

/**
 * Writes items into a new database file of the embedded engine, by an import, which is faster than requests. The table
 * has no stream.
 * @param item the nth of `count` items.
 */
export async function importTable(
  file: string,
  folder: string,
  { StreamSpecification: _stream, ...schema }: TableDescription,
  count: number,
  item: (index: number) => Record<string, AttributeValue>,
): Promise<void> {
  const source = join(folder, 'export');
  const data = join(source, schema.TableName ?? '', 'data');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(folder, 'schema.json'), JSON.stringify({ Table: schema }));
  const began = performance.now();
  const seconds = (): string => ((performance.now() - began) / 1000).toFixed(1);
  for (let first = 0; first < count; first += itemsPerFile) {
    const lines: string[] = [];
    for (let index = first; index < Math.min(first + itemsPerFile, count); index += 1)
      lines.push(JSON.stringify({ Item: toStreamImage(item(index)) }));
    writeFileSync(join(data, `${first}.json.gz`), gzipSync(lines.join('\n'), { level: 1 }));
    console.error(`${first + lines.length} items made, ${seconds()} s`);
  }
  await promisify(execFile)(engineBinary(), [
    'import',
    ...['--source', source, '--schema', join(folder, 'schema.json'), '--output', file],
  ]);
  rmSync(source, { recursive: true });
  console.error(`imported, ${seconds()} s`);
}
