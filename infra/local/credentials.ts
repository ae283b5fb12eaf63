import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './data-folder.ts';

export type Credentials = { accessKeyId: string; secretAccessKey: string };

/** The owner whose credentials may do everything in the embedded cloud. */
export const operator = 'embedded cloud';

/**
 * One access key for each function, which identifies the caller of a request. All are derived from one root key in the
 * data folder, so that a URL signed before a restart stays valid.
 */
export class CredentialStore {
  readonly #root: string;
  readonly #known = new Map<string, { owner: string; credentials: Credentials }>();

  constructor(dataDir: string) {
    this.#root = readOrCreate(join(dataDir, 'root-key'));
  }

  of(owner: string): Credentials {
    const accessKeyId = `AKLOCAL${this.#derive(`id ${owner}`).slice(0, 13).toUpperCase()}`;
    const known = this.#known.get(accessKeyId);
    if (known) return known.credentials;
    const credentials = { accessKeyId, secretAccessKey: this.#derive(`secret ${owner}`).slice(0, 40) };
    this.#known.set(accessKeyId, { owner, credentials });
    return credentials;
  }

  secretOf(accessKeyId: string): string | undefined {
    return this.#known.get(accessKeyId)?.credentials.secretAccessKey;
  }

  ownerOf(accessKeyId: string): string | undefined {
    return this.#known.get(accessKeyId)?.owner;
  }

  #derive(what: string): string {
    return createHmac('sha256', this.#root).update(what).digest('hex');
  }
}

function readOrCreate(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const created = randomBytes(32).toString('hex');
    writeDurably(file, created);
    return created;
  }
}
