import { decide } from '../../../shared/kernel/decide.ts';
import type { AnyKind } from '../../../shared/kernel/kind.ts';
import { chosenNumber } from '../../../shared/kernel/numbering.ts';
import { recordsOf } from '../../../shared/host/parts.ts';
import { sha256 } from '../../../shared/http/credentials.ts';
import type { Host } from '../../../shared/host/host.ts';
import { keyOf } from '../../../shared/store/item.ts';
import { busyDays, start } from '../../simulation/plan.ts';
import { settings, type Functions, type World } from '../../simulation/world.ts';
import { kinds } from './both.ts';
import type { LoanCommand } from './commands.ts';
import { loan } from './kind.ts';
import { ask } from './lending.ts';

const [minute, day] = [60_000, 86_400_000];
type Asking = { key: string; behind?: string };
type Given = { type: LoanCommand['type'] } & Record<string, unknown>;
type Saying = { number: string; name: string; text: string };

/** Creates loans: the same key always returns the same one. */
function takeLoan(host: Host) {
  const store = recordsOf<AnyKind>(host, settings, kinds);
  return async ({ key, behind }: Asking): Promise<{ number: string }> => {
    const { numberPrefix: prefix } = host.currentCity();
    const keyHash = sha256(key);
    const number = chosenNumber({ prefix, letter: loan.letter }, { keyHash, date: '261120' }, 0);
    const context = { now: host.now(), actor: { kind: 'resident' } as const, city: host.currentCity() };
    const asked = { ...ask, number, ...(behind !== undefined && { behind }) };
    const decision = decide(loan, undefined, asked, context);
    if (!decision.ok) throw new Error(decision.refusal.kind);
    const secret = { keyHash, requestHash: sha256(behind ?? ''), tokenHash: sha256(key) };
    const made = await store.create(loan, decision.events, secret);
    if (!made.created && made.existing.private.keyHash !== keyHash) throw new Error(`${number} is taken`);
    return { number };
  };
}

/** Stores a message as a related item, then records it in the history. */
function sayBeside(host: Host) {
  const store = recordsOf<AnyKind>(host, settings, kinds);
  return async ({ number, name, text }: Saying): Promise<void> => {
    await store.putRelated(number, name, { text });
    const context = {
      now: host.now(),
      actor: { kind: 'system', name: 'say' } as const,
      city: host.currentCity(),
    };
    const command: LoanCommand = { type: 'message', name };
    const result = await store.execute(number, command, context);
    if (!result.ok) throw new Error(result.refusal.kind);
  };
}

/** Random commands on a few loans in the simulated city; calls are retried until they succeed. */
export class LoanLives {
  readonly functions: Functions = {
    'take-loan': (host) => {
      const take = takeLoan(host);
      return (payload) => take(payload as Asking);
    },
    say: (host) => {
      const say = sayBeside(host);
      return (payload) => say(payload as Saying);
    },
  };
  /** Numbers returned to callers, by the loan's id. */
  readonly told = new Map<string, string>();
  readonly said: { number: string; name: string; text: string }[] = [];
  readonly done: { number: string; type: LoanCommand['type'] }[] = [];
  readonly #count: number;
  #world: World | undefined;

  constructor(count: number) {
    this.#count = count;
  }

  get world(): World {
    if (!this.#world) throw new Error('not begun');
    return this.#world;
  }

  begin = (world: World): void => {
    this.#world = world;
    for (let at = 0; at < this.#count; at += 1) {
      const id = `loan-${at}`;
      world.agenda.at(world.chance.integer(`${id} at`, start, start + busyDays * day - day), () => {
        void this.#live(id, `loan-${at - 1}`);
      });
    }
  };

  async #live(id: string, before: string): Promise<void> {
    const { agenda, chance } = this.world;
    const behind = chance.yes(`${id} waits`, 0.5) ? this.told.get(before) : undefined;
    const asking = { key: `key-of-${id}`, ...(behind !== undefined && { behind }) };
    const taken = await this.#until<{ number: string }>('take-loan', asking, id);
    if (!taken) return;
    const { number } = taken;
    this.told.set(id, number);
    // A page retries when it gets no response.
    if (chance.yes(`${id} again`, 0.5)) await this.#until('take-loan', asking, `${id} again`);
    await this.#say(id, number, 'message#1');
    await agenda.sleep(chance.integer(`${id} thinks`, 0, 2 * day));
    const end = chance.pick(`${id} end`, ['lend', 'lend', 'lend', 'decline', 'cancel', 'nothing'] as const);
    if (end === 'cancel') return this.#give(id, number, { type: 'cancel' }, false);
    if (end === 'decline') return this.#give(id, number, { type: 'decline', reason: '不外借' }, true);
    if (end === 'nothing') return;
    await this.#give(id, number, { type: 'lend' }, true);
    await agenda.sleep(chance.integer(`${id} uses`, 0, 12 * day));
    await this.#say(id, number, 'message#2');
    const isBroken = chance.yes(`${id} broken`, 0.5);
    const damage = isBroken ? `${id}摔坏了` : undefined;
    await this.#give(id, number, { type: 'take-back', ...(damage !== undefined && { damage }) }, true);
  }

  async #say(id: string, number: string, name: string): Promise<void> {
    const text = `${id}的消息`;
    await this.#until('say', { number, name, text }, `${id} ${name}`);
    this.said.push({ number, name, text });
  }

  async #give(id: string, number: string, body: Given, isStaff: boolean): Promise<void> {
    const item = this.world.database.item('reports', keyOf(number));
    const version = isStaff ? { version: Number(item?.['version']?.N) } : {};
    const claims = { username: 'admin', 'cognito:groups': '[admin]', departments: '', areas: 'yunting' };
    const event = {
      routeKey: isStaff ? 'POST /api/desk/reports/{number}/commands' : 'POST /api/reports/{number}/commands',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `idempotency-${id}-${body.type}`,
        authorization: `Bearer key-of-${id}`,
      },
      pathParameters: { number },
      requestContext: isStaff ? { authorizer: { jwt: { claims } } } : {},
      body: JSON.stringify({ ...body, ...version }),
      isBase64Encoded: false,
    };
    for (let attempt = 1; attempt <= 60; attempt += 1) {
      const about = `${id} ${body.type} try ${attempt}`;
      const { status } = await this.world.http(isStaff ? 'desk' : 'resident-command', event as never, about);
      if (status === 200) this.done.push({ number, type: body.type });
      if (status < 500) return;
      await this.world.agenda.sleep(20 * minute);
    }
  }

  /** Calls a function until it returns. */
  async #until<Result>(name: string, payload: object, about: string): Promise<Result | undefined> {
    for (let attempt = 1; attempt <= 60; attempt += 1) {
      const { outcome } = await this.world.invoke<Result>(name, payload, `${about} try ${attempt}`);
      if (outcome.ok) return outcome.value;
      await this.world.agenda.sleep(20 * minute);
    }
    return undefined;
  }
}
