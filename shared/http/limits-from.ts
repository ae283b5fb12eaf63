import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { City } from '../config/city.ts';
import { Counters } from '../store/counters.ts';
import { secretFrom, type Keys } from './credentials.ts';
import { Limits, type LimitDependencies } from './limits.ts';

/** The limits of a function that runs on Lambda, by its settings. Only who takes reports in counts them. */
export function limitsFrom(
  env: { LEDGER_TABLE: string; SITE_PROOF_ARN: string },
  city: City,
  keys: () => Promise<Keys>,
  secrets: SecretsManagerClient,
  reportedBy: LimitDependencies['reportedBy'] = () => Promise.resolve(0),
): Limits {
  return new Limits({
    city,
    counters: new Counters(new DynamoDBClient({}), env.LEDGER_TABLE),
    reportedBy,
    keys,
    siteProof: secretFrom(secrets, env.SITE_PROOF_ARN, (text) => text),
    now: () => new Date().toISOString(),
    random: Math.random,
    fetch,
  });
}
