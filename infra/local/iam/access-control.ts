import type { RolePlan } from '../template/plan.ts';
import { place } from '../template/resource-types.ts';
import { evaluate, type CallerNames, type Context, type Verdict } from './evaluate.ts';
import type { Rule } from './rules.ts';

/** Who makes a request. */
export type Caller =
  /** Whoever runs this cloud, its tests and scripts: may do everything. */
  | { kind: 'administrator' }
  /** A function, or the part of Lambda that works for it, with the function's role. */
  | { kind: 'role'; role: RolePlan; session: string }
  /** A service of AWS on its own account, for one of the template's resources. */
  | { kind: 'service'; name: string; sourceArn: string };

export const administrator: Caller = { kind: 'administrator' };

export type Denial = {
  /** The ARN of a role's session, or the service's name. */
  caller: string;
  action: string;
  resource: string;
  because: 'nothing-allows' | 'role-denies' | 'resource-denies';
};

/** One thing that a policy of the template allows, and how often it was used since the start. */
export type GrantUse = {
  /** The role, or for the policy of a resource whom it lets in. */
  to: string;
  action: string;
  resource: string;
  /** `aws:sourcearn ArnLike arn:…`; undefined without conditions. */
  when: string | undefined;
  uses: number;
};

export type Grants = { grants: GrantUse[]; denials: (Denial & { times: number })[] };

/** Said by a service's own calls, which have no answer that could say it. */
export class AccessDenied extends Error {
  constructor(denial: Denial) {
    super(denialMessage(denial));
    this.name = 'AccessDeniedException';
  }
}

/** Denials of more kinds than this are not told apart any more: there may be as many as there are keys in a bucket. */
const mostDenials = 1000;

/**
 * The template's policies at work: says of each request whether AWS would let it through, and remembers which rule did.
 * One account, so a policy of the role or of the resource is enough, and either can forbid.
 */
export class AccessControl {
  readonly #roles: readonly RolePlan[];
  readonly #resourcePolicies: ReadonlyMap<string, readonly Rule[]>;
  readonly #uses = new Map<Rule, number>();
  readonly #denials = new Map<string, Denial & { times: number }>();

  /** `resourcePolicies` by the ARN of the queue, topic, bucket or function that they are of. */
  constructor(roles: readonly RolePlan[], resourcePolicies: ReadonlyMap<string, readonly Rule[]>) {
    this.#roles = roles;
    this.#resourcePolicies = resourcePolicies;
  }

  /** Undefined if the caller may. */
  check(caller: Caller, action: string, resource: string): Denial | undefined {
    if (caller.kind === 'administrator') return undefined;
    const request = { action, resource, context: contextOf(caller), caller: namesOf(caller) };
    const own = caller.kind === 'role' ? evaluate(caller.role.rules, request) : undefined;
    const theirs = evaluate(this.#policyOf(resource), request);
    const allowing = [own, theirs].find((one) => one?.effect === 'Allow');
    const denied = own?.effect === 'Deny' || theirs?.effect === 'Deny';
    if (allowing && !denied) {
      this.#uses.set(allowing.rule, (this.#uses.get(allowing.rule) ?? 0) + 1);
      return undefined;
    }
    return this.#remember({
      caller: caller.kind === 'role' ? sessionArn(caller) : caller.name,
      action,
      resource,
      because: reasonOf(own, theirs),
    });
  }

  /** @throws AccessDenied if the caller may not. */
  require(caller: Caller, action: string, resource: string): void {
    const denial = this.check(caller, action, resource);
    if (denial) throw new AccessDenied(denial);
  }

  /** Everything that is granted, with how often it was used, and everything that was refused. */
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

  /** An object's is its bucket's. */
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
    else if (this.#denials.size < mostDenials) this.#denials.set(key, { ...denial, times: 1 });
    return denial;
  }
}

/**
 * AWS's own words. Services spell the action in their own ways; `spelled` is the one that asks.
 */
export function denialMessage({ caller, action, resource, because }: Denial, spelled = action): string {
  const reason = {
    'nothing-allows': `because no identity-based policy allows the ${spelled} action`,
    'role-denies': 'with an explicit deny in an identity-based policy',
    'resource-denies': 'with an explicit deny in a resource-based policy',
  }[because];
  return `User: ${caller} is not authorized to perform: ${spelled} on resource: ${resource} ${reason}`;
}

function reasonOf(own: Verdict, theirs: Verdict): Denial['because'] {
  if (own?.effect === 'Deny') return 'role-denies';
  return theirs?.effect === 'Deny' ? 'resource-denies' : 'nothing-allows';
}

function sessionArn({ role, session }: Extract<Caller, { kind: 'role' }>): string {
  return `arn:aws:sts::${place.account}:assumed-role/${role.name}/${session}`;
}

/** The account as a principal of a resource's policy leaves it to the roles' own policies, so it names none of them. */
function namesOf(caller: Exclude<Caller, { kind: 'administrator' }>): CallerNames {
  return caller.kind === 'service'
    ? { service: caller.name }
    : { aws: [caller.role.arn, sessionArn(caller)] };
}

/** Between functions and engines of one machine nothing is encrypted; on AWS all of the SDK's requests are. */
function contextOf(caller: Exclude<Caller, { kind: 'administrator' }>): Context {
  return {
    'aws:securetransport': 'true',
    's3:tlsversion': '1.3',
    ...(caller.kind === 'service'
      ? { 'aws:sourcearn': caller.sourceArn, 'aws:sourceaccount': place.account }
      : {}),
  };
}
