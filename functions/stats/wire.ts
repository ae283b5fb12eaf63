import type { Host } from '../../shared/host/host.ts';
import { figuresOf, parkingOf } from '../../shared/host/parts.ts';
import { publishedKinds as kinds } from '../../shared/records/published-kinds.ts';
import { createHandler } from './handler.ts';
import type { Settings } from './settings.ts';

export function wire(env: Settings, host: Host): ReturnType<typeof createHandler> {
  return createHandler({
    kinds,
    city: host.currentCity(),
    figures: figuresOf(host, env),
    parking: parkingOf(host, env),
    now: host.now,
  });
}
