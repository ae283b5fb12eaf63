import { settings } from '../../functions/sweep/settings.ts';
import { EachMinute } from '../constructs/each-minute.ts';
import type { SharedResources } from './shared-resources.ts';

/** Runs each minute's due timers: warnings, breaches, escalations and the other timers of a record. */
export function addClocks(shared: SharedResources): void {
  const { stack, functions, records, alarms } = shared;

  const sweep = new EachMinute(stack, 'Sweep', {
    name: 'sweep',
    description: 'Fires the clocks of reports that are due: warnings, breaches, escalations.',
    functions,
    settings,
    environment: records.environment,
    alarms,
    impact: {
      failing:
        'For five minutes some clocks could not fire: their departments are not warned, and nobody sees that the reports are late.',
      notRunning:
        'The sweep has not run for five minutes: departments are not warned and late reports are not seen.',
    },
    runbook: 'clocks-stand-still',
  });
  records.allow(sweep.function, 'GetItem', 'PutItem');
  records.allowQuery(sweep.function, 'timers');
}
