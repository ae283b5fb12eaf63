import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from './credentials.ts';
import { writeDurably } from './data-folder.ts';
import type { Endpoints } from './lambda/environment.ts';

/**
 * How `npm run ops` finds an embedded cloud at work: its addresses, and the keys of whoever may do everything in it.
 * Only the owner of the data folder may read it, who could read the root key beside it as well.
 */
export type OperatorFile = {
  /** The front door on this machine, without a final slash. */
  url: string;
  region: string;
  credentials: Credentials;
  endpoints: Endpoints;
  /** The templates' outputs. */
  outputs: Record<string, string>;
  /** Names of the templates' queues. */
  queues: string[];
};

const name = 'operator.json';

/** Writes the file while the cloud runs; answers how to take it away. One that a kill left behind is replaced. */
export function announce(dataDir: string, file: OperatorFile): () => void {
  writeDurably(join(dataDir, name), JSON.stringify(file, undefined, 2));
  return () => {
    rmSync(join(dataDir, name), { force: true });
  };
}

/** Undefined where no embedded cloud runs, or ever ran. What is there may be of one that was killed. */
export function readOperatorFile(dataDir: string): OperatorFile | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, name), 'utf8')) as OperatorFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
