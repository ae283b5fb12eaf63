import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { countedNoun } from '../../shared/language/wording.ts';
import { parseArguments, wrongUsage } from './arguments.ts';
import type { Connection } from './connection.ts';
import type { Noun } from './noun.ts';
import { OpsRefused } from './refused.ts';
import { numbersIn, republish } from './republish.ts';

type Queue = { name: string; url: string; arn: string; ready: number; inFlight: number };

/** A queue whose messages wait for an operator. */
type HoldingQueue = Queue &
  (
    | { kind: 'dead-letters'; source: Queue }
    /** Each message's `source` attribute names the queue it came from. */
    | { kind: 'parked' }
    /** Ranges of stream records: the reports they concern are published again. */
    | { kind: 'failed-records' }
  );

type Queues = { holding: HoldingQueue[]; working: Queue[] };

/** Longer than any command needs; after a kill the messages stay hidden for this long. */
const hideSeconds = 120;
/** Time for the operator to answer the confirmation prompt. */
const hideWhileAskingSeconds = 900;
const moveTaskMilliseconds = 1_000;

/**
 * Dead letters and parked messages. Showing a message hides it for a moment and increases its receive count, which has
 * no effect in these queues. A message is sent back before it is deleted: a kill in between leaves it in both queues,
 * which is harmless since every consumer is idempotent.
 */
export const dlq: Noun = {
  usage: [
    [
      'dlq list',
      '各死信与搁置队列：条数、最早的时间',
      'dead-letter and parking queues: number of messages, oldest message',
    ],
    ['dlq show QUEUE [--limit N] [--json]', '看消息，不取走', 'shows messages without removing them'],
    [
      'dlq redrive QUEUE [ID …]',
      '送回原来的队列（流的一段则重新发布）：全部，或按消息号',
      'sends messages back to their queue (stream records: publishes again): all, or by message id',
    ],
    ['dlq discard QUEUE [ID …] [--yes]', '丢弃：先列出，再确认', 'deletes messages: lists them, then asks'],
  ],
  async run(args, connect) {
    const { verb, name, ids, limit, json, yes } = read(args);
    const connection = await connect();
    const queues = await findQueues(connection);
    if (verb === 'list') {
      await list(connection, queues);
      return;
    }
    const queue = choose(queues.holding, name);
    if (verb === 'show') await show(connection, queue, limit, json);
    else if (verb === 'redrive') await redrive(connection, queues, queue, ids);
    else await discard(connection, queue, ids, yes);
  },
};

type Verb = 'list' | 'show' | 'redrive' | 'discard';

function read(args: string[]): {
  verb: Verb;
  name: string;
  ids: string[];
  limit: number;
  json: boolean;
  yes: boolean;
} {
  const { positionals, values } = parseArguments(
    args,
    { limit: { type: 'string', default: '100' }, json: { type: 'boolean' }, yes: { type: 'boolean' } },
    dlq.usage,
  );
  const [verb, name = '', ...ids] = positionals;
  const limit = Number(values.limit);
  if (verb !== 'list' && verb !== 'show' && verb !== 'redrive' && verb !== 'discard')
    throw wrongUsage(
      dlq.usage,
      '请写明 list、show、redrive 或 discard。',
      'Say list, show, redrive or discard.',
    );
  if ((verb === 'list') !== (name === '')) throw wrongUsage(dlq.usage, '请写明一个队列。', 'Name one queue.');
  if (verb === 'show' && ids.length > 0)
    throw wrongUsage(dlq.usage, 'show 只要队列名。', 'show takes a queue only.');
  if (!Number.isInteger(limit) || limit < 1)
    throw wrongUsage(dlq.usage, '--limit 应为正整数。', '--limit is a whole number.');
  return { verb, name, ids, limit, json: values.json === true, yes: values.yes === true };
}

