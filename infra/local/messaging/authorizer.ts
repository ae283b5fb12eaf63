import { randomUUID } from 'node:crypto';
import { denialMessage, type AccessControl } from '../iam/access-control.ts';
import type { Callers } from '../iam/callers.ts';
import type { SubscriptionPlan } from '../template/plan.ts';
import { arn } from '../template/resource-types.ts';

/** The parts of an SQS or SNS request that its permissions depend on. */
export type MessageRequest = { authorization: string | undefined; target: string | undefined; body: unknown };
export type MessageRefusal = { status: number; headers: Record<string, string>; body: string };

/** Checks the permissions of functions on queues and topics, and of topics on queues. */
export class MessageAuthorizer {
  readonly #access: AccessControl;
  readonly #callers: Callers;
  readonly #ownQueueArn: string;
  readonly #report: (line: string) => void;
  readonly #reported = new Set<string>();

  constructor(options: {
    access: AccessControl;
    callers: Callers;
    /** The embedded cloud's own queue, which the template's policies do not contain. */
    ownQueueArn: string;
    /** Receives one line per queue that a topic may not send to. */
    report: (line: string) => void;
  }) {
    this.#access = options.access;
    this.#callers = options.callers;
    this.#ownQueueArn = options.ownQueueArn;
    this.#report = options.report;
  }

  /** Before the body is read: whether the access key is known and the path is open to it. */
  mayConnect(authorization: string | undefined, path: string): boolean {
    const caller = this.#callers.ofHeader(authorization);
    // Functions reach objects through the S3 endpoint, which checks their permissions.
    return caller !== undefined && (path === '/' || caller.kind === 'administrator');
  }

  /** Undefined if the request is allowed. */
  refusalOf({ authorization, target, body }: MessageRequest): MessageRefusal | undefined {
    const caller = this.#callers.ofHeader(authorization);
    if (caller?.kind === 'administrator') return undefined;
    const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
    const refusal = target === undefined ? topicRefusal : queueRefusal;
    const wanted = target === undefined ? topicRight(fields) : queueRight(target, fields);
    if (!caller || !wanted)
      return refusal(`the embedded cloud does not know the permissions for this request`);
    const denial = this.#access.check(caller, wanted.action, wanted.resource);
    return denial && refusal(denialMessage(denial, wanted.spelled));
  }

  /**
   * The queue to deliver a topic's message to: the subscribed one, or the subscription's dead-letter queue if the topic
   * may not send to the first; undefined if it may send to neither.
   */
  receiverOf(topicArn: string, { queueArn, deadLetterArn }: SubscriptionPlan): string | undefined {
    if (queueArn === this.#ownQueueArn) return queueArn;
    const topic = { kind: 'service', name: 'sns.amazonaws.com', sourceArn: topicArn } as const;
    for (const receiver of [queueArn, deadLetterArn]) {
      if (receiver === undefined) continue;
      const denial = this.#access.check(topic, 'sqs:SendMessage', receiver);
      if (!denial) return receiver;
      if (!this.#reported.has(receiver))
        this.#report(`${topicArn} may not send to ${receiver}: ${denialMessage(denial)}`);
      this.#reported.add(receiver);
    }
    return undefined;
  }
}

/** `spelled`: the action as the service writes it in its refusals. */
type Wanted = { action: string; spelled: string; resource: string };

function queueRight(target: string, { QueueUrl: url, QueueName: name }: Record<string, unknown>): Wanted {
  // A batch needs the permission of the single call.
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
