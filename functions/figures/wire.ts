import type { Environment } from '../../shared/config/environment.ts';
import type { Host } from '../../shared/host/host.ts';
import { figuresOf } from '../../shared/host/parts.ts';
import { createHandler } from './handler.ts';

export function wire(env: Environment<'figures'>, host: Host): ReturnType<typeof createHandler> {
  return createHandler({ city: host.currentCity(), figures: figuresOf(host, env), now: host.now });
}
