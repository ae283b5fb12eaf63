import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startCloud, type Cloud } from '../../infra/local/cloud.ts';
import { connectTo, type Connection } from '../../infra/ops/connection.ts';
import { dlq } from '../../infra/ops/dlq.ts';
import { OpsRefused } from '../../infra/ops/refused.ts';
import {
  arnOf,
  eventually,
  mapping,
  queue,
  recordingCode,
  Seen,
  temporaryFolder,
  writeAssembly,
} from './local-tiny-cloud.ts';

/** Dead letters in a real engine: the consumer fails until the file GO exists. */
class Scene {
  readonly folder: string;
  readonly seen: Seen;
  readonly templatesDir: string;
  cloud!: Cloud;
  connection!: Connection;

  private constructor(folder: string) {
    this.folder = folder;
    this.seen = new Seen(folder);
    const GO = join(folder, 'go');
    const code = `${recordingCode}
      import { existsSync } from 'node:fs';
      export const handler = async ({ Records }) => {
        if (!existsSync(process.env.GO)) return { batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
        for (const { body, messageAttributes } of Records) record({ body, attributes: Object.keys(messageAttributes).sort() });
      };`;
    this.templatesDir = writeAssembly(join(folder, 'templates'), {
      Tiny: {
        resources: {
          Dead: queue({ QueueName: 'work-dlq' }),
          Work: queue({
            QueueName: 'work',
            VisibilityTimeout: 1,
            RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 2 },
          }),
          Parked: queue({ QueueName: 'parked' }),
          Records: queue({ QueueName: 'relay-failed' }),
          Mapping: mapping('Worker', arnOf('Work'), { BatchSize: 1 }),
        },
        functions: { Worker: { code, environment: { SEEN: this.seen.file, GO } } },
        outputs: { ParkedQueueUrl: { Value: { Ref: 'Parked' } } },
      },
    });
  }

  static async start(): Promise<Scene> {
    const { path, remove } = temporaryFolder();
    const scene = new Scene(path);
    await scene.open();
    onTestFinished(async () => {
      await scene.close();
      remove();
    });
    return scene;
  }

  async open(): Promise<void> {
    const dataDir = join(this.folder, 'data');
    this.cloud = await startCloud({ templatesDir: this.templatesDir, dataDir, port: 0 });
    this.connection = await connectTo({ kind: 'embedded', dataDir });
  }

  async close(): Promise<void> {
    this.connection.close();
    await this.cloud.stop();
  }

  mend(): void {
    writeFileSync(join(this.folder, 'go'), '');
  }

  async send(name: string, MessageBody: string, attributes: Record<string, string> = {}): Promise<void> {
    await this.connection.sqs.send(
      new SendMessageCommand({
        QueueUrl: `${this.cloud.endpoints.sqs}/000000000000/${name}`,
        MessageBody,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([key, StringValue]) => [key, { DataType: 'String', StringValue }]),
        ),
      }),
    );
  }

  /** Puts messages into the dead-letter queue. */
  async lay(...bodies: string[]): Promise<void> {
    for (const body of bodies) await this.send('work-dlq', body, { type: 'x' });
  }

  /** The bodies that the consumer has processed, sorted. */
  done(): string[] {
    return this.seen
      .all<{ body: string }>()
      .map(({ body }) => body)
      .sort();
  }

  /** Runs the command, and returns the lines that it printed. */
  async ops(...args: string[]): Promise<string[]> {
    return opsOn(this.connection, ...args);
  }
}

async function opsOn(connection: Connection, ...args: string[]): Promise<string[]> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await dlq.run(args, () => Promise.resolve(connection), { kind: 'embedded', dataDir: '' });
    return log.mock.calls.map(([line]) => String(line));
  } finally {
    log.mockRestore();
  }
}

const event = (number: string): string => JSON.stringify({ type: 'report-submitted.v1', number });

