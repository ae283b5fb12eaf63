import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { CredentialStore } from '../../infra/local/credentials.ts';
import { Client } from '../demo/client.ts';
import { Instance } from '../support/instance.ts';
import { MeteredEngine, type Units } from './metered-engine.ts';

/**
 * Counts the write units of a report's lifecycle: two photos, acknowledged, started, resolved, rated. Each step waits
 * until the instance is idle. Averaged over some lifecycles.
 */
const lifecycles = 5;

const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-units-'));
const engine = await MeteredEngine.start(join(dataDir, 'metered'));
process.env['DYNAMODB_ENDPOINT'] = engine.url;
const instance = await Instance.start(join(dataDir, 'data'));
try {
  const client = new Client(instance.url);
  const photo = {
    bytes: await sharp({ create: { width: 640, height: 480, channels: 3, background: '#468' } })
      .jpeg()
      .toBuffer(),
    contentType: 'image/jpeg',
  };
  await runLifecycle(client, photo, 0);
  engine.take();
  for (let nth = 1; nth <= lifecycles; nth += 1) await runLifecycle(client, photo, nth);
  print(engine.take());
} finally {
  await instance.kill('SIGINT');
  await engine.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function runLifecycle(
  client: Client,
  photo: { bytes: Buffer; contentType: string },
  nth: number,
): Promise<void> {
  const key = randomUUID();
  const photos = await client.upload([photo, photo], key);
  const { number, trackingToken: token } = await client.submit(
    {
      description: '三号楼二单元楼道水管漏水，水流到一楼大厅，地面都湿了',
      location: { area: 'tinglan-court', address: '3号楼2单元' },
      contact: { name: '王小明', phone: `1390000${String(nth).padStart(4, '0')}` },
      photos,
    },
    key,
  );
  await client.idle();
  for (const command of [
    { type: 'acknowledge' },
    { type: 'start' },
    { type: 'resolve', text: '已更换二单元破损水管并清理积水，请居民确认。' },
  ]) {
    const { version } = await client.readAs('admin', number);
    await client.staffCommand('wang-wuye', number, { ...command, version }, randomUUID());
    await client.idle();
  }
  await client.residentCommand(
    number,
    token,
    { type: 'rate', score: 5, comment: '很快就来了' },
    randomUUID(),
  );
  await client.idle();
}

function print(all: readonly Units[]): void {
  const credentials = new CredentialStore(join(dataDir, 'data'));
  // Every function that has run has a log file with its name.
  const owners = new Map<string, string>(
    readdirSync(join(dataDir, 'data', 'logs')).map((file) => {
      const name = basename(file, '.log');
      const short = /^\w+-(\w+?)Function/.exec(name)?.[1];
      return [credentials.of(name).accessKeyId, short ?? name];
    }),
  );
  const rows = all.map(({ table, index, operation, caller, units }) => ({
    what: `${/ledger/i.test(table) ? 'ledger' : 'records'}${index && `/${index}`}`,
    who: `${owners.get(caller) ?? caller} ${operation}`,
    units: units / lifecycles,
  }));
  for (const { what, who, units } of rows.sort((a, b) => b.units - a.units))
    console.log(`${what.padEnd(24)} ${who.padEnd(40)} ${units.toFixed(1).padStart(6)}`);
  const total = rows.reduce((sum, { units }) => sum + units, 0);
  console.log(`${'write units of a lifecycle'.padEnd(65)} ${total.toFixed(1).padStart(6)}   ≤ 60`);
}
