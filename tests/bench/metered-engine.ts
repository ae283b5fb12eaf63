import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDatabase, type DatabaseProcess } from '../../infra/local/database/engine-process.ts';

type Consumed = {
  TableName?: string;
  Table?: { CapacityUnits?: number };
  GlobalSecondaryIndexes?: Record<string, { CapacityUnits?: number }>;
};

/** Capacity units by table, index, operation and caller. */
export type Units = { table: string; index: string; operation: string; caller: string; units: number };

const writes = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

/**
 * A DynamoDB engine that counts write units by DynamoDB's rules: each write requests its consumed capacity.
 */
export class MeteredEngine {
  readonly #engine: DatabaseProcess;
  readonly #server: Server;
  readonly #units = new Map<string, Units>();

  private constructor(engine: DatabaseProcess) {
    this.#engine = engine;
    this.#server = createServer((request, response) => {
      void this.#forward(request, response);
    });
  }

  static async start(dataDir: string): Promise<MeteredEngine> {
    const engine = await startDatabase(dataDir, (line) => {
      console.error(line);
    });
    const metered = new MeteredEngine(engine);
    await new Promise<void>((done) => metered.#server.listen(0, '127.0.0.1', done));
    return metered;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The units consumed since the last call. */
  take(): Units[] {
    const taken = [...this.#units.values()];
    this.#units.clear();
    return taken;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
    await this.#engine.stop();
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      ['x-amz-target', 'content-type', 'authorization', 'x-amz-date'].map((name) => [
        name,
        String(request.headers[name]),
      ]),
    );
    const operation = headers['x-amz-target']?.split('.')[1] ?? '';
    const isWrite = writes.has(operation);
    const given = Buffer.concat(chunks).toString();
    const answer = await fetch(this.#engine.endpoint, {
      method: 'POST',
      headers,
      body: isWrite ? given.replace('{', '{"ReturnConsumedCapacity":"INDEXES",') : given,
    });
    const text = await answer.text();
    if (isWrite && answer.ok) this.#count(operation, headers['authorization'] ?? '', text);
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text);
  }

  #count(operation: string, authorization: string, answer: string): void {
    const caller = /Credential=([^/]+)/.exec(authorization)?.[1] ?? '';
    const { ConsumedCapacity = [] } = JSON.parse(answer) as { ConsumedCapacity?: Consumed | Consumed[] };
    for (const { TableName: table = '', Table, GlobalSecondaryIndexes = {} } of [ConsumedCapacity].flat())
      for (const [index, { CapacityUnits: units = 0 }] of [
        ['', Table ?? {}] as const,
        ...Object.entries(GlobalSecondaryIndexes),
      ]) {
        const key = [table, index, operation, caller].join('|');
        const before = this.#units.get(key)?.units ?? 0;
        this.#units.set(key, { table, index, operation, caller, units: before + units });
      }
  }
}
