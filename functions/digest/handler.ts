import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { AlertContact, City, Webhook } from '../../shared/config/city.ts';
import type { DigestRecipient } from '../../shared/kernel/notices.ts';
import { logFailure, logInfo } from '../../shared/logging/log.ts';
import { scheduledRun } from '../../shared/logging/scheduled-run.ts';
import type { Ledger, PendingLine } from '../../shared/store/ledger.ts';
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
 * Sends each recipient one message with the alerts of the last minute. A recipient that cannot be reached is retried in
 * a minute and does not delay the others; a run that ends between sending and deleting the lines sends them again.
 *
 * @throws at the end when anyone could not be reached, so that the alarm on the function's errors fires.
 */
export function createHandler({ city, ledger, sns, topicArn, call, now }: Dependencies) {
  return scheduledRun(async (): Promise<{ told: number; lines: number }> => {
    const pending = Map.groupBy(await ledger.pendingLines(), ({ recipient }) => recipient);
    let told = 0;
    let lines = 0;
    for (const [recipient, mine] of pending) {
      try {
        await send(recipient, mine);
        await ledger.deleteSent(mine);
        told += 1;
        lines += mine.length;
        logInfo('digest-sent', { recipient, numbers: [...new Set(mine.map(({ number }) => number))] });
      } catch (error) {
        logFailure('digest-failed', error, { recipient });
      }
    }
    if (told < pending.size)
      throw new Error(`${pending.size - told} of ${pending.size} digests could not be sent`);
    return { told, lines };
  });

  async function send(recipient: string, lines: PendingLine[]): Promise<void> {
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
   * The message format of 企业微信 group robots and compatible ones. They answer 200 even for a refusal, with an
   * `errcode`.
   */
  async function callRobot(robot: Webhook, content: string): Promise<void> {
    const text = { content: content.slice(0, robotCharacters).toWellFormed() };
    const { status, body } = await call(robot, { body: JSON.stringify({ msgtype: 'text', text }) });
    if (status < 200 || status >= 300) throw new Error(`the robot answered ${status}`);
    const refusal = /"errcode"\s*:\s*(-?[1-9]\d*)/.exec(body.slice(0, 1000));
    if (refusal) throw new Error(`the robot refused: errcode ${refusal[1]}`);
  }
}

/** 企业微信's robots accept 2048 bytes, at most three per character. */
const robotCharacters = 680;
