import { randomUUID } from 'node:crypto';
import { sha256 } from '../../../shared/http/credentials.ts';
import { decide } from '../../../shared/kernel/decide.ts';
import type { AnyKind, CommandOf, Context } from '../../../shared/kernel/kind.ts';
import { numberDate } from '../../../shared/kernel/number.ts';
import { chosenNumber } from '../../../shared/kernel/numbering.ts';
import { pathOf } from '../../../shared/place/place.ts';
import type { Stored } from '../../../shared/store/item.ts';
import { RecordStore } from '../../../shared/store/records.ts';
import { keys, type Api } from '../api.ts';
import { city } from '../city.ts';
import { resident, start, system } from '../reports.ts';
import { kinds } from './both.ts';
import type { LoanCommand } from './commands.ts';
import { loan, type LoanKind } from './kind.ts';

export type Ask = CommandOf<LoanKind> & { type: 'ask' };

/** The request of an estate's resident to its property company. */
export const ask: Ask = {
  type: 'ask',
  number: 'YT-T261120-000014',
  tool: 'ladder',
  days: 7,
  reason: '换三楼走廊的灯泡 💡',
  area: 'tinglan-court',
  path: pathOf(city, 'tinglan-court'),
  department: 'property-kangning',
  locale: 'zh',
};

export const days = (count: number): string => new Date(Date.parse(start) + count * 86_400_000).toISOString();

/** Staff of the property company, as claims of the gateway. */
export const lender = { username: 'wang', role: 'handler', departments: 'property-kangning', areas: '' };
export const chief = { username: 'chief', role: 'manager', departments: 'property-kangning', areas: '' };

/** The operations of a function for loans, on the engines of a test. */
export function lending(api: Api) {
  const store = new RecordStore<AnyKind>(api.dynamodb, api.recordsTable, kinds);
  const context = (actor: Context['actor']): Context => ({ now: api.clock.now, actor, city });

  async function open(
    change: Partial<Ask> = {},
    phone = '13800001234',
  ): Promise<{ number: string; token: string; key: string }> {
    const key = randomUUID();
    const keyHash = keys.current.keyHash(key);
    const date = numberDate(api.clock.now, city.timeZone);
    const number = chosenNumber({ prefix: city.numberPrefix, letter: loan.letter }, { keyHash, date }, 0);
    const decision = decide(loan, undefined, { ...ask, ...change, number }, context(resident));
    if (!decision.ok) throw new Error(decision.refusal.kind);
    const token = keys.current.trackingToken(number, keyHash);
    await store.create(loan, decision.events, {
      keyHash,
      requestHash: keys.current.requestHash(key),
      tokenHash: sha256(token),
      contact: await api.kms.sealer.seal(number, { phone }),
      contactHash: keys.current.contactHash(phone),
    });
    return { number, token, key };
  }

  /** Stores the text as a related item, then records it in the history. */
  async function say(number: string, name: string, text: string): Promise<boolean> {
    const isNew = await store.putRelated(number, name, { text, at: api.clock.now });
    await give(number, { type: 'message', name });
    return isNew;
  }

  async function give(number: string, command: LoanCommand, actor = system('test')): Promise<Stored> {
    const result = await store.execute(number, command, context(actor));
    if (!result.ok) throw new Error(JSON.stringify(result.refusal));
    return result.stored;
  }

  async function load(number: string): Promise<Stored> {
    const stored = await store.load(number);
    if (!stored) throw new Error(`no ${number}`);
    return stored;
  }

  return { store, open, say, give, load };
}
