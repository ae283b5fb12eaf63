import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from './credentials.ts';
import { writeDurably } from './data-folder.ts';
import type { Endpoints } from './lambda/environment.ts';

/**
 * Tells `npm run ops` the URLs and the operator's credentials of a running embedded cloud. Only the owner of the data
 * folder may read it, who can also read the root key.
 */
export type OperatorFile = {
  /** The HTTP server's URL on this machine, without a final slash. */
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

/** Writes the file, replacing one left by a kill; returns a function that deletes it. */
export function writeOperatorFile(dataDir: string, file: OperatorFile): () => void {
  writeDurably(join(dataDir, name), JSON.stringify(file, undefined, 2));
  return () => {
    rmSync(join(dataDir, name), { force: true });
  };
}

/** Undefined if there is no file. After a kill the file describes a cloud that no longer runs. */
export function readOperatorFile(dataDir: string): OperatorFile | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, name), 'utf8')) as OperatorFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
