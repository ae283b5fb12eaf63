import type { Environment } from '../../shared/config/environment.ts';
import type { Host } from '../../shared/host/host.ts';
import { keysOf, limitsOf, photosOf } from '../../shared/host/parts.ts';
import { createHandler } from './handler.ts';

export function wire(env: Environment<'uploads'>, host: Host): ReturnType<typeof createHandler> {
  return createHandler({ photos: photosOf(host, env), limits: limitsOf(host, env, keysOf(host, env)) });
}
