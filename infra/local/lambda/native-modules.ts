import { globSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

const held = new Set<string>();

/**
 * Loads the native parts of a function's asset into this process. A library that only a worker has loaded is unmapped
 * when that worker ends, with the library's own threads still running in it.
 */
export function loadNativeModules(folder: string): void {
  if (held.has(folder)) return;
  held.add(folder);
  for (const path of globSync('node_modules/**/*.node', { cwd: folder })) {
    try {
      const file = { exports: {} };
      process.dlopen(file, join(folder, path), constants.dlopen.RTLD_LAZY);
    } catch {
      // One for another kind of machine; the function takes the right one, or says what is missing.
    }
  }
}
