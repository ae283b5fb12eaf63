import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Manifest } from '../../infra/local/backup.ts';
import { connectTo } from '../../infra/ops/connection.ts';
import { main } from '../../infra/ops/main.ts';
import { Load } from '../crash/load.ts';
import { recount } from '../crash/recount.ts';
import { Chance } from '../simulation/chance.ts';
import { city } from '../support/city.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, Instance } from '../support/instance.ts';
import { copyTemplates } from '../support/templates.ts';
import { temporaryFolder } from './local-tiny-cloud.ts';

it('a backup under load, restored elsewhere, has all that was acknowledged before it, once', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const { path: folder, remove } = temporaryFolder();
  onTestFinished(remove);
  const [dataDir, copy, restored] = ['data', 'backup', 'restored'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const port = await freePort();
  copyTemplates(dataDir);
  const first = Instance.launch(dataDir, port);
  onTestFinished(async () => {
    await first.kill('SIGINT');
  });
  await first.ready();
  const load = new Load(first.url, new Chance(3));
  await load.start();
  const hasPhotos = (): boolean => load.journal.submissions.some(({ filed, photos }) => filed && photos > 0);
  await eventually(async () => (load.answered > 60 && hasPhotos() ? true : undefined));

  const before = structuredClone(load.journal);
  await main(['backup', copy, '--data', dataDir], {});
  // The load continues.
  const answered = load.answered;
  await eventually(async () => (load.answered > answered ? true : undefined));
  await expect(main(['backup', copy, '--data', dataDir], {})).rejects.toThrow('is not empty');
  const { status } = await first.call('POST', '/local/backup', {
    token: 'x',
    body: { directory: `${copy}2` },
  });
  expect(status).toBe(403);
  await expect(main(['restore', copy, '--data', dataDir], {})).rejects.toThrow('in use by another instance');
  await load.finish();
  await first.kill('SIGINT');

  expect(
    readdirSync(copy, { recursive: true, withFileTypes: true }).filter(
      (one) => one.isFile() && statSync(join(one.parentPath, one.name)).mode & 0o077,
    ),
  ).toEqual([]);
  await expect(main(['restore', copy, '--data', dataDir], {})).rejects.toThrow('is not empty');

  // A damaged or incomplete backup is refused, and no files are left.
  const manifest = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8')) as Manifest;
  const paths = manifest.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['dynamodb/tables.db', 'messages/fauxqs.db', 'root-key', 'secrets.json']),
  );
  const broken = join(folder, 'broken');
  const photo = paths.find((path) => path.endsWith('.data')) ?? '';
  for (const harm of [
    () => {
      appendFileSync(join(broken, photo), 'x');
    },
    () => {
      rmSync(join(broken, 'messages/fauxqs.db'));
    },
    () => {
      rmSync(join(broken, 'manifest.json'));
    },
    () => {
      appendFileSync(join(broken, 'manifest.json'), '}');
    },
  ]) {
    cpSync(copy, broken, { recursive: true });
    harm();
    await expect(main(['restore', broken, '--data', restored], {})).rejects.toThrow(
      /damaged|not a complete backup/,
    );
    expect(existsSync(restored) || existsSync(`${restored}.incomplete`)).toBe(false);
    rmSync(broken, { recursive: true });
  }

  mkdirSync(restored);
  await main(['restore', copy, '--data', restored], {});
  copyTemplates(restored);
  const second = Instance.launch(restored, port);
  onTestFinished(async () => {
    await second.kill('SIGINT');
  });
  await second.ready();
  // A notice claimed at the time of the backup is sent by the message that claimed it. Another message of it
  // is received again only after its queue's three minutes.
  for (let minute = 0; minute < 2; minute += 1) {
    await second.idle();
    await second.call('POST', '/local/clock', { body: { advance: 'PT1M' } });
  }
  await second.idle();
  const connection = await connectTo({ kind: 'embedded', dataDir: restored });
  onTestFinished(() => {
    connection.close();
  });
  const { json } = await second.call('GET', '/local/clock');
  const counted = await recount(connection, restored, city, before, String(json['now']));
  expect(counted.problems).toEqual([]);
  expect(counted.photos).toBeGreaterThan(0);
});
