import type { Host } from '../../shared/host/host.ts';
import { contactOpenerOf, ledgerOf, parkingOf, recordsOf, snsOf } from '../../shared/host/parts.ts';
import { kinds } from '../../shared/records/kinds.ts';
import { notices } from '../../shared/records/notices.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  return createHandler({
    city: host.currentCity(),
    store: recordsOf(host, env, kinds),
    notices,
    ledger: ledgerOf(host, env),
    contacts: contactOpenerOf(host),
    sns: snsOf(host),
    topicArn: env.NOTICE_TOPIC_ARN,
    parking: parkingOf(host, env),
    now: host.now,
  });
}
