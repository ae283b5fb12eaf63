import { randomUUID } from 'node:crypto';
import { denialMessage, type AccessControl } from '../iam/access-control.ts';
import type { Callers } from '../iam/callers.ts';
import type { SubscriptionPlan } from '../template/plan.ts';
import { arn } from '../template/resource-types.ts';

/** A request to SQS or SNS, as far as rights depend on it. */
export type MessageRequest = { authorization: string | undefined; target: string | undefined; body: unknown };
export type MessageRefusal = { status: number; headers: Record<string, string>; body: string };

/** Lets functions do with queues and topics what their roles may, and topics send to queues that let them in. */
export class MessageAuthorizer {
  readonly #access: AccessControl;
  readonly #callers: Callers;
  readonly #ownQueueArn: string;
  readonly #report: (line: string) => void;
  readonly #told = new Set<string>();

  constructor(options: {
    access: AccessControl;
    callers: Callers;
    /** The queue that is no part of the template, whose policies do not know it. */
    ownQueueArn: string;
    /** Hears once of each queue that does not let a topic in. */
    report: (line: string) => void;
  }) {
    this.#access = options.access;
    this.#callers = options.callers;
    this.#ownQueueArn = options.ownQueueArn;
    this.#report = options.report;
  }

  /** Before a body is read: whether it is somebody of this cloud, and asks for what is served to them. */
  knows(authorization: string | undefined, path: string): boolean {
    const caller = this.#callers.ofHeader(authorization);
    // Objects are behind the front door, which checks what the engine does not.
    return caller !== undefined && (path === '/' || caller.kind === 'administrator');
  }

  /** Undefined: it may pass. */
  refusalOf({ authorization, target, body }: MessageRequest): MessageRefusal | undefined {
    const caller = this.#callers.ofHeader(authorization);
    if (caller?.kind === 'administrator') return undefined;
    const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
    const refusal = target === undefined ? topicRefusal : queueRefusal;
    const wanted = target === undefined ? topicRight(fields) : queueRight(target, fields);
    if (!caller || !wanted) return refusal(`the embedded cloud does not know what this may be allowed by`);
    const denial = this.#access.check(caller, wanted.action, wanted.resource);
    return denial && refusal(denialMessage(denial, wanted.spelled));
  }

  /**
   * The queue that a message of the topic goes to: the subscribed one, or the subscription's dead letter queue when
   * that does not let the topic send to it; none when neither does.
   */
  receiverOf(topicArn: string, { queueArn, deadLetterArn }: SubscriptionPlan): string | undefined {
    if (queueArn === this.#ownQueueArn) return queueArn;
    const topic = { kind: 'service', name: 'sns.amazonaws.com', sourceArn: topicArn } as const;
    for (const receiver of [queueArn, deadLetterArn]) {
      if (receiver === undefined) continue;
      const denial = this.#access.check(topic, 'sqs:SendMessage', receiver);
      if (!denial) return receiver;
      if (!this.#told.has(receiver))
        this.#report(`${receiver} does not let messages of ${topicArn} in: ${denialMessage(denial)}`);
      this.#told.add(receiver);
    }
    return undefined;
  }
}

/** `spelled`: how the service's own refusals write the action. */
type Wanted = { action: string; spelled: string; resource: string };

function queueRight(target: string, { QueueUrl: url, QueueName: name }: Record<string, unknown>): Wanted {
  // A batch needs the right of the single call.
  const action = `sqs:${target.replace(/^AmazonSQS\./, '').replace(/Batch$/, '')}`;
  const queue = typeof url === 'string' ? url.split('/').at(-1) : name;
  return {
    action,
    spelled: action.toLowerCase(),
    resource: typeof queue === 'string' ? arn('sqs', queue) : '*',
  };
}

function topicRight(fields: Record<string, unknown>): Wanted | undefined {
  const { Action: operation, TopicArn: topic, TargetArn: target } = fields;
  if (typeof operation !== 'string') return undefined;
  const action = `sns:${operation.replace(/^PublishBatch$/, 'Publish')}`;
  const resource = topic ?? target;
  return {
    action,
    spelled: action.replace('sns:', 'SNS:'),
    resource: typeof resource === 'string' ? resource : '*',
  };
}

function queueRefusal(message: string): MessageRefusal {
  return {
    status: 403,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': 'AccessDenied;Sender',
    },
    body: JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', message }),
  };
}

function topicRefusal(message: string): MessageRefusal {
  const text = message.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return {
    status: 403,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>${text}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  };
}
