import { resolve } from 'node:path';
import { OpsRefused } from './refused.ts';

/** The target cloud: a stack on AWS, or the embedded cloud of a data folder. */
export type Target =
  { kind: 'aws'; stack: string; region: string | undefined } | { kind: 'embedded'; dataDir: string };

const options = ['stack', 'region', 'data'] as const;

/** Removes `--stack`, `--region` and `--data` from the arguments, at any position. */
export function readTarget(argv: string[], env: NodeJS.ProcessEnv): { target: Target; args: string[] } {
  const given = new Map<string, string>();
  const args: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const [, name = '', inline] = /^--([a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (!options.some((option) => option === name)) {
      args.push(word);
      continue;
    }
    const value = inline ?? argv[++at];
    if (value === undefined || value === '' || (inline === undefined && value.startsWith('--')))
      throw new OpsRefused(`--${name} 后面要有内容。`, `--${name} needs a value.`);
    given.set(name, value);
  }

  const [stack, region, data] = options.map((option) => given.get(option));
  if (stack !== undefined && data !== undefined)
    throw new OpsRefused(
      '--stack（AWS）与 --data（本机）只能选一个。',
      'Choose one: --stack (AWS) or --data (this machine).',
    );
  if (stack !== undefined) return { target: { kind: 'aws', stack, region }, args };
  if (region !== undefined)
    throw new OpsRefused('--region 要与 --stack 一起用。', '--region goes with --stack.');
  return { target: { kind: 'embedded', dataDir: resolve(data ?? env['DATA_DIR'] ?? '.data') }, args };
}
