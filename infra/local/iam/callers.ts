import { operator, type CredentialStore } from '../credentials.ts';
import type { FunctionPlan } from '../template/plan.ts';
import { administrator, type Caller } from './access-control.ts';

/** Whose credentials the cloud itself, its tests and its scripts sign with, and the front door behind which objects lie. */
export const administrators = { cloud: operator, door: 'front door' };

/** A function, and what Lambda does for it, as the policies know it. */
export function callerOf({ name, role }: FunctionPlan): Caller {
  return { kind: 'role', role, session: name };
}

/** Who signed a request, by the access key in it. */
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

  /** Undefined for a key that is none of this cloud's. */
  of(accessKeyId: string): Caller | undefined {
    const owner = this.#credentials.ownerOf(accessKeyId);
    return owner === undefined ? undefined : this.#byOwner.get(owner);
  }

  /** By an Authorization header, whose signature is not checked: a key is as hard to guess as its secret. */
  ofHeader(authorization: string | undefined): Caller | undefined {
    const key = /Credential=([^/,\s]+)\//.exec(authorization ?? '')?.[1];
    return key === undefined ? undefined : this.of(key);
  }
}
