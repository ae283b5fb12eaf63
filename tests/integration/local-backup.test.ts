import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { restoreBackup, takeBackup } from '../../infra/local/backup.ts';
import { temporaryFolder } from './local-tiny-cloud.ts';

it('a backup has the state of one instant despite concurrent writes and deletions', async () => {
  const { path: folder, remove } = temporaryFolder();
  onTestFinished(remove);
  const dataDir = join(folder, 'data');
  const files = ['dynamodb/tables.db', 'messages/fauxqs.db'];
  const databases = files.map((file) => {
    mkdirSync(join(dataDir, file, '..'), { recursive: true });
    const database = new DatabaseSync(join(dataDir, file));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE rows (content BLOB); BEGIN');
    const insert = database.prepare('INSERT INTO rows VALUES (zeroblob(4000))');
    // More than the copy reads in one step.
    for (let row = 0; row < 5_000; row += 1) insert.run();
    database.exec('COMMIT');
    onTestFinished(() => {
      database.close();
    });
    return { database, insert };
  });
  const bucket = join(dataDir, 'objects/buckets/photos/objects');
  mkdirSync(bucket, { recursive: true });
  const object = ['a.data', 'a.meta.json'].map((name) => join(bucket, name));
  for (const path of object) writeFileSync(path, 'as it was');

  let rowsAtTheInstant: number | undefined;
  let copying = true;
  const backup = takeBackup(dataDir, join(folder, 'copy'), (listener) => {
    // The first other callback: the instant of the backup has passed.
    setImmediate(() => {
      rowsAtTheInstant = Number(
        databases[0]?.database.prepare('SELECT count(*) AS n FROM rows').get()?.['n'],
      );
      listener(object);
      for (const path of object) rmSync(path);
      const write = (): void => {
        if (!copying) return;
        for (const { insert } of databases) insert.run();
        setImmediate(write);
      };
      write();
    });
    return () => undefined;
  });
  const manifest = await backup;
  copying = false;
  expect(rowsAtTheInstant).toBe(5_000);
  for (const { database } of databases)
    expect(database.prepare('SELECT count(*) AS n FROM rows').get()?.['n']).toBeGreaterThan(5_000);

  const restored = join(folder, 'restored');
  expect(restoreBackup(join(folder, 'copy'), restored)).toEqual(manifest);
  for (const file of files) {
    const copy = new DatabaseSync(join(restored, file));
    expect(copy.prepare('SELECT count(*) AS n FROM rows').get()?.['n']).toBe(5_000);
    expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    copy.close();
  }
  for (const path of object) {
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(path.replace(dataDir, restored), 'utf8')).toBe('as it was');
  }
});
