import { Subscription, SubscriptionFilter, SubscriptionProtocol, type ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { recipientName, type DigestRecipient } from '../../shared/kernel/notices.ts';

/** Subscribes an e-mail address to one recipient's notices. Does nothing without an address. */
export function addNoticeMail(
  scope: Construct,
  id: string,
  notices: ITopic,
  recipient: DigestRecipient,
  address: string | undefined,
): void {
  if (address === undefined) return;
  new Subscription(scope, id, {
    topic: notices,
    protocol: SubscriptionProtocol.EMAIL,
    endpoint: address,
    filterPolicy: {
      recipient: SubscriptionFilter.stringFilter({ allowlist: [recipientName(recipient)] }),
    },
  });
}
