import { parseNumber } from '../../shared/kernel/number.ts';
import { storedEvents } from '../../shared/store/item.ts';
import { parseArguments, wrongUsage } from './arguments.ts';
import type { Connection } from './connection.ts';
import type { Noun } from './noun.ts';
import { OpsRefused } from './refused.ts';
import { itemOf, republish } from './republish.ts';

/** Shows the events of reports, or publishes them again. */
export const events: Noun = {
  usage: [
    [
      'events republish NUMBER …',
      '把这些上报的全部事件重新发布一遍；收到过的不会重复处理',
      'publishes all events of these reports again; consumers ignore those they already had',
    ],
    [
      'events show NUMBER …',
      '打印这些上报的全部历史，每个事件一行 JSON',
      'prints the whole history of these reports, each event a line of JSON',
    ],
  ],
  async run(args, connect) {
    const { verb, numbers } = read(args);
    const connection = await connect();
    const missing = await (verb === 'show' ? show : republish)(connection, numbers);
    if (missing.length > 0)
      throw new OpsRefused(`没有上报 ${missing.join(' ')}。`, `There is no report ${missing.join(' ')}.`);
  },
};

/** Returns the numbers that no report has. */
async function show(connection: Connection, numbers: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const number of numbers) {
    const item = await itemOf(connection, number);
    if (!item) missing.push(number);
    else for (const event of storedEvents(item)) console.log(JSON.stringify(event));
  }
  return missing;
}

type Verb = 'show' | 'republish';

function read(args: string[]): { verb: Verb; numbers: string[] } {
  const refused = (): OpsRefused =>
    wrongUsage(
      events.usage,
      '编号如 YT-261121-7K3F9Q。用法：',
      'Usage, with numbers such as YT-261121-7K3F9Q:',
    );
  const { positionals } = parseArguments(args, {}, events.usage);
  const [verb, ...typed] = positionals;
  if ((verb !== 'republish' && verb !== 'show') || typed.length === 0) throw refused();
  const numbers = typed.map((each) => {
    const number = parseNumber(each);
    if (number === undefined) throw refused();
    return number;
  });
  return { verb, numbers };
}