describe('dead letters', () => {
  it('are listed and shown without being removed', async () => {
    const scene = await Scene.start();
    for (const number of ['YT-1', 'YT-2']) await scene.send('work', event(number));
    await eventually(() => scene.cloud.queue('work-dlq').ready === 2);
    await scene.send('parked', event('YT-3'), { reason: 'refused: no such report', source: 'work' });

    const lines = await scene.ops('list');
    const since = String.raw`since \d{4}-\d\d-\d\dT`;
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(String.raw`^ +1  parked  .*${since}`)),
      expect.stringMatching(/^ +0 {2}relay-failed$/),
      expect.stringMatching(new RegExp(String.raw`^ +2  work-dlq  .*${since}`)),
    ]);
    const facts = (await scene.ops('show', 'work', '--json')).map((line) => JSON.parse(line) as object);
    expect(facts).toMatchObject([
      { number: 'YT-1', source: 'work', sentAt: expect.any(String), body: event('YT-1') },
      { number: 'YT-2', source: 'work' },
    ]);
    expect(facts[0]).toHaveProperty('received', expect.any(Number));
    expect((await scene.ops('show', 'work-dlq', '--limit', '1')).at(-1)).toMatch(/^1 条/);
    const page = (await scene.ops('show', 'parked')).join('\n');
    expect(page).toMatch(/report {2}YT-3[\s\S]*source {2}work[\s\S]*reason {2}refused: no such report/);

    // No message stays in flight afterwards: the next command sees the same.
    expect(scene.cloud.queue('work-dlq')).toEqual({ ready: 2, inFlight: 0, delayed: 0 });
    expect(scene.cloud.queue('parked')).toEqual({ ready: 1, inFlight: 0, delayed: 0 });
  });

  it('are sent back to their queue with attributes: one by its id, then the others', async () => {
    const scene = await Scene.start();
    await scene.lay('a', 'b', 'c');
    const [, second] = (await scene.ops('show', 'work', '--json')).map(
      (line) => JSON.parse(line) as { id: string; body: string },
    );
    if (!second) throw new Error('there are three');
    scene.mend();
    await scene.ops('redrive', 'work', second.id);
    await eventually(() => scene.done().length === 1);
    expect(scene.done()).toEqual([second.body]);
    expect(scene.cloud.queue('work-dlq')).toEqual({ ready: 2, inFlight: 0, delayed: 0 });
    await expect(scene.ops('redrive', 'work', 'no-such-id')).rejects.toThrow('not found: no-such-id');
    expect(scene.cloud.queue('work-dlq').ready).toBe(2);

    expect(await scene.ops('redrive', 'work')).toContain('已送回 2 条，未动 0 条。\n2 sent back, 0 left.');
    await eventually(() => scene.done().length === 3);
    expect(scene.done()).toEqual(['a', 'b', 'c']);
    expect(scene.seen.all<{ attributes: string[] }>().map(({ attributes }) => attributes)).toEqual([
      ['type'],
      ['type'],
      ['type'],
    ]);
    expect(scene.cloud.queue('work-dlq')).toEqual({ ready: 0, inFlight: 0, delayed: 0 });
  });

  it('are not lost, and at most one is duplicated, when sending back is killed at any point', async () => {
    const scene = await Scene.start();
    scene.mend();
    const bodies = ['a', 'b', 'c'];
    for (let calls = 0; ; calls++) {
      await scene.lay(...bodies);
      const before = scene.done().length;
      // From this call on the process is dead: every call fails.
      let [made, killed] = [0, false];
      scene.connection.sqs.middlewareStack.add((next) => async (request) => {
        killed ||= made++ >= calls;
        if (killed) throw new Error('killed');
        return next(request);
      });
      await scene.ops('redrive', 'work').catch(() => undefined);
      await scene.cloud.idle();
      // Messages in flight become visible again; a restart of the engine does not wait for that.
      await scene.close();
      await scene.open();
      await scene.ops('redrive', 'work');
      await scene.cloud.idle();
      const told = scene.seen
        .all<{ body: string }>()
        .slice(before)
        .map(({ body }) => body);
      expect(new Set(told)).toEqual(new Set(bodies));
      expect(told.length).toBeLessThanOrEqual(bodies.length + 1);
      expect(scene.cloud.queue('work-dlq')).toEqual({ ready: 0, inFlight: 0, delayed: 0 });
      if (!killed) {
        // Four descriptions of queues, a receipt, and for each message one sending and one deletion.
        expect(calls).toBeGreaterThan(10);
        break;
      }
    }
  });

  it('are discarded only with --yes, and printed', async () => {
    const scene = await Scene.start();
    await scene.lay('a', 'b');
    await expect(scene.ops('discard', 'work')).rejects.toThrow('add --yes');
    const [first] = (await scene.ops('show', 'work', '--json')).map(
      (line) => JSON.parse(line) as { id: string; body: string },
    );
    const lines = await scene.ops('discard', 'work', String(first?.id), '--yes');
    expect(lines[0]).toMatch(new RegExp(`^${first?.id}[\\s\\S]*body {2}${first?.body}$`));
    expect(scene.cloud.queue('work-dlq')).toEqual({ ready: 1, inFlight: 0, delayed: 0 });
    await scene.ops('discard', 'work', '--yes');
    expect(scene.cloud.queue('work-dlq')).toEqual({ ready: 0, inFlight: 0, delayed: 0 });
  });
});

