import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartRefused } from './start-refused.ts';

/** The folder of all data, locked by one embedded cloud at a time. */
export type DataFolder = { path: string; release: () => void };

/**
 * Locks the folder for this process. The lock is SQLite's file lock, which the operating system releases when the
 * process ends, so there are no stale locks.
 */
export function takeDataFolder(dataDir: string): DataFolder {
  const path = resolve(dataDir);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new StartRefused(
      `数据目录 ${path} 不可写。请修改权限，或用 DATA_DIR 指定别的目录。`,
      `The data folder ${path} cannot be written. Change its permissions, or name another one with DATA_DIR.`,
      { cause },
    );
  }
  const lock = new DatabaseSync(join(path, 'lock.db'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new StartRefused(
      `数据目录 ${path} 正被另一个随手报实例使用。请先停止它，或用 DATA_DIR 指定别的目录。`,
      `The data folder ${path} is in use by another instance. Stop that one, or name another folder with DATA_DIR.`,
      { cause },
    );
  }
  return {
    path,
    release: () => {
      lock.close();
    },
  };
}

/** Replaces a small file atomically, even in a crash. Only the owner may read it. */
export function writeDurably(path: string, content: string): void {
  const incomplete = `${path}.incomplete`;
  const file = openSync(incomplete, 'w', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  chmodSync(incomplete, 0o600);
  renameSync(incomplete, path);
}
