import type { Environment } from '../../shared/config/environment.ts';
import type { Host } from '../../shared/host/host.ts';
import { snsOf } from '../../shared/host/parts.ts';
import { publishedKinds as kinds } from '../../shared/records/published-kinds.ts';
import { createHandler } from './handler.ts';

export function wire(env: Environment<'relay'>, host: Host): ReturnType<typeof createHandler> {
  return createHandler({ kinds, sns: snsOf(host), topicArn: env.EVENT_TOPIC_ARN });
}
