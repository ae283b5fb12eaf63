import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { writeDurably } from '../data-folder.ts';

export type StaffKeys = { signing: JWK & { kid: string; alg: 'RS256' }; cookies: string };

/** Generated once, so that tokens stay valid after a restart. */
export async function readStaffKeys(dataDir: string): Promise<StaffKeys> {
  const file = join(dataDir, 'sign-in-keys.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as StaffKeys;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const keys: StaffKeys = {
    signing: {
      ...(await exportJWK(privateKey)),
      kid: randomBytes(8).toString('hex'),
      alg: 'RS256',
      use: 'sig',
    },
    cookies: randomBytes(32).toString('hex'),
  };
  writeDurably(file, JSON.stringify(keys));
  return keys;
}
