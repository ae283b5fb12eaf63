import type { Host } from '../../shared/host/host.ts';
import { recordsOf } from '../../shared/host/parts.ts';
import { report } from '../../shared/records/report/kind.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  return createHandler({
    city: host.currentCity(),
    store: recordsOf(host, env, [report]),
    now: host.now,
  });
}
