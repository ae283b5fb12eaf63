import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseNumber } from '../../shared/kernel/number.ts';
import { traceQuery } from '../constructs/trace-query.ts';
import { logFields, type LoggedLine } from '../local/lambda/function-log.ts';
import { parseArguments, wrongUsage } from './arguments.ts';
import type { Noun } from './noun.ts';
import { OpsRefused } from './refused.ts';

/** A line of a function's log, with the function that wrote it. */
export type TraceLine = LoggedLine & { functionName: string };

/** What the functions logged about a report, or under a correlation id. */
export const trace: Noun = {
  usage: [
    [
      'trace NUMBER | CORRELATION-ID',
      '按时间列出各函数对一件上报（或同一请求）的处理过程；AWS 上给出查询语句',
      'lists by time what each function did with a report or a request; for AWS it prints the query',
    ],
  ],
  run(args, _connect, target) {
    const asked = read(args);
    if (target.kind === 'aws') {
      console.log(traceQuery(asked, asked));
      return Promise.resolve();
    }
    const found = traceOf(logLines(target.dataDir), asked);
    if (found.length === 0)
      throw new OpsRefused(
        `日志中没有 ${asked}。每个函数只保留最近 5–10 MB 日志。`,
        `The logs have no ${asked}. Each function keeps its latest 5–10 MB.`,
      );
    for (const line of printed(found, asked)) console.log(line);
    return Promise.resolve();
  },
};

/** All lines under the correlation ids of the lines that name the report, by time; or under that one id. */
export function traceOf(lines: readonly TraceLine[], asked: string): TraceLine[] {
  const names = ({ correlationId, number, numbers }: TraceLine): boolean =>
    correlationId === asked || number === asked || numbers?.includes(asked) === true;
  const ids = new Set(
    lines
      // A digest is about many reports.
      .filter((line) => names(line) && line.numbers === undefined)
      .map(({ correlationId }) => correlationId),
  );
  return lines
    .filter((line) => names(line) || (line.correlationId !== undefined && ids.has(line.correlationId)))
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}

/** One block for each correlation id, in the order in which they began. */
function printed(found: readonly TraceLine[], asked: string): string[] {
  const width = Math.max(...found.map(({ functionName }) => functionName.length));
  const blocks = Map.groupBy(found, ({ correlationId }) => correlationId ?? '–');
  return [...blocks].flatMap(([id, lines]) => {
    const began = Date.parse(lines[0]?.timestamp ?? '');
    return [
      `correlationId ${id}`,
      ...lines.map((line) => {
        const after = `+${Date.parse(line.timestamp) - began} ms`;
        const said = [line.timestamp, after.padStart(10), line.functionName.padEnd(width), line.code];
        return `  ${[...said, ...detailsOf(line, asked)].join('  ')}`;
      }),
      '',
    ];
  });
}

function detailsOf(line: TraceLine, asked: string): string[] {
  const { number, route, events, status, milliseconds, reason, recipient, error } = line;
  return [
    number === asked ? undefined : number,
    route,
    events?.join(' '),
    recipient,
    status === undefined ? undefined : String(status),
    milliseconds === undefined ? undefined : `${milliseconds} ms`,
    reason ?? error?.split('\n', 1)[0],
  ].filter((detail) => detail !== undefined);
}

/** What the functions of a data folder logged. */
function logLines(dataDir: string): TraceLine[] {
  return globSync(join(dataDir, 'logs', '*.log')).flatMap((path) => {
    const functionName = nameIn(basename(path));
    return readFileSync(path, 'utf8')
      .split('\n')
      .map(logFields)
      .filter((line) => line !== undefined)
      .map((line) => ({ ...line, functionName }));
  });
}

/** `relay` of `Suishoubao-RelayFunction7426CA8B.log`. */
function nameIn(file: string): string {
  const name = /^[^-]+-(\w+?)Function[0-9A-F]{8}/.exec(file)?.[1] ?? file;
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

function read(args: string[]): string {
  const { positionals } = parseArguments(args, {}, trace.usage);
  const [asked, ...others] = positionals;
  if (asked === undefined || others.length > 0 || !/^[\w#=/+.-]{1,200}$/.test(asked))
    throw wrongUsage(
      trace.usage,
      '编号如 YT-261121-7K3F9Q。用法：',
      'Usage, with a number such as YT-261121-7K3F9Q:',
    );
  return parseNumber(asked) ?? asked;
}