describe('parked messages', () => {
  it('are sent back to their source queue, without the attributes that parking added', async () => {
    const scene = await Scene.start();
    scene.mend();
    await scene.send('parked', 'a', { reason: 'webhook answered 404', source: 'work', type: 'x' });
    await scene.send('parked', 'b', { reason: 'webhook answered 404', source: 'gone' });
    const lines = await scene.ops('redrive', 'parked');
    expect(lines.join('\n')).toMatch(/no queue gone[\s\S]*1 sent back, 1 left/);
    await eventually(() => scene.done().length === 1);
    expect(scene.seen.all()).toEqual([{ body: 'a', attributes: ['type'] }]);
    expect(scene.cloud.queue('parked')).toEqual({ ready: 1, inFlight: 0, delayed: 0 });
  });
});

describe('a queue', () => {
  it('is found by its name, by the queue that it serves, or by a unique part of its name', async () => {
    const scene = await Scene.start();
    await scene.send('parked', 'x');
    for (const typed of ['parked', 'PARK']) expect((await scene.ops('show', typed)).length).toBe(2);
    await expect(scene.ops('show', 'r')).rejects.toThrow(/r is more than one queue:[\s\S]*relay-failed/);
    await expect(scene.ops('show', 'nothing')).rejects.toThrow('There is no queue nothing');
    for (const wrong of [
      ['frobnicate'],
      ['show'],
      ['list', 'parked'],
      ['show', 'parked', '--limit', '0'],
      ['list', '--x'],
    ])
      await expect(scene.ops(...wrong)).rejects.toBeInstanceOf(OpsRefused);
  });
});

describe('on AWS', () => {
  const arn = (name: string): string => `arn:aws:sqs:eu-central-1:1:${name}`;
  const [deadLetters, work, parked] = ['Suishoubao-W-dlq', 'Suishoubao-W', 'Suishoubao-Parked'];

  function onAws(): { connection: Connection; mock: ReturnType<typeof mockClient> } {
    const sqs = new SQSClient({ region: 'eu-central-1' });
    const mock = mockClient(sqs);
    const url = (name: string): string => `https://sqs/1/${name}`;
    mock.on(ListQueuesCommand).resolves({ QueueUrls: [deadLetters, work, parked].map(url) });
    mock.on(GetQueueAttributesCommand).callsFake(({ QueueUrl }: { QueueUrl: string }) => {
      const name = QueueUrl.split('/').at(-1) ?? '';
      return {
        Attributes: {
          QueueArn: arn(name),
          ApproximateNumberOfMessages: '2',
          ...(name === work
            ? { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(deadLetters) }) }
            : {}),
        },
      };
    });
    const connection = {
      kind: 'aws',
      sqs,
      output: () => url(parked),
      queueUrls: () => Promise.resolve([deadLetters, work, parked].map(url)),
    } as unknown as Connection;
    return { connection, mock };
  }

  it('a whole dead-letter queue is moved by a message move task, which is awaited', async () => {
    const { connection, mock } = onAws();
    mock
      .on(ListMessageMoveTasksCommand)
      .resolvesOnce({ Results: [{ Status: 'RUNNING', ApproximateNumberOfMessagesMoved: 1 }] })
      .resolves({ Results: [{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 2 }] });
    expect(await opsOn(connection, 'redrive', work)).toEqual([`已送回 2 条 → ${work}。\n2 sent back.`]);
    expect(mock.commandCalls(StartMessageMoveTaskCommand).map(({ args }) => args[0].input)).toEqual([
      { SourceArn: arn(deadLetters), DestinationArn: arn(work) },
    ]);
    expect(mock.commandCalls(SendMessageCommand)).toEqual([]);
  });

  it('a failed move is reported with its reason', async () => {
    const { connection, mock } = onAws();
    mock.on(ListMessageMoveTasksCommand).resolves({
      Results: [{ Status: 'FAILED', FailureReason: 'AccessDenied', ApproximateNumberOfMessagesMoved: 1 }],
    });
    await expect(opsOn(connection, 'redrive', work)).rejects.toThrow('FAILED: AccessDenied; 1 sent back');
  });

  it('repeatedly parked messages are not sent back endlessly', async () => {
    const { connection, mock } = onAws();
    let id = 0;
    mock.on(ReceiveMessageCommand).callsFake(() => ({
      Messages: [
        {
          MessageId: String(++id),
          ReceiptHandle: String(id),
          Body: 'x',
          MessageAttributes: { source: { DataType: 'String', StringValue: work } },
        },
      ],
    }));
    await opsOn(connection, 'redrive', parked);
    expect(mock.commandCalls(SendMessageCommand)).toHaveLength(2);
  });
});
