import { DatabaseSync } from 'node:sqlite';

const dayMilliseconds = 86_400_000;
/** Small enough to block the engine for a few milliseconds only. */
const batchSize = 100;
const pauseMilliseconds = 50;
const everyMilliseconds = 600_000;

/**
 * Indexes and deletes the engine's stream records; the engine does neither, so every write would get slower. Measured
 * with dynoxide 1.2.1, a put takes 1.6 ms after a hundred records, 8 ms after ten thousand and 60 ms after a hundred
 * thousand; with this index always 1.6 ms. Records are deleted after 24 hours, as on AWS, but not before every reader
 * has read them (`readUpTo`).
 */
export class StreamUpkeep {
  readonly #database: DatabaseSync;
  readonly #readUpTo: (table: string) => number | undefined;
  readonly #hasRecords: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(databaseFile: string, readUpTo: (table: string) => number | undefined) {
    this.#database = new DatabaseSync(databaseFile, { timeout: 5_000 });
    this.#readUpTo = readUpTo;
    // Another engine version may store its records differently.
    this.#hasRecords =
      this.#database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_stream_records'").get() !==
      undefined;
    if (!this.#hasRecords) return;
    this.#database.exec(
      'CREATE INDEX IF NOT EXISTS stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    );
  }

  start(): void {
    if (!this.#hasRecords) return;
    const next = (milliseconds: number): void => {
      this.#timer = setTimeout(() => {
        next(this.trim() ? pauseMilliseconds : everyMilliseconds);
      }, milliseconds);
      this.#timer.unref();
    };
    next(everyMilliseconds / 10);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#database.close();
  }

  /** Deletes some old records and those of deleted tables; returns whether there may be more of them. */
  trim(now = Date.now()): boolean {
    let more = this.#trimDeletedTables();
    const tables = this.#database.prepare('SELECT DISTINCT table_name FROM _stream_records').all() as {
      table_name: string;
    }[];
    for (const { table_name: table } of tables) {
      const upTo = this.#readUpTo(table);
      if (upTo === undefined) continue;
      const { changes } = this.#database
        .prepare(
          // Keeps the latest record: the engine derives the next sequence number from it.
          `DELETE FROM _stream_records WHERE id IN (
             SELECT id FROM _stream_records
             WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2 AND created_at < ?3
               AND CAST(sequence_number AS INTEGER) < (SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = ?1)
             ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?4)`,
        )
        .run(table, upTo, Math.floor((now - dayMilliseconds) / 1000), batchSize);
      more ||= Number(changes) === batchSize;
    }
    return more;
  }

  /** The engine does not delete the records of a deleted table. */
  #trimDeletedTables(): boolean {
    const { changes } = this.#database
      .prepare(
        `DELETE FROM _stream_records WHERE id IN (
           SELECT id FROM _stream_records WHERE table_name NOT IN (SELECT table_name FROM _tables) LIMIT ?)`,
      )
      .run(batchSize);
    return Number(changes) === batchSize;
  }
}
