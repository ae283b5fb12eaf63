import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { keyOf, toStreamImage } from '../../shared/store/item.ts';
import type { Agenda } from './agenda.ts';
import type { Chance } from './chance.ts';
import { hash } from './chance.ts';
import type { Item } from './expressions.ts';
import type { Faults } from './faults.ts';
import type { Outcome } from './lambda.ts';

const shards = 3;
const batchSize = 100;

type Relay = (payload: DynamoDBStreamEvent, about: string) => Promise<Outcome<DynamoDBBatchResponse>>;
type Shard = {
  name: string;
  records: { about: string; record: DynamoDBRecord }[];
  at: number;
  isBusy: boolean;
};

/**
 * A table's stream with its consumer, as Lambda's mapping works it: one batch of a shard at a time, in order, from
 * the first failure on again, and now and then once more what was done already.
 */
export class FakeStream {
  readonly #agenda: Agenda;
  readonly #chance: Chance;
  readonly #faults: Faults;
  readonly #relay: Relay;
  readonly #isDown: () => boolean;
  readonly #shards: Shard[] = Array.from({ length: shards }, (_, index) => ({
    name: `shard-${index}`,
    records: [],
    at: 0,
    isBusy: false,
  }));

  constructor(world: {
    agenda: Agenda;
    chance: Chance;
    faults: Faults;
    relay: Relay;
    isDown: () => boolean;
  }) {
    this.#agenda = world.agenda;
    this.#chance = world.chance;
    this.#faults = world.faults;
    this.#relay = world.relay;
    this.#isDown = world.isDown;
  }

  get isDrained(): boolean {
    return this.#shards.every(({ records, at }) => at === records.length);
  }

  /** Puts a change of an item at the end of its shard. */
  append(key: string, before: Item | undefined, after: Item): void {
    const shard = this.#shards[hash(key) % shards];
    if (!shard) return;
    const record = {
      eventName: before ? 'MODIFY' : 'INSERT',
      dynamodb: {
        SequenceNumber: String(shard.records.length + 1).padStart(12, '0'),
        Keys: keyOf(key),
        NewImage: toStreamImage(after),
        ...(before && { OldImage: toStreamImage(before) }),
      },
    } as DynamoDBRecord;
    shard.records.push({ about: `${key}@${after['version']?.N ?? ''}`, record });
    this.#wake(shard, this.#chance.integer(`stream ${key} ${shard.records.length}`, 20, 800));
  }

  #wake(shard: Shard, milliseconds: number): void {
    if (shard.isBusy) return;
    shard.isBusy = true;
    this.#agenda.after(milliseconds, () => {
      void this.#work(shard);
    });
  }

  async #work(shard: Shard): Promise<void> {
    const first = shard.records[shard.at]?.about ?? '';
    const about = this.#faults.counted(`batch ${shard.name} ${first}`);
    const size = this.#faults.strikes('resplit', about) ? this.#chance.integer(about, 1, 5) : batchSize;
    const batch = shard.records.slice(shard.at, shard.at + size);
    let pause = 1000;
    if (!this.#isDown()) {
      const outcome = await this.#relay({ Records: batch.map(({ record }) => record) }, about);
      const done = outcome.ok ? doneOf(batch, outcome.value) : 0;
      shard.at += done;
      if (done === batch.length) pause = 1;
      // The mapping's place in the stream was not kept: it begins again a little earlier.
      if (done > 0 && this.#faults.strikes('replay', about))
        shard.at = Math.max(0, shard.at - this.#chance.integer(`replay ${about}`, 1, 12));
    }
    shard.isBusy = false;
    if (shard.at < shard.records.length) this.#wake(shard, pause);
  }
}

function doneOf(
  batch: readonly { record: DynamoDBRecord }[],
  { batchItemFailures: [failure] }: DynamoDBBatchResponse,
): number {
  if (!failure) return batch.length;
  const at = batch.findIndex(({ record }) => record.dynamodb?.SequenceNumber === failure.itemIdentifier);
  return Math.max(0, at);
}
