import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { AlertContact, City, Webhook } from '../../shared/config/city.ts';
import type { DigestRecipient } from '../../shared/kernel/notices.ts';
import { logFailure } from '../../shared/log.ts';
import type { Ledger, OwedLine } from '../../shared/store/ledger.ts';
import type { CallWebhook } from '../../shared/webhook/call.ts';
import { digestOf } from './message.ts';

export type Dependencies = {
  city: City;
  ledger: Ledger;
  sns: SNSClient;
  topicArn: string;
  call: CallWebhook;
  now: () => string;
};

/**
 * Tells each recipient in one message what has gone wrong since the last minute. A recipient who cannot be reached
 * is tried again in a minute and keeps nobody else waiting; a run that dies between telling and striking out tells
 * again.
 *
 * @throws at the end when anyone could not be reached, so that the alarm on the function's errors hears of it.
 */
export function createHandler({ city, ledger, sns, topicArn, call, now }: Dependencies) {
  return async (): Promise<{ told: number; lines: number }> => {
    const owed = Map.groupBy(await ledger.owed(), ({ recipient }) => recipient);
    let told = 0;
    let lines = 0;
    for (const [recipient, mine] of owed) {
      try {
        await tell(recipient, mine);
        await ledger.settle(mine);
        told += 1;
        lines += mine.length;
      } catch (error) {
        logFailure('digest-failed', error, { recipient });
      }
    }
    if (told < owed.size) throw new Error(`${owed.size - told} of ${owed.size} digests could not be sent`);
    return { told, lines };
  };

  async function tell(recipient: string, lines: OwedLine[]): Promise<void> {
    const [first] = lines;
    if (!first) return;
    const { email, webhook } = contactOf(first.to);
    const { subject, text } = digestOf(lines);
    if (webhook !== undefined) await callRobot(webhook, `${subject.zh}\n${text.zh}`);
    const message = {
      id: `digest#${recipient}#${now()}`,
      to: { ...first.to, ...(email !== undefined && { email }) },
      locale: 'zh',
      subject: subject.zh,
      text: text.zh,
      numbers: [...new Set(lines.map(({ number }) => number))],
      occurredAt: now(),
    };
    await sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Message: JSON.stringify(message),
        MessageAttributes: {
          recipient: { DataType: 'String', StringValue: recipient },
          locale: { DataType: 'String', StringValue: 'zh' },
        },
      }),
    );
  }

  function contactOf(to: DigestRecipient): AlertContact {
    if (to.kind === 'area') return city.areas.find(({ id }) => id === to.area)?.alerts ?? {};
    const department = city.departments.find(({ id }) => id === to.department);
    if (to.kind === 'head') return department?.alerts ?? {};
    return department?.email === undefined ? {} : { email: department.email };
  }

  /**
   * A group robot of 企业微信 takes this form, and so do those that imitate it. They answer 200 also when they refuse,
   * and say so in `errcode`.
   */
  async function callRobot(robot: Webhook, content: string): Promise<void> {
    const text = { content: content.slice(0, robotCharacters).toWellFormed() };
    const { status, body } = await call(robot, { body: JSON.stringify({ msgtype: 'text', text }) });
    if (status < 200 || status >= 300) throw new Error(`the robot answered ${status}`);
    const refusal = /"errcode"\s*:\s*(-?[1-9]\d*)/.exec(body.slice(0, 1000));
    if (refusal) throw new Error(`the robot refused: errcode ${refusal[1]}`);
  }
}

/** 企业微信's robots take 2048 bytes, at most three for a character. */
const robotCharacters = 680;
