import { globSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

const loadedFolders = new Set<string>();

/**
 * Loads a function's native modules into the main thread. A library loaded by a worker alone is unmapped when that
 * worker ends, while the library's own threads may still run in it.
 */
export function loadNativeModules(folder: string): void {
  if (loadedFolders.has(folder)) return;
  loadedFolders.add(folder);
  for (const path of globSync('node_modules/**/*.node', { cwd: folder })) {
    try {
      const file = { exports: {} };
      process.dlopen(file, join(folder, path), constants.dlopen.RTLD_LAZY);
    } catch {
      // Built for another platform: the function loads the right one, or reports it missing.
    }
  }
}
