import { operator, type CredentialStore } from '../credentials.ts';
import type { FunctionPlan } from '../template/plan.ts';
import { administrator, type Caller } from './access-control.ts';

/** Owners of administrator credentials: the cloud itself with its tests and scripts, and the S3 endpoint. */
export const administrators = { cloud: operator, s3Endpoint: 's3 endpoint' };

/** The caller for a function, also when Lambda acts on its behalf. */
export function callerOf({ name, role }: FunctionPlan): Caller {
  return { kind: 'role', role, session: name };
}

/** Identifies a request's caller by its access key. */
export class Callers {
  readonly #credentials: CredentialStore;
  readonly #byOwner: Map<string, Caller>;

  constructor(credentials: CredentialStore, functions: readonly FunctionPlan[]) {
    this.#credentials = credentials;
    this.#byOwner = new Map([
      ...Object.values(administrators).map((owner): [string, Caller] => [owner, administrator]),
      ...functions.map((fn): [string, Caller] => [fn.name, callerOf(fn)]),
    ]);
  }

  /** Undefined for an unknown key. */
  of(accessKeyId: string): Caller | undefined {
    const owner = this.#credentials.ownerOf(accessKeyId);
    return owner === undefined ? undefined : this.#byOwner.get(owner);
  }

  /** By an Authorization header. The signature is not checked: the access key is as hard to guess as its secret. */
  ofHeader(authorization: string | undefined): Caller | undefined {
    const key = /Credential=([^/,\s]+)\//.exec(authorization ?? '')?.[1];
    return key === undefined ? undefined : this.of(key);
  }
}
