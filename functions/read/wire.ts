import type { Host } from '../../shared/host/host.ts';
import { keysOf, limitsOf, photosOf, recordsOf } from '../../shared/host/parts.ts';
import { kinds } from '../../shared/records/kinds.ts';
import { views } from '../../shared/records/views.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  return createHandler({
    city: host.currentCity(),
    store: recordsOf(host, env, kinds),
    views,
    photos: photosOf(host, env),
    limits: limitsOf(host, env, keysOf(host, env)),
    signIn: { issuer: env.ISSUER, clientId: env.USER_POOL_CLIENT_ID },
    now: host.now,
  });
}
