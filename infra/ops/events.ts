import { parseArgs } from 'node:util';
import { parseNumber } from '../../shared/kernel/number.ts';
import type { Noun } from './noun.ts';
import { OpsRefused } from './refused.ts';
import { republish } from './republish.ts';

/** What happened to reports, for those who have not heard of it. */
export const events: Noun = {
  usage: [
    [
      'events republish NUMBER …',
      '把这些上报的全部事件重新发布一遍；收到过的不会重复处理',
      'publishes all events of these reports again; whoever had them takes no harm',
    ],
  ],
  async run(args, connect) {
    const numbers = read(args);
    const missing = await republish(await connect(), numbers);
    if (missing.length > 0)
      throw new OpsRefused(`没有上报 ${missing.join(' ')}。`, `There is no report ${missing.join(' ')}.`);
  },
};

function read(args: string[]): string[] {
  const refused = (cause?: unknown): OpsRefused =>
    new OpsRefused(
      '用法：events republish NUMBER …，编号如 YT-261121-7K3F9Q。',
      'Usage: events republish NUMBER …, with numbers such as YT-261121-7K3F9Q.',
      { cause },
    );
  let positionals;
  try {
    ({ positionals } = parseArgs({ args, allowPositionals: true }));
  } catch (cause) {
    throw refused(cause);
  }
  const [verb, ...typed] = positionals;
  const numbers = typed.map(parseNumber);
  if (verb !== 'republish' || numbers.length === 0) throw refused();
  return numbers.map((number) => {
    if (number === undefined) throw refused();
    return number;
  });
}
