import { pathToFileURL } from 'node:url';
import { backup, restore } from './backup.ts';
import { connectTo, type Connection } from './connection.ts';
import { counts } from './counts.ts';
import { dlq } from './dlq.ts';
import { events } from './events.ts';
import { migrate } from './migrate.ts';
import type { Noun } from './noun.ts';
import { person } from './person.ts';
import { OpsRefused } from './refused.ts';
import { secret } from './secret.ts';
import { readTarget } from './target.ts';
import { trace } from './trace.ts';

/** `npm run ops -- NOUN VERB …`: the operator's command, against AWS or the embedded cloud. */

const nouns: Record<string, Noun> = { dlq, events, trace, counts, migrate, person, secret, backup, restore };

const targetOptions = [
  [
    '--stack NAME [--region REGION]',
    'AWS 上的栈，用默认凭证',
    'a stack on AWS, with the default credentials',
  ],
  [
    '--data DIR',
    '本机的数据目录（默认 DATA_DIR 或 .data）',
    'this machine’s data folder (default DATA_DIR or .data)',
  ],
] as const;

/** Runs one command. @throws OpsRefused for wrong arguments or when it cannot be done. */
export async function main(argv: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { target, args } = readTarget(argv, env);
  const [name, ...rest] = args;
  if (name === undefined || argv.includes('--help') || argv.includes('-h')) {
    console.log(help(name));
    return;
  }
  const noun = Object.hasOwn(nouns, name) ? nouns[name] : undefined;
  if (!noun) throw new OpsRefused(`没有 ${name} 这项操作。`, `There is no ${name}.\n\n${help()}`);

  let connection: Connection | undefined;
  try {
    await noun.run(
      rest,
      async () => {
        connection ??= await connectTo(target);
        // On standard error, so that the verb's output can be piped.
        console.error(connection.place);
        return connection;
      },
      target,
    );
  } finally {
    connection?.close();
  }
}

function help(name?: string): string {
  const shown = name !== undefined && Object.hasOwn(nouns, name) ? [nouns[name]] : Object.values(nouns);
  const lines = [...shown.flatMap((noun) => noun?.usage ?? []), ...targetOptions];
  return [
    '用法 usage: npm run ops -- NOUN VERB … [--stack NAME [--region REGION] | --data DIR]',
    '',
    ...lines.map(([call, zh, en]) => `  ${call}\n      ${zh}\n      ${en}`),
  ].join('\n');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2), process.env).catch((error: unknown) => {
    console.error(error instanceof OpsRefused ? error.message : error);
    process.exitCode = 1;
  });
}
