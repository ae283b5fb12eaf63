import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack, type CfnElement } from 'aws-cdk-lib';
import { functionNames, readCity, type BuiltFunctions } from '../../infra/build.ts';
import { ServiceFunction } from '../../infra/constructs/service-function.ts';
import { createApp, type AppOptions, type SuishoubaoApp } from '../../infra/create-app.ts';
import { runFolder } from '../support/templates.ts';

export type Resource = {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
};
export type Template = { Resources: Record<string, Resource>; Outputs?: Record<string, unknown> };
export type Templates = { platform: Template; departments: Template };

const scratch = mkdtempSync(join(runFolder, 'infra-'));
let runs = 0;

/** Empty functions: templates do not depend on their code. */
export const emptyFunctions: BuiltFunctions = {
  root: join(scratch, 'functions'),
  bytes: Object.fromEntries(functionNames.map((name) => [name, 0])),
  architecture: 'x86_64',
  photosRunOnLambda: true,
};
for (const name of functionNames) {
  mkdirSync(join(emptyFunctions.root, name), { recursive: true });
  writeFileSync(join(emptyFunctions.root, name, 'index.mjs'), `export const handler = () => '${name}';\n`);
}
const pages = join(scratch, 'pages');
mkdirSync(pages);
writeFileSync(join(pages, 'index.html'), '<!doctype html><title>随手报</title>\n');

/** The app, by default with the demo city, with its own output folder. */
export function compose(options: Partial<AppOptions> = {}): SuishoubaoApp {
  runs += 1;
  return createApp({
    city: readCity(),
    functions: emptyFunctions,
    pages,
    validation: false,
    outdir: join(scratch, `cdk.out.${runs}`),
    ...options,
  });
}

export function synthesize(options: Partial<AppOptions> = {}): Templates {
  const { app, platform, departments } = compose(options);
  const { directory } = app.synth();
  const read = (file: string): Template =>
    JSON.parse(readFileSync(join(directory, file), 'utf8')) as Template;
  return { platform: read(platform.templateFile), departments: read(departments.templateFile) };
}

export function serviceFunctions({ app }: SuishoubaoApp): Map<string, ServiceFunction> {
  const found = app.node.findAll().filter((construct) => construct instanceof ServiceFunction);
  return new Map(
    found.map((one) => [Stack.of(one).getLogicalId(one.function.node.defaultChild as CfnElement), one]),
  );
}

export function ofType(template: Template, type: string): [id: string, resource: Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** The logical id that a value refers to: `{Ref}`, or `{Fn::GetAtt: [id, …]}`. */
export function pointsTo(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('Ref' in value) return value.Ref as string;
  if ('Fn::GetAtt' in value) return (value['Fn::GetAtt'] as string[])[0];
  return undefined;
}

/** A value as text: `{Fn::Join}` joined, a reference as `<LogicalId>` or `<LogicalId.Attribute>`. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Ref' in value) return `<${value.Ref as string}>`;
  if ('Fn::GetAtt' in value) return `<${(value['Fn::GetAtt'] as string[]).join('.')}>`;
  if ('Fn::Sub' in value) return value['Fn::Sub'] as string;
  if ('Fn::ImportValue' in value) return `<${value['Fn::ImportValue'] as string}>`;
  if ('Fn::Join' in value) {
    const [separator, parts] = value['Fn::Join'] as [string, unknown[]];
    return parts.map(asText).join(separator);
  }
  return JSON.stringify(value);
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

export type Statement = {
  Effect: 'Allow' | 'Deny';
  Action: unknown;
  Resource: unknown;
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
};

export function statementsOf(resource: Resource): Statement[] {
  const document = resource.Properties['PolicyDocument'] as { Statement: Statement[] };
  return document.Statement;
}