/** A queue that has a dead-letter queue is a working queue; any other is a holding queue. */
async function findQueues(connection: Connection): Promise<Queues> {
  const described = await Promise.all(
    (await connection.queueUrls()).map(async (url) => {
      const { Attributes = {} } = await connection.sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: [
            'QueueArn',
            'RedrivePolicy',
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesNotVisible',
          ],
        }),
      );
      const policy = JSON.parse(Attributes['RedrivePolicy'] ?? '{}') as { deadLetterTargetArn?: string };
      const queue: Queue = {
        name: nameOf(url),
        url,
        arn: Attributes['QueueArn'] ?? '',
        ready: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
        inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
      };
      return { queue, deadLetterArn: policy.deadLetterTargetArn };
    }),
  );
  const parkedName = nameOf(connection.output('ParkedQueueUrl'));
  const holding = described
    .filter(({ deadLetterArn }) => deadLetterArn === undefined)
    .map(({ queue }): HoldingQueue => {
      const source = described.find(({ deadLetterArn }) => deadLetterArn === queue.arn)?.queue;
      if (source) return { ...queue, kind: 'dead-letters', source };
      return { ...queue, kind: queue.name === parkedName ? 'parked' : 'failed-records' };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
  const working = described
    .filter(({ deadLetterArn }) => deadLetterArn !== undefined)
    .map(({ queue }) => queue);
  return { holding, working };
}

function nameOf(queueUrl: string): string {
  return queueUrl.split('/').at(-1) ?? queueUrl;
}

/** By its full name, the name of its source queue, or a part of a name that matches only one queue. */
function choose(queues: HoldingQueue[], typed: string): HoldingQueue {
  const exact = queues.find(
    (queue) => queue.name === typed || (queue.kind === 'dead-letters' && queue.source.name === typed),
  );
  const matches = queues.filter(({ name }) => name.toLowerCase().includes(typed.toLowerCase()));
  const chosen = exact ?? (matches.length === 1 ? matches[0] : undefined);
  if (chosen) return chosen;
  const names = (matches.length > 0 ? matches : queues).map(({ name }) => `  ${name}`).join('\n');
  throw matches.length > 0
    ? new OpsRefused(`${typed} 不止一个队列：`, `${typed} is more than one queue:\n${names}`)
    : new OpsRefused(`没有队列 ${typed}：`, `There is no queue ${typed}:\n${names}`);
}

async function list(connection: Connection, { holding }: Queues): Promise<void> {
  for (const queue of holding) {
    const oldest =
      queue.ready === 0
        ? ''
        : await peek(connection, queue, Infinity, (messages) =>
            Promise.resolve(messages.map(sentAt).sort()[0] ?? ''),
          );
    const hidden = queue.inFlight > 0 ? ` +${queue.inFlight} 处理中 in flight` : '';
    const since = oldest === '' ? '' : `  最早 since ${oldest}`;
    console.log(`${String(queue.ready).padStart(6)}${hidden}  ${queue.name}${since}`);
  }
}

async function show(
  connection: Connection,
  queue: HoldingQueue,
  limit: number,
  json: boolean,
): Promise<void> {
  await peek(connection, queue, limit, (messages) => {
    for (const message of messages)
      console.log(json ? JSON.stringify(detailsOf(message, queue)) : formatMessage(message, queue));
    if (!json)
      console.log(`${messages.length} 条消息，${queue.name} ${countedNoun(messages.length, 'message')}`);
    return Promise.resolve();
  });
}

async function redrive(
  connection: Connection,
  { working }: Queues,
  queue: HoldingQueue,
  ids: string[],
): Promise<void> {
  if (queue.kind === 'dead-letters' && connection.kind === 'aws' && ids.length === 0) {
    await moveAll(connection, queue, queue.source);
    return;
  }
  let [sent, left] = [0, 0];
  // Only as many as were there at first: a message parked again returns to this queue, so the loop would not end.
  const limit = ids.length > 0 ? Infinity : queue.ready + queue.inFlight;
  const missing = await processEach(connection, queue, ids, limit, async (message) => {
    if (queue.kind === 'failed-records') {
      const numbers = await numbersIn(connection, message.Body ?? '');
      if (!numbers) {
        left++;
        console.log(
          `${message.MessageId ?? ''}  该段流记录已过期（超过 24 小时）；请按日志 relay-failed 中的编号运行 events republish。 The stream records have expired (24 h); run events republish with the numbers in the log under relay-failed.`,
        );
        return false;
      }
      const missing = await republish(connection, numbers);
      if (missing.length > 0) {
        left++;
        console.log(
          `${message.MessageId ?? ''}  没有上报 no report ${missing.join(' ')}；未动 left where it is`,
        );
        return false;
      }
      sent++;
      return true;
    }
    const source = queue.kind === 'parked' ? attribute(message, 'source') : queue.source.name;
    const target = working.find(({ name }) => name === source);
    if (!target) {
      left++;
      console.log(`${message.MessageId ?? ''}  没有队列 no queue ${source ?? '?'}；未动 left where it is`);
      return false;
    }
    const { reason: _, source: __, ...others } = message.MessageAttributes ?? {};
    const MessageAttributes = queue.kind === 'parked' ? others : (message.MessageAttributes ?? {});
    await connection.sqs.send(
      new SendMessageCommand({ QueueUrl: target.url, MessageBody: message.Body ?? '', MessageAttributes }),
    );
    sent++;
    console.log(`${message.MessageId ?? ''}  ${numberIn(message.Body) ?? ''} → ${target.name}`);
    return true;
  });
  console.log(`已送回 ${sent} 条，未动 ${left} 条。\n${sent} sent back, ${left} left.`);
  refuseMissing(missing);
}

/** AWS moves a whole dead-letter queue by itself, faster than receiving and sending here. */
async function moveAll(connection: Connection, from: Queue, to: Queue): Promise<void> {
  await connection.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: from.arn, DestinationArn: to.arn }));
  for (;;) {
    const { Results = [] } = await connection.sqs.send(
      new ListMessageMoveTasksCommand({ SourceArn: from.arn, MaxResults: 1 }),
    );
    const task = Results[0];
    const moved = task?.ApproximateNumberOfMessagesMoved ?? 0;
    if (task?.Status === 'COMPLETED') {
      console.log(`已送回 ${moved} 条 → ${to.name}。\n${moved} sent back.`);
      return;
    }
    if (task?.Status !== undefined && task.Status !== 'RUNNING')
      throw new OpsRefused(
        `AWS 的移动任务 ${task.Status}：${task.FailureReason ?? ''}；已送回 ${moved} 条，其余未动。`,
        `The move task is ${task.Status}: ${task.FailureReason ?? ''}; ${moved} sent back, the others are where they were.`,
      );
    await wait(moveTaskMilliseconds);
  }
}

