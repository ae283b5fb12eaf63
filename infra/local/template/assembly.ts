import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { StartRefused } from '../start-refused.ts';

/** The parts of `cdk synth`'s output that the embedded cloud needs. */
export type Assembly = { stacks: Stack[] };

export type Stack = {
  name: string;
  template: Template;
  /** Folder or file of each asset, by its object key in the template. */
  assets: Map<string, string>;
};

export type Resource = { Type: string; Properties?: Record<string, unknown>; Condition?: string };

export type Template = {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown }; Condition?: string }>;
  Parameters?: Record<string, { Default?: unknown }>;
  Conditions?: Record<string, unknown>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
};

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      dependencies: z.array(z.string()).optional(),
      properties: z.record(z.string(), z.unknown()).optional(),
      displayName: z.string().optional(),
    }),
  ),
});

const assetsSchema = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .optional(),
});

/** Reads manifest.json and every stack's template, in order of their dependencies. */
export function readAssembly(folder: string): Assembly {
  const root = resolve(folder);
  if (!existsSync(join(root, 'manifest.json')))
    throw new StartRefused(
      `${root} 里没有 manifest.json：请先运行 npm run synth。`,
      `There is no manifest.json in ${root}: run npm run synth first.`,
    );
  const { artifacts } = manifestSchema.parse(readJson(join(root, 'manifest.json')));

  const assets = new Map<string, string>();
  for (const artifact of Object.values(artifacts)) {
    if (artifact.type === 'cdk:cloud-assembly')
      throw new StartRefused(
        '不支持嵌套的 CDK 装配（Stage）。',
        'A nested assembly (a CDK stage) is not supported.',
      );
    if (artifact.type !== 'cdk:asset-manifest') continue;
    const { files } = assetsSchema.parse(readJson(join(root, String(artifact.properties?.['file']))));
    for (const file of Object.values(files ?? {})) {
      const { path } = file.source;
      if (path === undefined) continue;
      for (const destination of Object.values(file.destinations))
        assets.set(destination.objectKey, resolve(root, path));
    }
  }

  const ordered: Stack[] = [];
  const visited = new Set<string>();
  const visit = (id: string): void => {
    const artifact = artifacts[id];
    if (visited.has(id) || !artifact) return;
    visited.add(id);
    artifact.dependencies?.forEach(visit);
    if (artifact.type !== 'aws:cloudformation:stack') return;
    const template = readJson(join(root, String(artifact.properties?.['templateFile']))) as Template;
    const name = artifact.properties?.['stackName'];
    ordered.push({ name: typeof name === 'string' ? name : id, template, assets });
  };
  Object.keys(artifacts).forEach(visit);
  return { stacks: ordered };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
