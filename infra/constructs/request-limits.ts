import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { allow } from './allow.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { ServiceFunction } from './service-function.ts';

export type RequestLimitsProps = {
  ledger: LedgerTable;
  /** Its key hashes what is counted by: addresses, devices, telephone numbers. */
  secret: Secret;
  /** Shows that a request came through the site, so that the address it gives can be believed. */
  siteProof: Secret;
};

/** What a function needs to count and limit the requests of strangers. */
export class RequestLimits {
  /** Environment variables of the functions that use it (`limitSettings`). */
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

  /** `UpdateItem` counts; `BatchGetItem` reads the counts of what is limited. */
  allow(to: ServiceFunction, ...actions: ('BatchGetItem' | 'UpdateItem')[]): void {
    const { ledger, secret, siteProof } = this.#props;
    ledger.allow(to, ...actions);
    allow(to, ['secretsmanager:GetSecretValue'], [secret.secretArn, siteProof.secretArn]);
  }
}
