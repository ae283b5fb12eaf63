import type { DataOf, EventActor, EventType } from '../../events/envelope.ts';
import { evolve } from './fold.ts';
import type { Actor } from './permissions.ts';
import type { Context, Decision, History, Model, RecordKind } from './kind.ts';

/** Collects the events of a decision; starts without any. */
export class DecisionHistory<M extends Model> implements History<M> {
  readonly context: Context;
  readonly number: string;
  readonly kind: RecordKind<M>;
  readonly #events: M['event'][] = [];
  #record: M['record'] | undefined;

  constructor(kind: RecordKind<M>, number: string, record: M['record'] | undefined, context: Context) {
    this.kind = kind;
    this.number = number;
    this.#record = record;
    this.context = context;
  }

  get state(): M['record'] {
    if (!this.#record) throw new Error(`${this.number}: not opened yet`);
    return this.#record;
  }

  add<T extends EventType<M['contracts']>>(type: T, data: DataOf<M['contracts'], T>): this {
    const sequence = (this.#record?.version ?? 0) + 1;
    const event = {
      id: `${this.number}#${sequence}`,
      type,
      number: this.number,
      sequence,
      occurredAt: this.context.now,
      actor: actorOf(this.context.actor),
      data,
    } as M['event'];
    this.#record = evolve(this.kind, this.#record, event);
    this.#events.push(event);
    return this;
  }

  decision(): Decision<M> {
    return { ok: true, events: this.#events };
  }
}

function actorOf(actor: Actor): EventActor {
  // The areas and departments of a member of staff are not published.
  return actor.kind === 'staff' ? { kind: 'staff', username: actor.username, role: actor.role } : actor;
}
