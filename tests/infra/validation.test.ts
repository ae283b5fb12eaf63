import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnResource, Validations, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readCity } from '../../infra/build.ts';
import { compose, emptyFunctions } from './template.ts';

const city = { ...readCity(), departments: readCity().departments.slice(0, 1) };

/** The error of a synthesis with validation, after `spoil` has changed the platform's stack. */
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

describe('validation', () => {
  it('finds no errors and no warnings in both stacks', () => {
    const { directory } = compose({ validation: true }).app.synth();
    const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as {
      pluginReports: unknown[];
    };
    expect(report.pluginReports).toEqual([]);
  });

  it('refuses what cdk-nag forbids', () => {
    expect(refusal((stack) => new Bucket(stack, 'Careless'))).toMatch(/AwsSolutions-S1\b/);
  });

  it('refuses what CloudFormation forbids', () => {
    const message = refusal(
      (stack) =>
        new CfnResource(stack, 'Wrong', {
          type: 'AWS::SQS::Queue',
          properties: { VisibilityTimeout: 'long' },
        }),
    );
    expect(message).toMatch(/VisibilityTimeout/);
  });

  it('acknowledges each finding separately, with a reason', () => {
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
  it('gets a warning at synthesis with the command to run before deploying', () => {
    // The report is also printed to the terminal.
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { platform } = compose({ city, functions: { ...emptyFunctions, photosRunOnLambda: false } });
    Annotations.fromStack(platform).hasWarning(
      '*',
      Match.stringLikeRegexp('Before deploying run: npm install .*@img/sharp-linux-x64@\\d'),
    );
  });

  it('gets no warning if the library is installed', () => {
    const { platform } = compose({ city });
    Annotations.fromStack(platform).hasNoWarning('*', Match.stringLikeRegexp('sharp'));
  });
});
