import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { allow } from './allow.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { ServiceFunction } from './service-function.ts';

export type RequestLimitsProps = {
  ledger: LedgerTable;
  /** Its key hashes the counted values: addresses, devices, phone numbers. */
  secret: Secret;
  /** Proves that a request came through the site, so that its client address can be trusted. */
  siteProof: Secret;
};

/** Environment and permissions for functions that count and limit anonymous requests. */
export class RequestLimits {
  /** Environment variables for these functions (`limitSettings`). */
  readonly environment: { LEDGER_TABLE: string; SECRET_ARN: string; SITE_PROOF_ARN: string };
  readonly #props: RequestLimitsProps;

  constructor(props: RequestLimitsProps) {
    this.#props = props;
    this.environment = {
      LEDGER_TABLE: props.ledger.table.tableName,
      SECRET_ARN: props.secret.secretArn,
      SITE_PROOF_ARN: props.siteProof.secretArn,
    };
  }

  /** `UpdateItem` counts; `BatchGetItem` reads the counts. */
  allow(to: ServiceFunction, ...actions: ('BatchGetItem' | 'UpdateItem')[]): void {
    const { ledger, secret, siteProof } = this.#props;
    ledger.allow(to, ...actions);
    allow(to, ['secretsmanager:GetSecretValue'], [secret.secretArn, siteProof.secretArn]);
  }
}
