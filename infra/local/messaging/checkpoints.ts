import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Each stream mapping's checkpoint per shard: the sequence number of the last record processed. */
export class Checkpoints {
  readonly #read: StatementSync;
  readonly #readLowest: StatementSync;
  readonly #write: StatementSync;

  /** @param database the messages' database, so that both are consistent on disk. */
  constructor(database: DatabaseSync) {
    database.exec(`
      CREATE TABLE IF NOT EXISTS local_checkpoints (
        mapping TEXT NOT NULL,
        shard TEXT NOT NULL,
        sequence_number TEXT NOT NULL,
        PRIMARY KEY (mapping, shard)
      )`);
    this.#read = database.prepare(
      'SELECT sequence_number FROM local_checkpoints WHERE mapping = ? AND shard = ?',
    );
    this.#readLowest = database.prepare(
      'SELECT MIN(CAST(sequence_number AS INTEGER)) AS lowest FROM local_checkpoints WHERE shard = ?',
    );
    this.#write = database.prepare(
      `INSERT INTO local_checkpoints (mapping, shard, sequence_number) VALUES (?, ?, ?)
       ON CONFLICT (mapping, shard) DO UPDATE SET sequence_number = excluded.sequence_number`,
    );
  }

  get(mapping: string, shard: string): string | undefined {
    const row = this.#read.get(mapping, shard);
    return row === undefined ? undefined : String(row['sequence_number']);
  }

  /** The lowest checkpoint of all mappings that have read the shard. */
  lowest(shard: string): string | undefined {
    const row = this.#readLowest.get(shard)?.['lowest'];
    return typeof row === 'bigint' || typeof row === 'number' ? String(row) : undefined;
  }

  set(mapping: string, shard: string, sequenceNumber: string): void {
    this.#write.run(mapping, shard, sequenceNumber);
  }
}
