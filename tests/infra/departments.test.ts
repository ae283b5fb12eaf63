import { describe, expect, it } from 'vitest';
import { readCity } from '../../infra/build.ts';
import type { City, Department } from '../../shared/config/city.ts';
import {
  asList,
  asText,
  compose,
  ofType,
  pointsTo,
  statementsOf,
  synthesize,
  type Template,
} from './template.ts';

const city = readCity();
const root = city.areas.find((area) => area.parent === undefined)?.id ?? '';
const ferry: Department = {
  id: 'ferry-company',
  name: { zh: '轮渡公司', en: 'Ferry company' },
  services: ['ferry'],
  areas: [root],
};
const withMore = (...more: Department[]): City => ({ ...city, departments: [...city.departments, ...more] });
const plain = (...ids: string[]): City => ({
  ...city,
  departments: ids.map((id) => ({ ...ferry, id })),
});

/** The types of the added resources; their logical ids do not matter. */
function added(before: Template, after: Template): string[] {
  return Object.entries(after.Resources)
    .filter(([id]) => !(id in before.Resources))
    .map(([, { Type }]) => Type)
    .sort();
}

function changed(before: Template, after: Template): string[] {
  return Object.entries(before.Resources)
    .filter(([id, resource]) => JSON.stringify(resource) !== JSON.stringify(after.Resources[id]))
    .map(([id]) => id);
}

const before = synthesize({ city });

describe('an additional department in the configuration', () => {
  const after = synthesize({ city: withMore(ferry) });

  it('adds its queue and dead-letter queue with policies, a subscription, a mapping and an alarm', () => {
    expect(added(before.departments, after.departments)).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::Lambda::EventSourceMapping',
      'AWS::SNS::Subscription',
      'AWS::SQS::Queue',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::SQS::QueuePolicy',
    ]);
  });

  it('changes nothing else, except that deliver may read the new queue', () => {
    expect(after.platform).toEqual(before.platform);
    expect(changed(before.departments, after.departments)).toEqual([
      expect.stringMatching(/^DeliverRoleDefaultPolicy/),
    ]);

    const permissions = (template: Template): string[] =>
      ofType(template, 'AWS::IAM::Policy')
        .flatMap(([, policy]) => statementsOf(policy))
        .flatMap((statement) =>
          asList(statement.Action).flatMap((action) =>
            asList(statement.Resource).map((one) => `${action as string} ${asText(one)}`),
          ),
        );
    const old = permissions(before.departments);
    const news = permissions(after.departments).filter((permission) => !old.includes(permission));
    expect(news).toHaveLength(3);
    for (const permission of news) expect(permission).toMatch(/^sqs:\w+ <Departmentferrycompany\w+\.Arn>$/);
  });

  it('names the queue after the department, and subscribes it to its own assignments only', () => {
    const queue = ofType(after.departments, 'AWS::SQS::Queue').find(
      ([, { Properties }]) => Properties['QueueName'] === 'Suishoubao-dept-ferry-company',
    );
    expect(queue).toBeDefined();
    const subscription = ofType(after.departments, 'AWS::SNS::Subscription').find(
      ([, { Properties }]) => pointsTo(Properties['Endpoint']) === queue?.[0],
    );
    expect(subscription?.[1].Properties['FilterPolicy']).toEqual({
      type: ['report-assigned.v1'],
      department: ['ferry-company'],
    });
  });

  it('names the department in the alarm', () => {
    const descriptions = ofType(after.departments, 'AWS::CloudWatch::Alarm').map(
      ([, { Properties }]) => Properties['AlarmDescription'],
    );
    expect(descriptions).toContainEqual(expect.stringContaining('Ferry company 轮渡公司 (ferry-company)'));
  });
});

describe('a department with an e-mail address', () => {
  it('is subscribed to its own notices, and changes nothing else', () => {
    const without = synthesize({ city: plain('ferry-company') });
    const withAddress = synthesize({
      city: { ...plain(), departments: [{ ...ferry, email: 'ferry@example.org' }] },
    });
    expect(withAddress.platform).toEqual(without.platform);
    expect(changed(without.departments, withAddress.departments)).toEqual([]);
    expect(added(without.departments, withAddress.departments)).toEqual(['AWS::SNS::Subscription']);
    const mail = ofType(withAddress.departments, 'AWS::SNS::Subscription').find(
      ([, { Properties }]) => Properties['Protocol'] === 'email',
    );
    expect(mail?.[1].Properties).toMatchObject({
      Endpoint: 'ferry@example.org',
      FilterPolicy: { recipient: ['department#ferry-company'] },
    });
  });
});

describe("a department's head with an e-mail address", () => {
  it('is subscribed to the digests for heads, apart from the notices for all', () => {
    const { departments } = synthesize({
      city: {
        ...plain(),
        departments: [{ ...ferry, email: 'ferry@example.org', alerts: { email: 'head@example.org' } }],
      },
    });
    const mails = ofType(departments, 'AWS::SNS::Subscription')
      .map(([, { Properties }]) => Properties)
      .filter(({ Protocol }) => Protocol === 'email')
      .map(({ Endpoint, FilterPolicy }) => [Endpoint, FilterPolicy]);
    expect(mails).toEqual([
      ['ferry@example.org', { recipient: ['department#ferry-company'] }],
      ['head@example.org', { recipient: ['head#ferry-company'] }],
    ]);
  });
});

describe('the stacks', () => {
  it('depend on each other in one direction', () => {
    const { platform, departments } = compose({ city: plain('ferry-company') });
    expect(departments.dependencies).toEqual([platform]);
    expect(platform.dependencies).toEqual([]);
  });

  it('have room for seventy departments', () => {
    const ids = Array.from({ length: 70 }, (_, index) => `department-${index}`);
    const { departments } = synthesize({ city: plain(...ids) });
    expect(Object.keys(departments.Resources).length).toBeLessThanOrEqual(500);
  });

  it('report how many departments fit when there are too many', () => {
    const ids = Array.from({ length: 72 }, (_, index) => `department-${index}`);
    expect(() => compose({ city: plain(...ids) })).toThrow(
      /The city has 72 departments.* holds 500, which is about \d\d departments/,
    );
  });
});
