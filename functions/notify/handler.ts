import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { SQSRecord } from 'aws-lambda';
import type { AnyEvent } from '../../events/envelope.ts';
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
  /** The notices of each kind, by its name. */
  notices: Readonly<Record<string, NoticeRules>>;
  ledger: Ledger;
  contacts: ContactOpener;
  sns: SNSClient;
  topicArn: string;
  parking: Parking;
  now: () => string;
};

/** Longer than a run of the function can last. */
const holdSeconds = 60;

/**
 * Sends notices. An event is claimed, its notices are published, and it is marked as done, so a repeated event sends
 * nothing twice; only a run that ends between publishing and marking can.
 */
export function createHandler(deps: Dependencies): QueueHandler {
  const { city, store, ledger, now } = deps;
  return consumer(store.kinds, deps.parking, async (event, kind, message) => {
    const stored = await store.load(event.number);
    if (!stored) throw new Unprocessable(`no record ${event.number}`);
    const rules = deps.notices[kind.name];
    if (!rules) return;
    const notices = noticesOf(kind, rules, event, stored.record, city);
    if (notices.length > 0) await publishNotices(deps, notices, stored, event, message);
    for (const { to, ...line } of digestLinesOf(kind, rules, event, stored.record, city))
      await ledger.addPending(recipientName(to), { to, ...line }, now());
  });
}

async function publishNotices(
  deps: Dependencies,
  notices: readonly Notice[],
  about: Stored,
  { id, occurredAt }: AnyEvent,
  { messageId: holder }: SQSRecord,
): Promise<void> {
  const { ledger, sns, now } = deps;
  const mark = `notice#${id}`;
  const claim = await ledger.claim(mark, { holder, now: now(), holdSeconds });
  if (claim === 'done') return;
  if (claim === 'taken') throw new Error(`${mark}: another run is at it`);
  const before = await ledger.formerMarks.done(notices, (notice) => ({
    occurredAt,
    pk: `notice#${notice.id}`,
    sk: recipientOf(notice.to),
  }));
  const told = new Set([...claim.done, ...[...before].map((notice) => notice.id)]);
  try {
    for (const notice of notices) {
      if (told.has(notice.id)) continue;
      const message = await messageOf(deps, notice, about, occurredAt);
      await sns.send(
        new PublishCommand({
          TopicArn: deps.topicArn,
          Message: JSON.stringify(message),
          MessageAttributes: {
            recipient: { DataType: 'String', StringValue: recipientOf(notice.to) },
            locale: { DataType: 'String', StringValue: message.locale },
          },
        }),
      );
      told.add(notice.id);
    }
  } catch (error) {
    await ledger.release(mark, told, now());
    throw error;
  }
  await ledger.complete(mark);
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

/** The message attribute that subscribers filter on: `resident` for all residents, or the department. */
function recipientOf(to: Recipient): string {
  return to.kind === 'resident' ? 'resident' : `department#${to.department}`;
}
