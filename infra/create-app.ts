import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { City } from '../shared/config/city.ts';
import type { BuiltFunctions } from './build.ts';
import type { FormerTable } from './constructs/records-table.ts';
import { DepartmentsStack } from './departments-stack.ts';
import { PlatformStack } from './platform-stack.ts';

export type AppOptions = {
  city: City;
  functions: BuiltFunctions;
  /** The built pages. */
  pages: string;
  /** Output folder of the cloud assembly; the CDK's command line sets its own. */
  outdir?: string;
  /**
   * Whether to check the templates with CDK's and cdk-nag's rules, which takes longer than synthesis. Always on for
   * deployments; a start on one machine skips the checks.
   */
  validation?: boolean;
};

export type SuishoubaoApp = { app: App; platform: PlatformStack; departments: DepartmentsStack };

/** The CDK app with all stacks, ready to `synth()`. */
export function createApp(options: AppOptions): SuishoubaoApp {
  const validation = options.validation ?? true;
  const app = new App({
    // Without the CDK's command line, cdk.json's flags must be passed here.
    context: cdkContext(),
    // Its metadata would change with every department.
    analyticsReporting: false,
    builtinCloudFormationValidation: validation,
    ...(options.outdir === undefined ? {} : { outdir: options.outdir }),
  });
  if (validation) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

  const certificateArn: unknown = app.node.tryGetContext('certificateArn');
  if (certificateArn !== undefined && options.city.publicUrl === undefined)
    throw new Error(
      'certificateArn is given, but the city has no publicUrl, whose host the certificate is for.',
    );
  const former = formerTable(app);
  const platform = new PlatformStack(app, 'Suishoubao', {
    description: '随手报: residents’ reports, from a photo to the department that mends it.',
    city: options.city,
    functions: options.functions,
    pages: options.pages,
    ...(typeof certificateArn === 'string' ? { certificateArn } : {}),
    ...(former && { former }),
  });
  const departments = new DepartmentsStack(app, 'SuishoubaoDepartments', {
    description: '随手报: the queue of each department.',
    platform,
  });
  return { app, platform, departments };
}

/** The context values that `npm run ops -- migrate` prints for a deployment. */
function formerTable(app: App): FormerTable | undefined {
  const table: unknown = app.node.tryGetContext('formerTable');
  const stream: unknown = app.node.tryGetContext('formerStream');
  if (table === undefined && stream === undefined) return undefined;
  if (typeof table !== 'string' || typeof stream !== 'string' || !stream.includes(`:table/${table}/stream/`))
    throw new Error('formerTable is the name of a table and formerStream the ARN of its stream: give both.');
  return { table, stream };
}

function cdkContext(): Record<string, unknown> {
  const settings = JSON.parse(readFileSync(resolve(import.meta.dirname, '..', 'cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  };
  return settings.context;
}
