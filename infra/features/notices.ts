import { settings as digestSettings } from '../../functions/digest/settings.ts';
import { settings as notifySettings } from '../../functions/notify/settings.ts';
import { noticeEventTypes } from '../../shared/kernel/notices.ts';
import { notices as toldOf } from '../../shared/records/notices.ts';
import { allow } from '../constructs/allow.ts';
import { ConsumerQueue } from '../constructs/consumer-queue.ts';
import { EachMinute } from '../constructs/each-minute.ts';
import { addNoticeMail } from '../constructs/notice-mail.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/**
 * Notices. `notify` sends notices to residents and departments at once, and stores lines about warnings and breaches in
 * the ledger; `digest` sends each recipient its lines in one message per minute.
 */
export function addNotices(shared: SharedResources): void {
  const { stack, city, functions, records, ledger, events, notices, contactKey, parked, alarms } = shared;

  const notify = new ServiceFunction(stack, 'Notify', {
    name: 'notify',
    description: 'Sends notices to residents and departments.',
    functions,
    timeoutSeconds: 30,
    settings: notifySettings,
    environment: {
      ...records.environment,
      LEDGER_TABLE: ledger.table.tableName,
      NOTICE_TOPIC_ARN: notices.topicArn,
      PARKING_QUEUE_URL: parked.queue.queueUrl,
    },
  });
  records.allow(notify, 'GetItem');
  ledger.allow(notify, 'GetItem', 'PutItem', 'UpdateItem');
  allow(notify, ['sns:Publish'], [notices.topicArn]);
  contactKey.allow(notify, 'Decrypt');
  parked.allowSend(notify);
  const queue = new ConsumerQueue(stack, 'NotifyQueue', {
    consumer: notify,
    alarms,
    alarm: {
      impact: 'Residents or departments were not told what happened to a report.',
      runbook: 'dead-letters',
    },
    maxConcurrency: 5,
  });
  events.feed(queue, { types: noticeEventTypes(toldOf) });

  const digest = new EachMinute(stack, 'Digest', {
    name: 'digest',
    description: 'Sends each recipient a digest of warnings and breaches.',
    functions,
    settings: digestSettings,
    environment: { LEDGER_TABLE: ledger.table.tableName, NOTICE_TOPIC_ARN: notices.topicArn },
    alarms,
    impact: {
      failing:
        'For five minutes somebody could not be told of warnings and breaches: a mail or a group robot refuses them.',
      notRunning: 'Nobody has been told of warnings and breaches for five minutes; the board shows them.',
    },
    runbook: 'digests-not-sent',
  });
  ledger.allow(digest.function, 'Query', 'BatchWriteItem');
  allow(digest.function, ['sns:Publish'], [notices.topicArn]);

  // Departments' addresses are subscribed in the departments' stack.
  for (const { id, alerts } of city.areas)
    addNoticeMail(stack, `AlertsOf-${id}`, notices, { kind: 'area', area: id }, alerts?.email);
}
