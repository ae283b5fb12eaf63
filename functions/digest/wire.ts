import type { Host } from '../../shared/host/host.ts';
import { ledgerOf, snsOf } from '../../shared/host/parts.ts';
import { webhookCaller } from '../../shared/webhook/call.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  return createHandler({
    city: host.currentCity(),
    ledger: ledgerOf(host, env),
    sns: snsOf(host),
    topicArn: env.NOTICE_TOPIC_ARN,
    call: host.webhookCaller(webhookCaller),
    now: host.now,
  });
}
