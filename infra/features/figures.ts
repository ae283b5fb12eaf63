import { settings as figuresSettings } from '../../functions/figures/settings.ts';
import { settings as statsSettings } from '../../functions/stats/settings.ts';
import { ConsumerQueue } from '../constructs/consumer-queue.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** Figures: `stats` counts events in the ledger, `figures` serves them. */
export function addFigures(shared: SharedResources): void {
  const { stack, functions, ledger, events, parked, alarms, api } = shared;

  const figures = new ServiceFunction(stack, 'Figures', {
    name: 'figures',
    description: 'Serves figures and the ranking of departments.',
    functions,
    timeoutSeconds: 10,
    settings: figuresSettings,
    environment: { LEDGER_TABLE: ledger.table.tableName },
  });
  ledger.allow(figures, 'GetItem', 'Query');
  api.addRoutes(figures, 'GET /api/desk/counts', 'GET /api/desk/stats', 'GET /api/desk/league');

  const stats = new ServiceFunction(stack, 'Stats', {
    name: 'stats',
    description: 'Counts events.',
    functions,
    timeoutSeconds: 30,
    settings: statsSettings,
    environment: { LEDGER_TABLE: ledger.table.tableName, PARKING_QUEUE_URL: parked.queue.queueUrl },
  });
  ledger.allow(stats, 'GetItem', 'PutItem', 'Query', 'UpdateItem');
  parked.allowSend(stats);
  const queue = new ConsumerQueue(stack, 'StatsQueue', {
    consumer: stats,
    alarms,
    alarm: { impact: 'Managers see wrong figures: some events were not counted.', runbook: 'dead-letters' },
    // The counters are few, so higher concurrency would only cause write conflicts.
    maxConcurrency: 2,
  });
  events.feed(queue);
}
