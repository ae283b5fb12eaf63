import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { City } from '../../shared/config/city.ts';
import { digestLinesOf, recipientName } from '../../shared/records/report/alerts.ts';
import { noticesOf, type Notice, type Recipient } from '../../shared/records/report/notices.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import type { Ledger } from '../../shared/store/ledger.ts';
import type { ContactOpener } from '../../shared/store/contact-cipher.ts';
import type { ReportStore, Stored } from '../../shared/store/records.ts';

export type Dependencies = {
  city: City;
  store: ReportStore;
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
  const { city, store, ledger, sns, now } = deps;

  async function tell(notice: Notice, about: Stored, occurredAt: string, holder: string): Promise<void> {
    const mark = `notice#${notice.id}`;
    const claim = await ledger.claim(mark, recipientOf(notice.to), { holder, now: now(), holdSeconds });
    if (claim === 'done') return;
    if (claim === 'taken') throw new Error(`${mark}: another run is at it`);
    try {
      const message = await messageOf(notice, about, occurredAt);
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
    } catch (error) {
      await ledger.release(mark, recipientOf(notice.to));
      throw error;
    }
    await ledger.complete(mark, recipientOf(notice.to));
  }

  async function messageOf({ id, to, number, subject, text }: Notice, about: Stored, occurredAt: string) {
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
    // Followers have reports of their own.
    const reporter = to.number === about.report.number ? about : await store.load(to.number);
    const locale = reporter?.report.locale ?? 'zh';
    const sealed = reporter?.private.contact;
    const phone = sealed && (await deps.contacts.open(to.number, sealed)).phone;
    const recipient = { ...to, ...(phone !== undefined && { phone }) };
    return { id, to: recipient, locale, subject: subject[locale], text: text[locale], number, occurredAt };
  }

  return consumer(deps.parking, async (event, { messageId }) => {
    const stored = await store.load(event.number);
    if (!stored) throw new Unprocessable(`no report ${event.number}`);
    for (const notice of noticesOf(event, stored.report, city))
      await tell(notice, stored, event.occurredAt, messageId);
    for (const { to, ...line } of digestLinesOf(event, stored.report, city))
      await ledger.owe(recipientName(to), { to, ...line }, now());
  });
}

/** What subscribers filter on: every resident's gateway takes `resident`, a department its own. */
function recipientOf(to: Recipient): string {
  return to.kind === 'resident' ? 'resident' : `department#${to.department}`;
}