async function discard(
  connection: Connection,
  queue: HoldingQueue,
  ids: string[],
  yes: boolean,
): Promise<void> {
  if (!yes && !process.stdin.isTTY)
    throw new OpsRefused('不在终端里：确定要丢弃，请加 --yes。', 'Not a terminal: add --yes to confirm.');
  const toDiscard: Message[] = [];
  const { missing, restore } = await collect(
    connection,
    queue,
    ids,
    Infinity,
    hideWhileAskingSeconds,
    toDiscard,
  );
  try {
    for (const message of toDiscard) console.log(formatMessage(message, queue));
    if (toDiscard.length > 0 && (yes || (await askToConfirm(toDiscard.length, queue.name)))) {
      for (const message of [...toDiscard]) {
        await remove(connection, queue, message);
        toDiscard.splice(toDiscard.indexOf(message), 1);
      }
      console.log('已丢弃。\nDeleted.');
    } else console.log('没有丢弃任何消息。\nNothing was deleted.');
  } finally {
    await restore(toDiscard);
  }
  refuseMissing(missing);
}

async function askToConfirm(count: number, name: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(
    `丢弃以上 ${count} 条消息？请输入队列名 ${name} 确认。\nDelete these ${countedNoun(count, 'message')}? Type the queue's name to confirm: `,
  );
  terminal.close();
  return answer.trim() === name;
}

function refuseMissing(ids: string[]): void {
  if (ids.length > 0)
    throw new OpsRefused(`没有找到消息：${ids.join(' ')}`, `These messages were not found: ${ids.join(' ')}`);
}

/** Passes messages to `use` while they are hidden, then makes them visible again. */
async function peek<T>(
  connection: Connection,
  queue: Queue,
  limit: number,
  use: (messages: Message[]) => Promise<T>,
): Promise<T> {
  const seen: Message[] = [];
  const { restore } = await collect(connection, queue, [], limit, hideSeconds, seen);
  try {
    return await use(seen);
  } finally {
    await restore(seen);
  }
}

/**
 * Passes each message, or those with the given ids, to `handle`, and deletes those for which it returns true. The
 * others are made visible again. Returns the ids that were not found.
 */
