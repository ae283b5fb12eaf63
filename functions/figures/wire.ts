import type { Host } from '../../shared/host/host.ts';
import { figuresOf } from '../../shared/host/parts.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  return createHandler({ city: host.currentCity(), figures: figuresOf(host, env), now: host.now });
}
