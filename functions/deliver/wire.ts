import type { Host } from '../../shared/host/host.ts';
import { keysOf, parkingOf } from '../../shared/host/parts.ts';
import { publishedKinds as kinds } from '../../shared/records/published-kinds.ts';
import { webhookCaller } from '../../shared/webhook/call.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  return createHandler({
    kinds,
    city: host.currentCity(),
    keys: keysOf(host, env),
    parking: parkingOf(host, env),
    call: host.webhookCaller(webhookCaller),
    now: host.now,
  });
}
