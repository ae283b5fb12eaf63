import type { Host } from '../../shared/host/host.ts';
import { keysOf, limitsOf, photosOf, recordsOf } from '../../shared/host/parts.ts';
import { kinds } from '../../shared/records/kinds.ts';
import { views } from '../../shared/records/views.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  const keys = keysOf(host, env);
  return createHandler({
    city: host.currentCity(),
    store: recordsOf(host, env, kinds),
    views,
    photos: photosOf(host, env),
    keys,
    limits: limitsOf(host, env, keys),
    newLink: host.newId,
    now: host.now,
  });
}
