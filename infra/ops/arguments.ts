import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type { Noun } from './noun.ts';
import { OpsRefused } from './refused.ts';

type Usage = Noun['usage'];
type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: Options }>
>;

/** Parses a noun's arguments. @throws OpsRefused with the noun's usage for an unknown or incomplete option. */
export function parseArguments<Options extends ParseArgsOptionsConfig>(
  args: string[],
  options: Options,
  usage: Usage,
): Parsed<Options> {
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (cause) {
    throw wrongUsage(usage, '参数有误。', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A refusal that ends with the noun's usage. */
export function wrongUsage(usage: Usage, zh = '用法：', en = 'Usage:', options?: ErrorOptions): OpsRefused {
  const calls = usage.map(([call]) => `  npm run ops -- ${call}`).join('\n');
  return new OpsRefused(zh, `${en}\n${calls}`, options);
}
