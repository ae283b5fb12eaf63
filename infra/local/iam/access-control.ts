import type { RolePlan } from '../template/plan.ts';
import { place } from '../template/resource-types.ts';
import { evaluate, type CallerNames, type Context, type Verdict } from './evaluate.ts';
import type { Rule } from './rules.ts';

/** Who makes a request. */
export type Caller =
  /** The user who runs this cloud, its tests and scripts: may do everything. */
  | { kind: 'administrator' }
  /** A function, or Lambda on its behalf, with the function's role. */
  | { kind: 'role'; role: RolePlan; session: string }
  /** An AWS service acting for one of the template's resources. */
  | { kind: 'service'; name: string; sourceArn: string };

export const administrator: Caller = { kind: 'administrator' };

export type Denial = {
  /** The ARN of a role's session, or the service's name. */
  caller: string;
  action: string;
  resource: string;
  because: 'nothing-allows' | 'role-denies' | 'resource-denies';
};

/** One grant of the template's policies, and how often it was used since the start. */
export type GrantUse = {
  /** The role, or for a resource's policy its principals. */
  to: string;
  action: string;
  resource: string;
  /** `aws:sourcearn ArnLike arn:…`; undefined without conditions. */
  when: string | undefined;
  uses: number;
};

export type Grants = { grants: GrantUse[]; denials: (Denial & { times: number })[] };

/** Thrown by the embedded cloud's own calls, which have no response to carry the denial. */
export class AccessDenied extends Error {
  constructor(denial: Denial) {
    super(denialMessage(denial));
    this.name = 'AccessDeniedException';
  }
}

/** The most distinct denials recorded: there may be as many as keys in a bucket. */
const maxDenials = 1000;

/**
 * Evaluates the template's policies for each request and counts the uses of each rule. Within one account an allow in
 * either the role's or the resource's policy is enough, and a deny in either forbids.
 */
export class AccessControl {
  readonly #roles: readonly RolePlan[];
  readonly #resourcePolicies: ReadonlyMap<string, readonly Rule[]>;
  readonly #uses = new Map<Rule, number>();
  readonly #denials = new Map<string, Denial & { times: number }>();

  /** @param resourcePolicies by the ARN of the queue, topic, bucket or function. */
  constructor(roles: readonly RolePlan[], resourcePolicies: ReadonlyMap<string, readonly Rule[]>) {
    this.#roles = roles;
    this.#resourcePolicies = resourcePolicies;
  }

  /** Undefined if the caller may do it. */
  check(caller: Caller, action: string, resource: string): Denial | undefined {
    if (caller.kind === 'administrator') return undefined;
    const request = { action, resource, context: contextOf(caller), caller: namesOf(caller) };
    const roleVerdict = caller.kind === 'role' ? evaluate(caller.role.rules, request) : undefined;
    const resourceVerdict = evaluate(this.#policyOf(resource), request);
    const allowing = [roleVerdict, resourceVerdict].find((one) => one?.effect === 'Allow');
    const denied = roleVerdict?.effect === 'Deny' || resourceVerdict?.effect === 'Deny';
    if (allowing && !denied) {
      this.#uses.set(allowing.rule, (this.#uses.get(allowing.rule) ?? 0) + 1);
      return undefined;
    }
    return this.#remember({
      caller: caller.kind === 'role' ? sessionArn(caller) : caller.name,
      action,
      resource,
      because: reasonOf(roleVerdict, resourceVerdict),
    });
  }

  /** @throws AccessDenied if the caller may not do it. */
  require(caller: Caller, action: string, resource: string): void {
    const denial = this.check(caller, action, resource);
    if (denial) throw new AccessDenied(denial);
  }

  /** All grants with their uses, and all denials. */
  grants(): Grants {
    const row = (to: string, rule: Rule): GrantUse => ({
      to,
      action: rule.action,
      resource: rule.resource,
      when:
        rule.conditions.length === 0
          ? undefined
          : rule.conditions
              .map(({ operator, key, values }) => `${key} ${operator} ${values.join(' or ')}`)
              .join(', '),
      uses: this.#uses.get(rule) ?? 0,
    });
    const allowing = (rules: readonly Rule[]): Rule[] => rules.filter(({ effect }) => effect === 'Allow');
    return {
      grants: [
        ...this.#roles.flatMap(({ name, rules }) => allowing(rules).map((rule) => row(name, rule))),
        ...[...this.#resourcePolicies.values()].flatMap((rules) =>
          allowing(rules).map((rule) =>
            row(rule.principals.map((one) => (one.kind === 'anyone' ? '*' : one.name)).join(', '), rule),
          ),
        ),
      ],
      denials: [...this.#denials.values()],
    };
  }

  /** For an object, its bucket's policy. */
  #policyOf(resource: string): readonly Rule[] {
    return (
      this.#resourcePolicies.get(resource) ??
      this.#resourcePolicies.get(resource.split('/', 1)[0] ?? '') ??
      []
    );
  }

  #remember(denial: Denial): Denial {
    const key = `${denial.caller} ${denial.action} ${denial.resource}`;
    const known = this.#denials.get(key);
    if (known) known.times++;
    else if (this.#denials.size < maxDenials) this.#denials.set(key, { ...denial, times: 1 });
    return denial;
  }
}

/** AWS's message for a denial. @param spelled the action as the calling service spells it. */
export function denialMessage({ caller, action, resource, because }: Denial, spelled = action): string {
  const reason = {
    'nothing-allows': `because no identity-based policy allows the ${spelled} action`,
    'role-denies': 'with an explicit deny in an identity-based policy',
    'resource-denies': 'with an explicit deny in a resource-based policy',
  }[because];
  return `User: ${caller} is not authorized to perform: ${spelled} on resource: ${resource} ${reason}`;
}

function reasonOf(roleVerdict: Verdict, resourceVerdict: Verdict): Denial['because'] {
  if (roleVerdict?.effect === 'Deny') return 'role-denies';
  return resourceVerdict?.effect === 'Deny' ? 'resource-denies' : 'nothing-allows';
}

function sessionArn({ role, session }: Extract<Caller, { kind: 'role' }>): string {
  return `arn:aws:sts::${place.account}:assumed-role/${role.name}/${session}`;
}

/** Without the account: as a principal it only delegates to the roles' own policies. */
function namesOf(caller: Exclude<Caller, { kind: 'administrator' }>): CallerNames {
  return caller.kind === 'service'
    ? { service: caller.name }
    : { aws: [caller.role.arn, sessionArn(caller)] };
}

/** On AWS all SDK requests are encrypted, so the conditions on TLS hold here too. */
function contextOf(caller: Exclude<Caller, { kind: 'administrator' }>): Context {
  return {
    'aws:securetransport': 'true',
    's3:tlsversion': '1.3',
    ...(caller.kind === 'service'
      ? { 'aws:sourcearn': caller.sourceArn, 'aws:sourceaccount': place.account }
      : {}),
  };
}
