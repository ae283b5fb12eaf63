/** Every code that a function logs, with its meaning. They are stable: alarms, searches and the runbook use them. */
export const logCodes = {
  'request-received': 'An HTTP request reached its function.',
  'request-answered': 'The request was answered, a refusal included: `status`.',
  'request-failed': 'An unexpected error: the request was answered with 500.',
  'message-received': 'A consumer received an event from its queue.',
  'message-handled': 'The consumer has handled the event. The message is deleted.',
  'message-skipped':
    'The event is of a type or kind that the consumer does not know. The message is deleted.',
  'message-parked': 'The message can never succeed. It was moved to the parked queue with its `reason`.',
  'message-failed': 'The consumer failed. The message returns to the queue.',
  'change-received': 'The relay received a change of a record from the stream.',
  'change-published': 'The events of the change were published.',
  'relay-failed': 'Publishing failed. The stream delivers the change again.',
  'run-started': 'A scheduled run started.',
  'run-ended': 'The scheduled run has ended.',
  'run-failed': 'The scheduled run failed. What is left is done by the next run.',
  'timer-fired': 'The timers of a record that were due were fired.',
  'timer-failed': 'The timers of a record could not be fired. The next run tries again.',
  'digest-sent': 'A recipient was sent the alerts about the records in `numbers`.',
  'digest-failed': 'A recipient could not be reached. The next run tries again.',
  'contact-key-unavailable': 'KMS did not open or seal a contact.',
  'captcha-unavailable': "The captcha's provider did not answer.",
  'secret-not-reread': 'Secrets Manager did not answer. The secret read before is used.',
  'limits-not-read': 'The counters of the request limits could not be read. Nobody is limited.',
  'limits-not-counted': 'A request could not be counted against its limits.',
} as const satisfies Record<string, string>;

export type LogCode = keyof typeof logCodes;
