import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../infra/ops/connection.ts';
import { recount } from '../../infra/ops/counts.ts';
import { backlogCounts } from '../../shared/kernel/backlog.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { report as kind } from '../../shared/records/report/kind.ts';
import { Figures } from '../../shared/store/figures.ts';
import { backlogEntryOf, toItem } from '../../shared/store/item.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { histories, renumbered, secretOf } from '../support/former-table.ts';
import { fold, reportStore } from '../support/report-domain.ts';

let engine: Engine;
let connection: Connection;
let figures: Figures;
const today = new Date().toISOString().slice(0, 10);
const now = `${today}T04:00:00.000Z`;
const settled = (): Promise<void> => Promise.resolve();

/** Reports in every state, counted correctly. */
beforeAll(async () => {
  engine = await startEngine();
  connection = {
    dynamodb: engine.client,
    output: (name: string) => (name === 'RecordsTableName' ? engine.reports : engine.ledger),
    local: undefined,
  } as unknown as Connection;
  figures = new Figures(engine.client, engine.ledger, settled);
  const store = reportStore(engine.client, engine.reports);
  for (const [at, history] of histories().entries()) {
    const number = formatNumber('YT', '261120', at);
    const events = renumbered(history, number);
    await store.create(kind, events, secretOf(number));
    const to = backlogEntryOf(toItem({ kind, record: fold(events), events, private: secretOf(number) }));
    if (to)
      await figures.count([{ number, sequence: 1, day: today, counts: backlogCounts({ to }) }], today, now);
  }
  await store.putRelated(formatNumber('YT', '261120', 0), 'message#1', { text: '有人在吗' });
});
afterAll(() => {
  engine.stop();
});

describe('recounting', () => {
  it('finds no differences where each change was counted', async () => {
    expect(await recount(connection, true, settled)).toEqual([]);
  });

  it('lists wrong counts, and corrects them on request', async () => {
    await figures.correct('department', 'property-kangning', { '=open': 2, '=open!urgent': 2 });
    await figures.correct('area', 'nowhere', { '=triage': -1 });
    const wrong = [
      { dimension: 'department', key: 'property-kangning', name: '=open', by: -2 },
      { dimension: 'department', key: 'property-kangning', name: '=open!urgent', by: -2 },
      { dimension: 'area', key: 'nowhere', name: '=triage', by: 1 },
    ];
    const found = await recount(connection, false, settled);
    expect(new Set(found)).toEqual(new Set(wrong));
    expect(new Set(await recount(connection, true, settled))).toEqual(new Set(wrong));
    expect(await recount(connection, true, settled)).toEqual([]);
  });

  it('does not correct changes that are counted in the meantime', async () => {
    await figures.correct('department', 'water', { '=open': -1 });
    const arrives = (): Promise<void> => figures.correct('department', 'water', { '=open': 1 });
    expect(await recount(connection, true, arrives)).toEqual([]);
    expect(await recount(connection, true, settled)).toEqual([]);
  });
});
