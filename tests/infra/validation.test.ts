import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnResource, Validations, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readCity } from '../../infra/build.ts';
import { compose, emptyFunctions } from './template.ts';

const city = { ...readCity(), departments: readCity().departments.slice(0, 1) };

/** What a synthesis with validation refuses, after `spoil` has been at the platform's stack. */
function refusal(spoil: (stack: Stack) => void): string {
  const { app, platform } = compose({ city, validation: true });
  spoil(platform);
  try {
    app.synth();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing';
}

// Two whole stacks are composed and validated, which a busy machine takes its time for.
describe('validation', { timeout: 120_000 }, () => {
  it('finds nothing in both stacks, warnings included', () => {
    const { directory } = compose({ validation: true }).app.synth();
    const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as {
      pluginReports: unknown[];
    };
    expect(report.pluginReports).toEqual([]);
  });

  it('would refuse what cdk-nag forbids', () => {
    expect(refusal((stack) => new Bucket(stack, 'Careless'))).toMatch(/AwsSolutions-S1\b/);
  });

  it('would refuse what CloudFormation forbids', () => {
    const message = refusal(
      (stack) =>
        new CfnResource(stack, 'Wrong', {
          type: 'AWS::SQS::Queue',
          properties: { VisibilityTimeout: 'long' },
        }),
    );
    expect(message).toMatch(/VisibilityTimeout/);
  });

  it('is answered for each finding alone, with a reason', () => {
    const { app } = compose({ city });
    const reasons = app.node
      .findAll()
      .flatMap((construct) => construct.node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .map(({ data }) => JSON.stringify(data));
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) {
      expect(reason).not.toMatch(/AwsSolutions-IAM[45]"/);
      expect(reason.length).toBeGreaterThan(60);
    }
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a machine without the image library for Lambda', () => {
  it('is told at synthesis what to run before deploying', () => {
    // The report says so on the terminal as well.
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { platform } = compose({ city, functions: { ...emptyFunctions, photosRunOnLambda: false } });
    Annotations.fromStack(platform).hasWarning(
      '*',
      Match.stringLikeRegexp('Before deploying run: npm install .*@img/sharp-linux-x64@\\d'),
    );
  });

  it('is not told so when it has it', () => {
    const { platform } = compose({ city });
    Annotations.fromStack(platform).hasNoWarning('*', Match.stringLikeRegexp('sharp'));
  });
});
