import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { listRoutes } from '../../functions/desk/lists.ts';
import { backlogDimensions, tally, type Tally } from '../../shared/kernel/backlog.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { pathOf } from '../../shared/place/place.ts';
import { report } from '../../shared/records/report/kind.ts';
import { Figures } from '../../shared/store/figures.ts';
import { backlogEntryOf, toItem, type Item } from '../../shared/store/item.ts';
import { city } from '../support/city.ts';
import { clientOf, createLedger, launch, startEngine } from '../support/engine.ts';
import { fold, reportStore } from '../support/report-domain.ts';
import { after, leak, resident, Story, submit, system } from '../support/reports.ts';
import { importTable, schemaOf } from './import-table.ts';
import { quantile } from './quantile.ts';

/**
 * Measures every list of a quiet compound, with a thousand and with a hundred thousand open reports in a busy one. The
 * time must depend on the list's own size only. Both compounds have the same departments.
 */
const sizes = [1_000, 100_000];
const times = 40;
const quietReports = 30;
/** The quiet and the busy compound are in the same subdistrict. */
const [quiet, busy] = ['luming-garden', 'tinglan-court'];
const now = after(20);

type Measured = Map<string, { count: number; p95: number }>;

const folder = mkdtempSync(join(tmpdir(), 'suishoubao-growth-'));
process.once('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
const measured: [size: number, lists: Measured][] = [];
for (const size of sizes) measured.push([size, await measure(size)]);
print();

/** The nth report; those of the quiet compound come first. */
function eventsOf(index: number) {
  const area = index < quietReports ? quiet : busy;
  const story = new Story();
  const at = { latitude: 35.9401872 + index / 1e7, longitude: 116.6046534 };
  const location = { area, path: pathOf(city, area), address: `${index % 40}栋`, ...at };
  story.give({ ...submit, location, number: numberOf(index) }, resident, 0);
  story.give(leak, system('classify'), 1);
  return story.events;
}

function numberOf(index: number): string {
  return formatNumber('YT', '261120', index);
}

function itemOf(index: number): Item {
  const events = eventsOf(index);
  const secret = {
    keyHash: 'k'.repeat(22),
    requestHash: 'r'.repeat(22),
    tokenHash: 't'.repeat(43),
    contactHash: index < quietReports ? 'quiet' : 'busy',
  };
  return toItem({ kind: report, record: fold(events), events, private: secret });
}

async function measure(size: number): Promise<Measured> {
  const model = await startEngine();
  const schema = await schemaOf(model.client, model.reports);
  model.stop();
  const file = join(folder, `${size}.db`);
  const backlog: Tally = {};
  await importTable(file, folder, schema, size + quietReports, (index) => {
    const item = itemOf(index);
    tally(backlog, backlogEntryOf(item));
    return item;
  });
  const engine = await launch(file);
  const client = clientOf(engine.endpoint);
  try {
    return await readAll(client, schema.TableName ?? '', backlog);
  } finally {
    client.destroy();
    engine.stop();
  }
}

async function readAll(client: DynamoDBClient, table: string, backlog: Tally): Promise<Measured> {
  const store = reportStore(client, table);
  const figures = new Figures(client, 'ledger', () => Promise.resolve());
  await createLedger(client, 'ledger');
  await figures.setBacklog(backlog);
  const routes = listRoutes({ city, store, now: () => now });
  const claims = { username: 'admin', role: 'admin', areas: 'yunting', 'cognito:groups': '[admin]' };
  const desk = (path: string) => async (): Promise<number> => {
    const [route = '', query = ''] = path.split('?');
    const { body } =
      (await routes[`GET ${route}`]?.({
        queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
        requestContext: { authorizer: { jwt: { claims, scopes: null } } },
      } as unknown as APIGatewayProxyEventV2)) ?? {};
    return (body as { items: unknown[] }).items.length;
  };
  const lists: Record<string, () => Promise<number>> = {
    'area inbox': desk(`/api/desk/reports?view=open&area=${quiet}`),
    'area inbox, searched': desk(`/api/desk/reports?view=open&area=${quiet}&words=7`),
    'street inbox': desk('/api/desk/reports?view=open&area=liuan'),
    'department inbox': desk('/api/desk/reports?view=open&department=property-kangning'),
    'overdue of a department': desk('/api/desk/reports?view=overdue&department=property-kangning'),
    'alerts of a street': desk('/api/desk/alerts?area=liuan'),
    'a person’s reports': async () =>
      (await store.summaries((await store.byContact(['quiet'])).items)).length,
    'reports nearby': async () => (await store.nearby([itemOf(0)['cell']?.S ?? ''])).length,
    'due timers': async () => {
      let due = 0;
      for await (const _number of store.due(after(2))) due += 1;
      return due;
    },
    counts: async () => {
      const rows = await Promise.all(
        backlogDimensions.map((dimension) => figures.backlog(dimension, now.slice(0, 10))),
      );
      return rows.reduce((sum, each) => sum + each.size, 0);
    },
  };
  const found: Measured = new Map();
  for (const [name, list] of Object.entries(lists)) {
    const milliseconds: number[] = [];
    let count = await list();
    for (let time = 0; time < times; time += 1) {
      const began = performance.now();
      count = await list();
      milliseconds.push(performance.now() - began);
    }
    found.set(name, { count, p95: quantile(milliseconds, 0.95) });
  }
  return found;
}

function print(): void {
  const [[, few], [, many]] = measured as [[number, Measured], [number, Measured]];
  console.log(
    `${'p95 with open reports'.padEnd(28)} ${sizes.map((size) => `${size}`.padStart(12)).join('')}   lines`,
  );
  for (const [name, { p95 }] of few) {
    const more = many.get(name);
    const cells = [p95, more?.p95 ?? NaN].map((each) => `${each.toFixed(1)} ms`.padStart(12));
    const limit = { 'area inbox': 50, counts: 20 }[name];
    const isOver = limit !== undefined && (more?.p95 ?? NaN) > limit;
    console.log(
      `${name.padEnd(28)} ${cells.join('')}   ${more?.count}${limit === undefined ? '' : `   ≤ ${limit} ms`}`,
    );
    if (isOver) process.exitCode = 1;
  }
}