async function processEach(
  connection: Connection,
  queue: Queue,
  ids: string[],
  limit: number,
  handle: (message: Message) => Promise<boolean>,
): Promise<string[]> {
  const left: Message[] = [];
  const missing = new Set(ids);
  let processed = 0;
  if (limit === 0) return [];
  try {
    for await (const message of receive(connection, queue, hideSeconds)) {
      left.push(message);
      if (ids.length > 0 && !missing.delete(message.MessageId ?? '')) continue;
      if (await handle(message)) {
        await remove(connection, queue, message);
        left.pop();
      }
      processed++;
      if (processed >= limit || (ids.length > 0 && missing.size === 0)) break;
    }
  } finally {
    await restoreAll(connection, queue, left);
  }
  return [...missing];
}

/** Adds the wanted messages to `into`; the others are made visible again at once. */
async function collect(
  connection: Connection,
  queue: Queue,
  ids: string[],
  limit: number,
  seconds: number,
  into: Message[],
): Promise<{ missing: string[]; restore: (messages: Message[]) => Promise<void> }> {
  const missing = new Set(ids);
  const others: Message[] = [];
  try {
    for await (const message of receive(connection, queue, seconds)) {
      const wanted = into.length < limit && (ids.length === 0 || missing.delete(message.MessageId ?? ''));
      (wanted ? into : others).push(message);
      if (into.length >= limit || (ids.length > 0 && missing.size === 0)) break;
    }
  } finally {
    await restoreAll(connection, queue, others);
  }
  return { missing: [...missing], restore: (messages) => restoreAll(connection, queue, messages) };
}

/** Every message once, hidden for so many seconds. Messages of a batch that the caller did not read are restored. */
async function* receive(connection: Connection, queue: Queue, seconds: number): AsyncGenerator<Message> {
  const seen = new Set<string>();
  for (;;) {
    const { Messages = [] } = await connection.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: seconds,
        // Long polling asks all servers: short polling may return nothing though there are messages.
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
        MessageAttributeNames: ['All'],
      }),
    );
    const fresh = Messages.filter(({ MessageId = '' }) => !seen.has(MessageId));
    if (fresh.length === 0) return;
    for (const { MessageId = '' } of fresh) seen.add(MessageId);
    const waiting = [...fresh];
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) yield next;
    } finally {
      await restoreAll(connection, queue, waiting);
    }
  }
}

async function restoreAll({ sqs }: Connection, { url }: Queue, messages: Message[]): Promise<void> {
  for (let at = 0; at < messages.length; at += 10)
    await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        // A message deleted meanwhile is reported as failed, which is harmless.
        Entries: messages
          .slice(at, at + 10)
          .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 })),
      }),
    );
}

async function remove({ sqs }: Connection, { url }: Queue, { ReceiptHandle }: Message): Promise<void> {
  await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
}

type MessageDetails = {
  id: string;
  number: string | undefined;
  source: string | undefined;
  reason: string | undefined;
  received: number;
  sentAt: string;
  body: string;
};

function detailsOf(message: Message, queue: HoldingQueue): MessageDetails {
  return {
    id: message.MessageId ?? '',
    number: numberIn(message.Body),
    source: queue.kind === 'dead-letters' ? queue.source.name : attribute(message, 'source'),
    reason: attribute(message, 'reason'),
    received: Number(message.Attributes?.ApproximateReceiveCount ?? 0),
    sentAt: sentAt(message),
    body: message.Body ?? '',
  };
}

function formatMessage(message: Message, queue: HoldingQueue): string {
  const { id, number, source, reason, received, sentAt, body } = detailsOf(message, queue);
  const lines: [label: string, text: string | undefined][] = [
    ['工单 report', number],
    ['来自 source', source],
    ['原因 reason', reason],
    ['首次 first sent', sentAt],
    ['次数 received', String(received)],
    ['内容 body', body],
  ];
  return [id, ...lines.map(([label, text]) => `  ${label}  ${text ?? '—'}`)].join('\n');
}

function attribute(message: Message, name: string): string | undefined {
  return message.MessageAttributes?.[name]?.StringValue;
}

function sentAt(message: Message): string {
  return new Date(Number(message.Attributes?.SentTimestamp ?? 0)).toISOString();
}

/** The report number in a message body, if it has one. */
function numberIn(body: string | undefined): string | undefined {
  try {
    const { number } = JSON.parse(body ?? '') as { number?: unknown };
    return typeof number === 'string' ? number : undefined;
  } catch {
    return undefined;
  }
}
