import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as z from 'zod';
import { takeDataFolder, writeDurably } from './data-folder.ts';
import { StartRefused } from './start-refused.ts';

/** A backup's content, written last: a backup without it is incomplete. Paths are relative, with slashes. */
const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** When the backup's snapshot was taken, by this machine's clock. */
  takenAt: z.iso.datetime(),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof manifestSchema>;
const manifestName = 'manifest.json';

/** Recreated by a start, used by this process only, or copied separately below. */
const notCopied = new Set([
  'cdk.out',
  'logs',
  'lock.db',
  'lock.db-journal',
  'operator.json',
  'dynamodb',
  'messages',
  'objects',
]);
const databases = ['dynamodb/tables.db', 'messages/fauxqs.db'];

/**
 * Copies the data folder of the embedded cloud in this process while it runs, consistent at one instant: the same as a
 * kill at that instant would leave (decision 10). Contains every object of that instant and possibly later ones.
 *
 * @param onDelete registers a listener for each object's files just before they are deleted; returns its removal.
 * @throws StartRefused when the folder is not empty.
 */
export async function takeBackup(
  dataDir: string,
  directory: string,
  onDelete: (listener: (files: string[]) => void) => () => void,
): Promise<Manifest> {
  const target = resolve(directory);
  refuseUnlessEmpty(target);
  const part = `${target}.incomplete`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true, mode: 0o700 });
  const files: Manifest['files'] = [];
  const copied = new Set<string>();
  /** Synchronous, so that an object's content and its metadata belong together. */
  const copyFiles = (paths: string[]): void => {
    for (const path of paths) {
      if (copied.has(path) || !existsSync(path)) continue;
      copied.add(path);
      const inside = relative(dataDir, path);
      const content = readFileSync(path);
      mkdirSync(dirname(join(part, inside)), { recursive: true, mode: 0o700 });
      writeFileSync(join(part, inside), content, { mode: 0o600 });
      files.push(entryOf(inside, content));
    }
  };
  const stopListening = onDelete(copyFiles);
  const opened: DatabaseSync[] = [];
  try {
    // Both snapshots are taken synchronously, so no message and no stream position changes in between.
    for (const file of [...databases].reverse()) opened.unshift(snapshotOf(join(dataDir, file)));
    const takenAt = new Date().toISOString();
    for (const [index, file] of databases.entries()) {
      const copy = join(part, file);
      mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
      const database = opened[index];
      if (database) await copyDatabase(database, copy, { rate: 1_000 });
      chmodSync(copy, 0o600);
      sync(copy);
      files.push(entryOf(file, readFileSync(copy)));
    }
    for (const object of objectsIn(join(dataDir, 'objects'))) {
      copyFiles(object);
      await yieldToEventLoop();
    }
    // After the tables, so that the clock is not behind any written record and every key in use is included.
    for (const entry of readdirSync(dataDir, { withFileTypes: true, recursive: true })) {
      const path = join(entry.parentPath, entry.name);
      const [top = ''] = relative(dataDir, path).split('/');
      if (entry.isFile() && !notCopied.has(top) && !path.endsWith('.incomplete')) copyFiles([path]);
    }
    const manifest: Manifest = { format: 1, takenAt, files };
    writeDurably(join(part, manifestName), JSON.stringify(manifest, undefined, 1));
    moveInto(part, target);
    return manifest;
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  } finally {
    stopListening();
    for (const database of opened) database.close();
  }
}

/**
 * Creates a data folder from a backup. Each file is compared with the manifest's checksum; the folder is created
 * completely or not at all.
 *
 * @throws StartRefused when the backup is incomplete or damaged, or the folder is in use or not empty.
 */
export function restoreBackup(directory: string, dataDir: string): Manifest {
  const source = resolve(directory);
  const target = resolve(dataDir);
  const manifest = readManifest(source);
  refuseUnlessEmpty(target);
  const part = `${target}.incomplete`;
  rmSync(part, { recursive: true, force: true });
  try {
    for (const { path, bytes, sha256 } of manifest.files) {
      const copy = resolve(part, path);
      if (!copy.startsWith(`${part}/`)) throw damaged(source, path);
      const file = join(source, path);
      const content = existsSync(file) ? readFileSync(file) : undefined;
      const found = content && entryOf(path, content);
      if (!content || found?.bytes !== bytes || found.sha256 !== sha256) throw damaged(source, path);
      mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
      writeFileSync(copy, content, { mode: 0o600, flush: true });
    }
    moveInto(part, target);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  }
  return manifest;
}

/** A connection that reads the database as it is now, whatever is written later. */
function snapshotOf(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec('BEGIN');
  // The first read takes the snapshot.
  database.prepare('SELECT count(*) FROM sqlite_master').get();
  return database;
}

function entryOf(path: string, content: Buffer): Manifest['files'][number] {
  return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

/** The files of each object, together, and of each bucket. */
function* objectsIn(folder: string): Generator<string[]> {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, path);
    if (path.endsWith('.meta.json')) yield [file.replace(/\.meta\.json$/, '.data'), file];
    else if (basename(path).startsWith('.')) yield [file];
  }
}

function readManifest(source: string): Manifest {
  let parsed;
  try {
    parsed = manifestSchema.safeParse(JSON.parse(readFileSync(join(source, manifestName), 'utf8')));
  } catch (cause) {
    throw new StartRefused(
      `${source} 不是完整的备份：没有可读的 ${manifestName}。`,
      `${source} is not a complete backup: it has no readable ${manifestName}.`,
      { cause },
    );
  }
  if (!parsed.success) throw damaged(source, manifestName);
  return parsed.data;
}

function damaged(source: string, path: string): StartRefused {
  return new StartRefused(
    `备份 ${source} 已损坏：${path} 缺失或与校验和不符。`,
    `The backup ${source} is damaged: ${path} is missing or differs from its checksum.`,
  );
}

/** @throws StartRefused unless the folder is missing or empty. */
function refuseUnlessEmpty(folder: string): void {
  if (!existsSync(folder)) return;
  if (readdirSync(folder).length === 0) return;
  // Throws a clearer error when an instance is running on it.
  if (existsSync(join(folder, 'lock.db'))) takeDataFolder(folder).release();
  throw new StartRefused(
    `目录 ${folder} 不是空的，请另选一个。`,
    `The folder ${folder} is not empty: name another one.`,
  );
}

function moveInto(part: string, target: string): void {
  if (existsSync(target)) rmdirSync(target);
  renameSync(part, target);
  sync(dirname(target));
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
