import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AccessControl,
  administrator,
  denialMessage,
  type Caller,
} from '../../infra/local/iam/access-control.ts';
import { evaluate, matchesArn, matchesText, type Request } from '../../infra/local/iam/evaluate.ts';
import {
  identityPolicySchema,
  resourcePolicySchema,
  trustPolicySchema,
  type Rule,
} from '../../infra/local/iam/rules.ts';

const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/reports';
const queue = 'arn:aws:sqs:us-east-1:000000000000:work';
const topic = 'arn:aws:sns:us-east-1:000000000000:events';

const document = (...statements: object[]): object => ({ Version: '2012-10-17', Statement: statements });
const rulesOf = (...statements: object[]): Rule[] => identityPolicySchema.parse(document(...statements));
const allow = (Action: unknown, Resource: unknown, rest: object = {}): object => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...rest,
});
const deny = (Action: unknown, Resource: unknown, rest: object = {}): object => ({
  ...allow(Action, Resource, rest),
  Effect: 'Deny',
});
const ask = (action: string, resource: string, context: Request['context'] = {}): Request => ({
  action,
  resource,
  context,
  caller: {},
});
const effect = (rules: Rule[], request: Request): string => evaluate(rules, request)?.effect ?? 'none';

describe('a policy', () => {
  it('allows only what it names', () => {
    const rules = rulesOf(allow(['dynamodb:GetItem', 'dynamodb:PutItem'], table));
    expect(effect(rules, ask('dynamodb:PutItem', table))).toBe('Allow');
    expect(effect(rules, ask('dynamodb:putitem', table))).toBe('Allow');
    expect(effect(rules, ask('dynamodb:Query', table))).toBe('none');
    expect(effect(rules, ask('dynamodb:PutItem', `${table}/index/inbox`))).toBe('none');
    expect(effect(rules, ask('dynamodb:PutItem', table.toUpperCase()))).toBe('none');
  });

  it('lets a denial override, in any order', () => {
    const statements = [allow('*', '*'), deny('sqs:Delete*', queue)];
    for (const order of [statements, statements.toReversed()]) {
      expect(effect(rulesOf(...order), ask('sqs:DeleteMessage', queue))).toBe('Deny');
      expect(effect(rulesOf(...order), ask('sqs:DeleteMessage', topic))).toBe('Allow');
    }
  });

  it.each([
    ['a key under a prefix', 'arn:aws:s3:::photos/uploads/*', 'arn:aws:s3:::photos/uploads/a/b.jpg', true],
    ['a key beside it', 'arn:aws:s3:::photos/uploads/*', 'arn:aws:s3:::photos/originals/a', false],
    ['one character', `${queue}?`, `${queue}s`, true],
    ['no character', `${queue}?`, queue, false],
    ['a wildcard within its part', 'arn:aws:sqs:*:*:work', queue, true],
    ['a wildcard not over a colon', 'arn:aws:sqs:*:work', queue, false],
    [
      'a colon of the last part',
      'arn:aws:logs:r:1:log-group:g:*',
      'arn:aws:logs:r:1:log-group:g:log-stream:s',
      true,
    ],
    ['a dot that is a dot', 'arn:aws:sqs:r:1:a.*', 'arn:aws:sqs:r:1:abc', false],
  ])('matches %s', (_, pattern, arn, matches) => {
    expect(matchesArn(pattern, arn)).toBe(matches);
  });

  it('requires every condition, with any of its values', () => {
    const rules = rulesOf(
      allow('sqs:SendMessage', queue, {
        Condition: {
          ArnLike: { 'AWS:SourceArn': [`${topic}-other`, 'arn:aws:sns:*:*:ev*'] },
          StringEquals: { 'aws:SourceAccount': '000000000000' },
        },
      }),
    );
    const context = { 'aws:sourcearn': topic, 'aws:sourceaccount': '000000000000' };
    expect(effect(rules, ask('sqs:SendMessage', queue, context))).toBe('Allow');
    expect(effect(rules, ask('sqs:SendMessage', queue, { ...context, 'aws:sourceaccount': '1' }))).toBe(
      'none',
    );
    expect(effect(rules, ask('sqs:SendMessage', queue, { 'aws:sourcearn': topic }))).toBe('none');
    const plain = rulesOf(
      allow('*', '*'),
      deny('s3:*', '*', { Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
      deny('*', '*', { Condition: { Bool: { 'aws:SecureTransport': false } } }),
    );
    const over = (secure: string, tls: string): Request =>
      ask('s3:GetObject', 'arn:aws:s3:::b/k', { 'aws:securetransport': secure, 's3:tlsversion': tls });
    expect(effect(plain, over('true', '1.3'))).toBe('Allow');
    expect(effect(plain, over('true', '1.1'))).toBe('Deny');
    expect(effect(plain, over('false', '1.3'))).toBe('Deny');
  });

  it.each([
    ['NotAction', { Effect: 'Allow', NotAction: 'sqs:*', Resource: '*' }, 'NotAction'],
    ['NotResource', { Effect: 'Allow', Action: 'sqs:*', NotResource: queue }, 'NotResource'],
    [
      'an operator',
      allow('a:B', '*', { Condition: { DateLessThan: { 'aws:SourceArn': 'x' } } }),
      'DateLessThan',
    ],
    [
      'a condition key',
      allow('a:B', '*', { Condition: { StringEquals: { 'dynamodb:LeadingKeys': 'x' } } }),
      'dynamodb:LeadingKeys',
    ],
    ['a variable', allow('s3:GetObject', 'arn:aws:s3:::b/${aws:username}/*'), '${aws:username}'],
    ['half an ARN', allow('sqs:*', 'arn:aws:sqs'), 'arn:aws:sqs'],
    ['no action', allow('everything', '*'), 'everything'],
  ])('that says %s is not understood, and it is said what', (_, statement, named) => {
    const parsed = identityPolicySchema.safeParse(document(statement));
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(named);
  });
});

describe('access', () => {
  const role = {
    name: 'worker',
    arn: 'arn:aws:iam::000000000000:role/worker',
    rules: rulesOf(allow('sqs:*', queue), deny('sqs:PurgeQueue', '*')),
  };
  const worker: Caller = { kind: 'role', role, session: 'Fn' };
  const policies = new Map([
    [
      queue,
      resourcePolicySchema.parse(
        document(
          deny('sqs:SetQueueAttributes', queue, { Principal: '*' }),
          allow('sqs:SendMessage', queue, {
            Principal: { Service: 'sns.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': topic } },
          }),
        ),
      ),
    ],
    [
      'arn:aws:s3:::files',
      resourcePolicySchema.parse(
        document(
          allow('s3:GetObject', 'arn:aws:s3:::files/*', { Principal: { AWS: role.arn } }),
          allow('s3:*', 'arn:aws:s3:::files/*', { Principal: { AWS: 'arn:aws:iam::000000000000:root' } }),
        ),
      ),
    ],
  ]);
  const control = (): AccessControl => new AccessControl([role], policies);

  it('is granted by role or resource, and denied by either', () => {
    const access = control();
    expect(access.check(worker, 'sqs:ReceiveMessage', queue)).toBeUndefined();
    expect(access.check(worker, 's3:GetObject', 'arn:aws:s3:::files/a/b')).toBeUndefined();
    expect(access.check(worker, 'sqs:PurgeQueue', queue)?.because).toBe('role-denies');
    expect(access.check(worker, 'sqs:SetQueueAttributes', queue)?.because).toBe('resource-denies');
    expect(access.check(administrator, 'sqs:PurgeQueue', queue)).toBeUndefined();
  });

  it('is not granted to a role by a resource policy for the account', () => {
    expect(control().check(worker, 's3:PutObject', 'arn:aws:s3:::files/a')?.because).toBe('nothing-allows');
  });

  it('is granted to a service for its source resource', () => {
    const sns = (sourceArn: string): Caller => ({ kind: 'service', name: 'sns.amazonaws.com', sourceArn });
    expect(control().check(sns(topic), 'sqs:SendMessage', queue)).toBeUndefined();
    expect(control().check(sns(`${topic}2`), 'sqs:SendMessage', queue)).toBeDefined();
    expect(
      control().check(
        { kind: 'service', name: 's3.amazonaws.com', sourceArn: topic },
        'sqs:SendMessage',
        queue,
      ),
    ).toBeDefined();
  });

  it('is refused with AWS’s message', () => {
    const denial = control().check(worker, 'dynamodb:PutItem', table);
    expect(denial && denialMessage(denial)).toBe(
      `User: arn:aws:sts::000000000000:assumed-role/worker/Fn is not authorized to perform: dynamodb:PutItem on resource: ${table} because no identity-based policy allows the dynamodb:PutItem action`,
    );
  });

  it('is recorded when used and when denied', () => {
    const access = control();
    access.check(worker, 'sqs:ReceiveMessage', queue);
    access.check(worker, 'sqs:DeleteMessage', queue);
    access.check(worker, 'sns:Publish', topic);
    access.check(worker, 'sns:Publish', topic);
    const { grants, denials } = access.grants();
    expect(grants.find(({ to }) => to === 'worker')).toEqual({
      to: 'worker',
      action: 'sqs:*',
      resource: queue,
      when: undefined,
      uses: 2,
    });
    expect(grants.filter(({ uses }) => uses > 0)).toHaveLength(1);
    expect(denials).toEqual([expect.objectContaining({ action: 'sns:Publish', resource: topic, times: 2 })]);
  });
});

describe('every policy', () => {
  const action = fc.constantFrom(
    'sqs:SendMessage',
    'sqs:DeleteMessage',
    's3:GetObject',
    'sqs:*',
    '*',
    'sqs:?endMessage',
  );
  const resource = fc.constantFrom(queue, topic, 'arn:aws:sqs:*:*:*', 'arn:aws:s*:us-east-1:*:work', '*');
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.array(action, { minLength: 1, maxLength: 3 }),
    Resource: fc.array(resource, { minLength: 1, maxLength: 3 }),
  });
  const request = fc.record({
    action: fc.constantFrom('sqs:SendMessage', 'sqs:DeleteMessage', 's3:GetObject'),
    resource: fc.constantFrom(queue, topic, `${queue}-2`),
  });

  it('does not depend on order or on lists of one', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), request, (statements, { action, resource }) => {
        const singles = statements.flatMap((one) =>
          one.Action.flatMap((Action) => one.Resource.map((Resource) => ({ ...one, Action, Resource }))),
        );
        const outcome = effect(rulesOf(...statements), ask(action, resource));
        expect(effect(rulesOf(...statements.toReversed()), ask(action, resource))).toBe(outcome);
        expect(effect(rulesOf(...singles), ask(action, resource))).toBe(outcome);
      }),
    );
  });

  it('is widened only by allowing and narrowed only by denying', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 5 }), statement, request, (statements, more, asked) => {
        const { action, resource } = asked;
        const before = effect(rulesOf(...statements), ask(action, resource));
        const after = effect(rulesOf(...statements, more), ask(action, resource));
        if (more.Effect === 'Allow' && before !== 'none') expect(after).toBe(before);
        if (more.Effect === 'Deny') expect([before, 'Deny']).toContain(after);
      }),
    );
  });

  /** Wildcards by their definition, one character after the other. */
  function isLike(pattern: string, text: string): boolean {
    const [first, ...rest] = Array.from(pattern);
    const characters = Array.from(text);
    if (first === undefined) return text === '';
    if (first === '*')
      return (
        isLike(rest.join(''), text) ||
        (characters.length > 0 && isLike(pattern, characters.slice(1).join('')))
      );
    return (
      characters.length > 0 &&
      (first === '?' || first === characters[0]) &&
      isLike(rest.join(''), characters.slice(1).join(''))
    );
  }

  it('matches wildcards as defined', () => {
    const characters = fc.constantFrom('a', 'b', '.', '/', '漏', '🚰', '\n', '+');
    const pattern = fc.string({ unit: fc.oneof(characters, fc.constantFrom('*', '?')), maxLength: 8 });
    fc.assert(
      fc.property(pattern, fc.string({ unit: characters, maxLength: 8 }), (wanted, text) => {
        expect(matchesText(wanted, text)).toBe(isLike(wanted, text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a trust policy', () => {
  it('names who may assume the role', () => {
    const trust = trustPolicySchema.parse(
      document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }),
    );
    const take = (service: string): string =>
      evaluate(trust, { ...ask('sts:AssumeRole', 'arn:aws:iam::1:role/r'), caller: { service } })?.effect ??
      'none';
    expect(take('lambda.amazonaws.com')).toBe('Allow');
    expect(take('ec2.amazonaws.com')).toBe('none');
  });
});
