import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Ledger } from '../../shared/store/ledger.ts';
import { connectTo, type Connection } from '../../infra/ops/connection.ts';
import { dlq } from '../../infra/ops/dlq.ts';
import { Chance } from '../simulation/chance.ts';
import { city } from '../support/city.ts';
import { freePort, Instance } from '../support/instance.ts';
import { Load } from './load.ts';
import { recount, type Recount } from './recount.ts';

export type CrashOptions = {
  kills: number;
  seed: number;
  dataDir: string;
  /** Receives a line per kill. */
  say: (line: string) => void;
};

export type Crashed = Recount & {
  /** Messages in flight at more kills than their queue allows receives, then redriven. */
  redriven: number;
  commands: number;
  /** Requests without a response or with a temporary error, by status. */
  unanswered: [how: number | 'cut', times: number][];
  slowestStart: number;
};

/** The share of kills during the start. */
const duringStartShare = 0.25;
/** The share of kills that also kill the database engine; otherwise it keeps running. */
const withEngineShare = 0.5;
/** How many minutes the clock is advanced at the end, until nothing is pending. */
const [minMinutes, maxMinutes] = [3, 15];
/** The time to a kill is measured in responses, since machines differ in speed, with a limit in milliseconds. */
const maxAnswers = 40;
const maxLifeMilliseconds = 15_000;

/**
 * Runs the product as `npm start` does, under load, and kills it at times chosen by the seed. At the end, when it is
 * idle, recounts everything.
 */
export async function crash({ kills, seed, dataDir, say }: CrashOptions): Promise<Crashed> {
  const chance = new Chance(seed);
  const port = await freePort();
  const load = new Load(`http://127.0.0.1:${port}`, chance);
  let slowestStart = 0;
  let usualStart = 0;
  let instance = Instance.launch(dataDir, port);
  try {
    await load.start();
    for (let kill = 1; kill <= kills; kill += 1) {
      // Not the first start, which builds and synthesizes.
      const duringStart = kill > 1 && chance.yes(`during start ${kill}`, duringStartShare);
      let lived: string;
      if (duringStart) {
        const milliseconds = Math.floor(chance.unit(`start ${kill}`) * usualStart);
        await wait(milliseconds);
        lived = `${milliseconds} ms into its start`;
      } else {
        await instance.ready();
        if (kill > 1) {
          slowestStart = Math.max(slowestStart, instance.readyAfter);
          usualStart = instance.readyAfter;
        }
        const answers = chance.integer(`life ${kill}`, 0, maxAnswers);
        // Makes clocks breach and digests due.
        void moveClock(instance, 'PT7M').catch(() => undefined);
        const [readyAt, upTo] = [performance.now(), load.answered + answers];
        while (load.answered < upTo && performance.now() - readyAt < maxLifeMilliseconds) await wait(5);
        // Not always directly after a response.
        await wait(chance.integer(`moment ${kill}`, 0, 100));
        lived = `ready after ${Math.round(instance.readyAfter)} ms, ${answers} answers in ${Math.round(performance.now() - readyAt)} ms`;
      }
      const withEngine = chance.yes(`engine ${kill}`, withEngineShare);
      await instance.killGroup();
      if (withEngine) killEngine(dataDir);
      say(
        `kill ${String(kill).padStart(3)}  ${withEngine ? 'all       ' : 'but engine'}  ${lived.padEnd(50)}  201s ${load.filed}  answers ${load.answered}`,
      );
      instance = Instance.launch(dataDir, port);
    }
    await instance.ready();
    slowestStart = Math.max(slowestStart, instance.readyAfter);
    await load.finish();
    const connection = await connectTo({ kind: 'embedded', dataDir });
    try {
      const ledger = new Ledger(connection.dynamodb, connection.output('LedgerTableName'), (attempt) =>
        wait(50 * 2 ** attempt),
      );
      // Digests are sent a minute later, and each minute may make further timers due.
      for (let minute = 0; minute < maxMinutes; minute += 1) {
        await instance.idle();
        if (minute >= minMinutes && (await ledger.pendingLines()).length === 0) break;
        await moveClock(instance, 'PT1M');
      }
      const redriven = await redriveAll(connection);
      await instance.idle();
      const { json } = await instance.call('GET', '/local/clock');
      return {
        ...(await recount(connection, dataDir, city, load.journal, String(json['now']))),
        redriven,
        commands: load.journal.commands.length,
        unanswered: [...load.unanswered],
        slowestStart,
      };
    } finally {
      connection.close();
    }
  } finally {
    await instance.kill('SIGTERM');
    await instance.killGroup();
  }
}

async function moveClock(instance: Instance, advance: string): Promise<void> {
  const { status, json } = await instance.call('POST', '/local/clock', { body: { advance } });
  if (status !== 200) throw new Error(`the clock did not move: ${JSON.stringify(json)}`);
}

/**
 * A kill counts as a receive of each in-flight message, so that a message that crashes the process is not retried
 * forever. After five it is a dead letter, which is redriven here as the runbook says.
 */
async function redriveAll(connection: Connection): Promise<number> {
  let redriven = 0;
  for (const QueueUrl of await connection.queueUrls()) {
    const name = QueueUrl.split('/').at(-1) ?? '';
    if (!/dlq$|DeadLetters/.test(name)) continue;
    const { Attributes } = await connection.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    const count = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    if (count === 0) continue;
    await dlq.run(['redrive', name], () => Promise.resolve(connection), { kind: 'embedded', dataDir: '' });
    redriven += count;
  }
  return redriven;
}

function killEngine(dataDir: string): void {
  try {
    const { pid } = JSON.parse(readFileSync(join(dataDir, 'dynamodb/process.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(pid, 'SIGKILL');
  } catch {
    // Not started yet, or already ended.
  }
}
