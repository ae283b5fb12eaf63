import type { Host } from '../../shared/host/host.ts';
import { keysOf, limitsOf, photosOf } from '../../shared/host/parts.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  return createHandler({ photos: photosOf(host, env), limits: limitsOf(host, env, keysOf(host, env)) });
}
