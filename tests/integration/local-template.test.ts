import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StartRefused } from '../../infra/local/start-refused.ts';
import { readPlan, type Plan } from '../../infra/local/template/plan.ts';
import { arnOf, queue, temporaryFolder, writeAssembly, type TinyStack } from './local-tiny-cloud.ts';

const addresses = { publicUrl: 'http://127.0.0.1:3000', queueUrl: 'http://127.0.0.1:4566' };
const folder = temporaryFolder();
let count = 0;

function plan(stacks: Record<string, TinyStack>): Plan {
  return readPlan(writeAssembly(join(folder.path, String(count++)), stacks), addresses);
}

/** The value of VALUE in the environment of the templates' one function. */
function valueOf(node: unknown, rest: Partial<TinyStack> = {}): string | undefined {
  const stack = {
    resources: { Work: queue({ QueueName: 'work' }), ...rest.resources },
    functions: { Fn: { code: '', environment: { VALUE: node } } },
  };
  return plan({ Tiny: { ...rest, ...stack } }).functions[0]?.environment['VALUE'];
}

function refusal(resources: Record<string, object>, rest: Partial<TinyStack> = {}): string {
  try {
    plan({ Tiny: { resources, ...rest } });
  } catch (error) {
    expect(error).toBeInstanceOf(StartRefused);
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

afterAll(() => {
  folder.remove();
});

describe('intrinsics', () => {
  it.each([
    ['Ref to a resource', { Ref: 'Work' }, 'http://127.0.0.1:4566/000000000000/work'],
    ['Ref to a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Fn::GetAtt', arnOf('Work'), 'arn:aws:sqs:us-east-1:000000000000:work'],
    ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Work.QueueName' }, 'work'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Partition' }, 'b']] }, 'a-aws-b'],
    [
      'Fn::Sub',
      { 'Fn::Sub': '${AWS::AccountId}/${Work.QueueName}/${!Literal}' },
      '000000000000/work/${Literal}',
    ],
    ['Fn::Sub with variables', { 'Fn::Sub': ['${Name}!', { Name: { Ref: 'AWS::StackName' } }] }, 'Tiny!'],
    ['Fn::Select of Fn::Split', { 'Fn::Select': [5, { 'Fn::Split': [':', arnOf('Work')] }] }, 'work'],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', 'big', 'of'] }, '10'],
    ['Fn::If', { 'Fn::If': ['IsHere', 'here', 'there'] }, 'here'],
    ['Fn::If with a nested condition', { 'Fn::If': ['IsNotHere', 'here', 'there'] }, 'there'],
  ])('%s', (_, node, expected) => {
    const conditions = {
      IsHere: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
      IsNotHere: { 'Fn::Not': [{ Condition: 'IsHere' }] },
    };
    expect(valueOf(node, { conditions, mappings: { Sizes: { big: { of: '10' } } } })).toBe(expected);
  });

  it('omits properties that are AWS::NoValue', () => {
    const { queues } = plan({
      Tiny: { resources: { Work: queue({ VisibilityTimeout: { Ref: 'AWS::NoValue' }, DelaySeconds: 3 }) } },
    });
    expect(queues[0]?.attributes).toEqual({ DelaySeconds: '3' });
  });

  it('imports the exports of another stack, in any order of the manifest', () => {
    const { functions } = plan({
      Second: {
        resources: {},
        functions: { Fn: { code: '', environment: { VALUE: { 'Fn::ImportValue': 'First:Name' } } } },
        dependsOn: ['First'],
      },
      First: {
        resources: { Work: queue({ QueueName: 'work' }) },
        outputs: { Name: { Value: arnOf('Work', 'QueueName'), Export: { Name: 'First:Name' } } },
      },
    });
    expect(functions[0]?.environment['VALUE']).toBe('work');
  });

  it('skips resources whose condition is false', () => {
    const { queues } = plan({
      Tiny: {
        resources: { Work: { ...queue(), Condition: 'Never' } },
        conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      },
    });
    expect(queues).toEqual([]);
  });

  it('shortens long names and keeps them distinct', () => {
    const id = 'A'.repeat(90);
    const { queues } = plan({ Tiny: { resources: { [`${id}1`]: queue(), [`${id}2`]: queue() } } });
    expect(new Set(queues.map(({ name }) => name)).size).toBe(2);
    expect(queues.every(({ name }) => name.length <= 80)).toBe(true);
  });
});

describe('refusal', () => {
  let message = '';

  beforeAll(() => {
    message = refusal(
      {
        Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: {} },
        Ordered: queue({ QueueName: 'a.fifo', FifoQueue: true }),
        Named: queue({ QueueName: { 'Fn::Transform': {} } }),
        Far: {
          Type: 'AWS::SNS::Subscription',
          Properties: { TopicArn: 'arn:aws:sns:x', Protocol: 'https', Endpoint: 'https://example.org' },
        },
        Socket: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } },
        Nightly: {
          Type: 'AWS::Events::Rule',
          Properties: { ScheduleExpression: 'cron(0 3 * * ? *)', Targets: [] },
        },
        Nowhere: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Missing' } } },
      },
      { functions: { Old: { code: '' } } },
    );
  });

  it.each([
    ['a resource type', 'Tiny/Machine: the resource type AWS::StepFunctions::StateMachine is not known'],
    ['a property', 'Tiny/Ordered (AWS::SQS::Queue): the property FifoQueue is not known'],
    ['an intrinsic', 'Tiny/Named: the intrinsic Fn::Transform is not known'],
    ['a value', 'Tiny/Far (AWS::SNS::Subscription): Protocol'],
    ['a kind of API', 'Tiny/Socket (AWS::ApiGatewayV2::Api): ProtocolType'],
    ['a reference', 'Tiny/Nowhere: Ref Missing: no such resource or parameter'],
  ])('names %s', (_, expected) => {
    expect(message).toContain(expected);
  });

  it('is in Chinese as well', () => {
    expect(message).toContain('模板里有本机不认识的内容');
  });

  it('names unknown schedules and runtimes', () => {
    const told = refusal({
      Nightly: {
        Type: 'AWS::Events::Rule',
        Properties: { ScheduleExpression: 'cron(0 3 * * ? *)', Targets: [{ Arn: 'a', Id: 't' }] },
      },
      Python: {
        Type: 'AWS::Lambda::Function',
        Properties: { Code: { S3Key: 'none.zip' }, Handler: 'a.b', Runtime: 'python3.13', Role: 'a' },
      },
    });
    expect(told).toContain('the schedule expression cron(0 3 * * ? *)');
    expect(told).toContain('the runtime python3.13 is not known');
    expect(told).toContain('there is no asset for none.zip');
  });

  it('does not apply to resources without effect on one machine', () => {
    expect(() =>
      plan({
        Tiny: { resources: { Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Anything: 1 } } } },
      }),
    ).not.toThrow();
  });
});
