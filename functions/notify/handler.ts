import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { City } from '../../shared/config/city.ts';
import {
  digestLinesOf,
  noticesOf,
  recipientName,
  type Notice,
  type NoticeRules,
  type Recipient,
} from '../../shared/kernel/notices.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import type { Ledger } from '../../shared/store/ledger.ts';
import type { ContactOpener } from '../../shared/store/contact-cipher.ts';
import type { Stored } from '../../shared/store/item.ts';
import type { Records } from '../../shared/store/records.ts';

export type Dependencies = {
  city: City;
  store: Records;
  /** What each kind tells people, by its name. */
  notices: Readonly<Record<string, NoticeRules>>;
  ledger: Ledger;
  contacts: ContactOpener;
  sns: SNSClient;
  topicArn: string;
  parking: Parking;
  now: () => string;
};

/** Longer than one run of the function can last. */
const holdSeconds = 60;

/**
 * Tells people. Each notice is claimed, published and ticked off, so a repeated event tells nobody twice; only
 * a run that dies between publishing and ticking off can.
 */
export function createHandler(deps: Dependencies): QueueHandler {
  const { city, store, ledger, now } = deps;
  return consumer(store.kinds, deps.parking, async (event, kind, { messageId }) => {
    const stored = await store.load(event.number);
    if (!stored) throw new Unprocessable(`no record ${event.number}`);
    const rules = deps.notices[kind.name];
    if (!rules) return;
    for (const notice of noticesOf(kind, rules, event, stored.record, city))
      await tell(deps, notice, stored, event.occurredAt, messageId);
    for (const { to, ...line } of digestLinesOf(kind, rules, event, stored.record, city))
      await ledger.owe(recipientName(to), { to, ...line }, now());
  });
}

async function tell(
  deps: Dependencies,
  notice: Notice,
  about: Stored,
  occurredAt: string,
  holder: string,
): Promise<void> {
  const { ledger, sns, now } = deps;
  const mark = `notice#${notice.id}`;
  const recipient = recipientOf(notice.to);
  const claim = await ledger.claim(mark, recipient, { holder, now: now(), holdSeconds });
  if (claim === 'done') return;
  if (claim === 'taken') throw new Error(`${mark}: another run is at it`);
  try {
    const message = await messageOf(deps, notice, about, occurredAt);
    await sns.send(
      new PublishCommand({
        TopicArn: deps.topicArn,
        Message: JSON.stringify(message),
        MessageAttributes: {
          recipient: { DataType: 'String', StringValue: recipient },
          locale: { DataType: 'String', StringValue: message.locale },
        },
      }),
    );
  } catch (error) {
    await ledger.release(mark, recipient);
    throw error;
  }
  await ledger.complete(mark, recipient);
}

async function messageOf(
  { city, store, contacts }: Dependencies,
  { id, to, number, subject, text }: Notice,
  about: Stored,
  occurredAt: string,
) {
  if (to.kind === 'department') {
    const email = city.departments.find((department) => department.id === to.department)?.email;
    const recipient = { ...to, ...(email !== undefined && { email }) };
    return {
      id,
      to: recipient,
      locale: 'zh' as const,
      subject: subject.zh,
      text: text.zh,
      number,
      occurredAt,
    };
  }
  // Followers have records of their own.
  const own = to.number === about.record.number ? about : await store.load(to.number);
  const locale = own?.record.locale ?? 'zh';
  const sealed = own?.private.contact;
  const phone = sealed && (await contacts.open(to.number, sealed)).phone;
  const recipient = { ...to, ...(phone !== undefined && { phone }) };
  return { id, to: recipient, locale, subject: subject[locale], text: text[locale], number, occurredAt };
}

/** What subscribers filter on: every resident's gateway takes `resident`, a department its own. */
function recipientOf(to: Recipient): string {
  return to.kind === 'resident' ? 'resident' : `department#${to.department}`;
}
