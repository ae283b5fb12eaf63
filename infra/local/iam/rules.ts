import * as z from 'zod';

/**
 * One action on one resource that a policy allows or denies. A statement with lists becomes one rule per pair of action
 * and resource, so that the uses of each can be counted.
 */
export type Rule = {
  effect: 'Allow' | 'Deny';
  /** With `*` and `?`; case-insensitive. */
  action: string;
  /** An ARN with `*` and `?` within its parts, or `*`. */
  resource: string;
  /** Empty in a role's policy, which applies to the role itself. */
  principals: Principal[];
  conditions: Condition[];
};

/** `anyone`: with or without an account. */
export type Principal = { kind: 'anyone' } | { kind: 'service' | 'aws'; name: string };

export type Condition = { operator: ConditionOperator; key: ConditionKey; values: string[] };

const conditionOperators = [
  'StringEquals',
  'StringLike',
  'ArnEquals',
  'ArnLike',
  'Bool',
  'NumericLessThan',
] as const;
export type ConditionOperator = (typeof conditionOperators)[number];

/** The condition keys that the embedded cloud sets, in lower case; IAM ignores case. */
const conditionKeys = ['aws:securetransport', 'aws:sourcearn', 'aws:sourceaccount', 's3:tlsversion'] as const;
export type ConditionKey = (typeof conditionKeys)[number];

const text = z.string();
/** One value, or a list of them. */
function oneOrMore<T>(value: z.ZodType<T>) {
  return z.union([z.array(value), value.transform((one) => [one])]);
}
const list = oneOrMore(text);
const values = oneOrMore(z.union([text, z.boolean(), z.number()]).transform(String));

const conditions = z.record(text, z.record(text, values)).transform((operators, context) =>
  Object.entries(operators).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([name, expected]): Condition[] => {
      const known = conditionOperators.find((one) => one === operator);
      const key = conditionKeys.find((one) => one === name.toLowerCase());
      if (known === undefined)
        context.addIssue({ code: 'custom', message: `the condition operator ${operator} is not known` });
      if (key === undefined)
        context.addIssue({ code: 'custom', message: `the condition key ${name} is not known` });
      return known === undefined || key === undefined ? [] : [{ operator: known, key, values: expected }];
    }),
  ),
);

const principals = z
  .union([z.literal('*'), z.strictObject({ AWS: list.optional(), Service: list.optional() })])
  .transform((value): Principal[] =>
    value === '*'
      ? [{ kind: 'anyone' }]
      : [
          ...(value.AWS ?? []).map((name): Principal =>
            name === '*' ? { kind: 'anyone' } : { kind: 'aws', name },
          ),
          ...(value.Service ?? []).map((name): Principal => ({ kind: 'service', name })),
        ],
  );

const actions = list.refine((all) => all.every((one) => one === '*' || /^[a-z0-9-]+:[\w*?]+$/i.test(one)), {
  error: ({ input }) => `the action ${JSON.stringify(input)} is not known`,
});
const resources = list.refine(
  (all) => all.every((one) => !one.includes('${') && (one === '*' || /^arn:([^:]*:){4}./.test(one))),
  { error: ({ input }) => `the resource ${JSON.stringify(input)} is not known` },
);
const effect = z.enum(['Allow', 'Deny']);

/** The supported elements of a statement; others (`NotAction`, `NotResource`, …) are refused by name. */
const common = {
  Sid: z.unknown().optional(),
  Effect: effect,
  Action: actions,
  Condition: conditions.optional(),
};

function documentOf<T>(statement: z.ZodType<T>) {
  return z
    .strictObject({
      Version: z.literal('2012-10-17'),
      Id: z.unknown().optional(),
      Statement: oneOrMore(statement),
    })
    .transform(({ Statement }) => Statement);
}

type Parsed = {
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: string[];
  Principal?: Principal[];
  Condition?: Condition[] | undefined;
};

function rulesOf(statements: Parsed[]): Rule[] {
  return statements.flatMap((one) =>
    one.Action.flatMap((action) =>
      one.Resource.map((resource) => ({
        effect: one.Effect,
        action,
        resource,
        principals: one.Principal ?? [],
        conditions: one.Condition ?? [],
      })),
    ),
  );
}

/** The policy of a role. */
export const identityPolicySchema = documentOf(z.strictObject({ ...common, Resource: resources })).transform(
  rulesOf,
);

/** The policy of a queue, a topic, a bucket. */
export const resourcePolicySchema = documentOf(
  z.strictObject({ ...common, Resource: resources, Principal: principals }),
).transform(rulesOf);

/** A role's trust policy. */
export const trustPolicySchema = documentOf(z.strictObject({ ...common, Principal: principals })).transform(
  (statements) => rulesOf(statements.map((one) => ({ ...one, Resource: ['*'] }))),
);
