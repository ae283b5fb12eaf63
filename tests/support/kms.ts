import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { CredentialStore, operator } from '../../infra/local/credentials.ts';
import { AccessControl } from '../../infra/local/iam/access-control.ts';
import { Callers } from '../../infra/local/iam/callers.ts';
import { KeyStore, serveKeys } from '../../infra/local/kms.ts';
import { place } from '../../infra/local/template/resource-types.ts';
import { ContactOpener, ContactSealer } from '../../shared/store/contact-cipher.ts';

export const contactKeyArn = `arn:aws:kms:${place.region}:${place.account}:key/contacts`;

/** The embedded cloud's KMS with one key, and the product's cipher using it. */
export async function startKms() {
  const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-kms-'));
  const credentials = new CredentialStore(dataDir);
  const keys = new KeyStore(dataDir, [{ id: 'contacts', arn: contactKeyArn }]);
  const callers = new Callers(credentials, []);
  const access = new AccessControl([], new Map());
  const server = await serveKeys(keys, { credentials, callers, access, now: Date.now });
  const client = new KMSClient({
    region: place.region,
    endpoint: server.url,
    credentials: credentials.of(operator),
    maxAttempts: 1,
  });
  let passed = 0;
  const now = (): number => performance.now() + passed;
  return {
    dataDir,
    client,
    sealer: new ContactSealer({ client, now }, contactKeyArn),
    opener: new ContactOpener({ client, now }),
    /** The time of the cipher, for the age of its keys. */
    time: {
      forward: (milliseconds: number) => {
        passed += milliseconds;
      },
    },
    /** Makes KMS unavailable: its port is closed. */
    goDown: () => server.stop(),
    stop: async () => {
      client.destroy();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
