import type { Host } from '../../shared/host/host.ts';
import { contactSealerOf, keysOf, limitsOf, photosOf, recordsOf } from '../../shared/host/parts.ts';
import { report } from '../../shared/records/report/kind.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  const store = recordsOf(host, env, [report]);
  const keys = keysOf(host, env);
  return createHandler({
    city: host.currentCity(),
    store,
    photos: photosOf(host, env),
    contacts: contactSealerOf(host, env),
    keys,
    limits: limitsOf(host, env, keys, (...asked) => store.countByContact(...asked)),
    now: host.now,
  });
}
