import { globSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { FunctionPlan } from '../template/plan.ts';

/**
 * Loads the native parts of the functions' assets into this process. A library that only a worker has loaded is
 * unmapped when that worker ends, with the library's own threads still running in it.
 */
export function holdNativeParts(functions: FunctionPlan[]): void {
  const files = new Set(
    functions.flatMap((fn) =>
      globSync('node_modules/**/*.node', { cwd: fn.folder }).map((path) => join(fn.folder, path)),
    ),
  );
  for (const file of files) {
    try {
      process.dlopen({ exports: {} }, file, constants.dlopen.RTLD_LAZY);
    } catch {
      // One for another kind of machine; the function takes the right one, or says what is missing.
    }
  }
}
