import type { City } from '../../shared/config/city.ts';
import { decideAny } from '../../shared/kernel/decide.ts';
import type { Context, FollowUp } from '../../shared/kernel/kind.ts';
import { kindOf } from '../../shared/kernel/number.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import { parkIfRefused } from '../../shared/queue/park-if-refused.ts';
import type { Records } from '../../shared/store/records.ts';

export type Dependencies = { city: City; store: Records; parking: Parking; now: () => string };

/** Gives the commands on other records that an event causes: see `FollowUpRule`. */
export function createHandler({ city, store, parking, now }: Dependencies): QueueHandler {
  return consumer(store.kinds, parking, async (event, kind) => {
    const load = async () => {
      const stored = await store.load(event.number);
      if (!stored) throw new Unprocessable(`no record ${event.number}`);
      return stored.record;
    };
    const record = await load();
    const context = { now: now(), actor: { kind: 'system', name: 'joint' } as const, city };
    const rule = kind.followUps[event.type];
    if (!rule?.when(event)) return;
    for (const followUp of rule.commands(event, record)) await give(store, followUp, context);
    if (!rule.afterwards) return;
    for (const followUp of rule.afterwards(event, await load())) await give(store, followUp, context);
  });
}

async function give(store: Records, { number, command, ifThere }: FollowUp, context: Context): Promise<void> {
  const kind = kindOf(store.kinds, number);
  const rule = kind.commands[command.type];
  if (rule && 'opens' in rule) {
    const decision = decideAny(kind, undefined, command, context);
    if (!decision.ok) throw new Unprocessable(`refused: ${JSON.stringify(decision.refusal)}`);
    // No resident has a token for it: no token has an empty hash.
    const result = await store.create(kind, decision.events, { keyHash: '', requestHash: '', tokenHash: '' });
    if (!result.created && result.existing.private.keyHash !== '')
      throw new Unprocessable(`${number} is the number of a record that somebody sent`);
    return;
  }
  const result = await store.execute(number, command, context);
  if (!result.ok && ifThere && result.refusal.kind === 'not-found') return;
  parkIfRefused(result);
}
