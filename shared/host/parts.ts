import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { keysFrom, secretFrom, type Keys } from '../http/credentials.ts';
import { Limits, type LimitDependencies } from '../http/limits.ts';
import type { AnyKind } from '../kernel/kind.ts';
import { ContactOpener, ContactSealer } from '../store/contact-cipher.ts';
import { Counters } from '../store/counters.ts';
import { Figures } from '../store/figures.ts';
import { FormerTable } from '../store/former-table.ts';
import { Ledger } from '../store/ledger.ts';
import { RecordStore } from '../store/records.ts';
import type { Host } from './host.ts';

/** What handlers are built from, each from a host and the settings that it needs. */

export function recordsOf<K extends AnyKind>(
  host: Host,
  { REPORTS_TABLE, FORMER_TABLE }: { REPORTS_TABLE: string; FORMER_TABLE?: string | undefined },
  kinds: readonly K[],
): RecordStore<K> {
  const client = host.connect(DynamoDBClient);
  const former =
    FORMER_TABLE === undefined ? undefined : new FormerTable(client, FORMER_TABLE, REPORTS_TABLE, kinds);
  return new RecordStore(client, REPORTS_TABLE, kinds, host.newId, former);
}

export function ledgerOf(host: Host, env: { LEDGER_TABLE: string }): Ledger {
  return new Ledger(host.connect(DynamoDBClient), env.LEDGER_TABLE, (attempt) =>
    host.pause(20 * 2 ** attempt),
  );
}

export function figuresOf(host: Host, env: { LEDGER_TABLE: string }): Figures {
  return new Figures(host.connect(DynamoDBClient), env.LEDGER_TABLE, (attempt) =>
    host.pause(host.random() * Math.min(1_000, 20 * 2 ** attempt)),
  );
}

export function photosOf(host: Host, env: { PHOTO_BUCKET: string }): { client: S3Client; bucket: string } {
  return { client: host.connect(S3Client, { forcePathStyle: true }), bucket: env.PHOTO_BUCKET };
}

export function parkingOf(
  host: Host,
  env: { PARKING_QUEUE_URL: string },
): { client: SQSClient; queueUrl: string } {
  return { client: host.connect(SQSClient), queueUrl: env.PARKING_QUEUE_URL };
}

export function snsOf(host: Host): SNSClient {
  return host.connect(SNSClient);
}

export function keysOf(host: Host, env: { SECRET_ARN: string }): () => Promise<Keys> {
  return keysFrom(host.connect(SecretsManagerClient), env.SECRET_ARN, milliseconds(host));
}

export function contactSealerOf(host: Host, env: { CONTACT_KEY_ARN: string }): ContactSealer {
  return new ContactSealer(cipherOf(host), env.CONTACT_KEY_ARN);
}

export function contactOpenerOf(host: Host): ContactOpener {
  return new ContactOpener(cipherOf(host));
}

/**
 * The limits on what strangers may ask.
 * @param keys as the function has them, so that the secret is read once.
 * @param reportedBy only who takes reports in counts them.
 */
export function limitsOf(
  host: Host,
  env: { LEDGER_TABLE: string; SITE_PROOF_ARN: string },
  keys: () => Promise<Keys>,
  reportedBy: LimitDependencies['reportedBy'] = () => Promise.resolve(0),
): Limits {
  const secrets = host.connect(SecretsManagerClient);
  return new Limits({
    city: host.currentCity(),
    counters: new Counters(host.connect(DynamoDBClient), env.LEDGER_TABLE),
    reportedBy,
    keys,
    siteProof: secretFrom(secrets, env.SITE_PROOF_ARN, (text) => text),
    now: host.now,
    random: host.random,
    fetch: host.fetch,
  });
}

function cipherOf(host: Host) {
  return { client: host.connect(KMSClient), now: milliseconds(host), random: host.randomBytes };
}

function milliseconds({ now }: Host): () => number {
  return () => Date.parse(now());
}
