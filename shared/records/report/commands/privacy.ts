import { erasable } from '../../../kernel/erasure.ts';
import { reasonField } from '../../../kernel/fields.ts';
import { erased } from '../erasing.ts';
import { everyState } from '../state.ts';
import { command } from './rule.ts';

/** Commands on the tracking link, the contact details and the personal data of a report. */
export const privacyCommands = {
  reveal: command({
    fields: { reason: reasonField },
    by: ['holder', 'overseer', 'system'],
    from: everyState,
    to: ['same'],
    needs: 'contact',
    skipsOverdueCheck: true,
    run: (history, { reason }) => history.add('contact-revealed.v1', { reason }).decision(),
  }),
  'revoke-link': command({
    fields: { reason: reasonField },
    by: ['overseer'],
    from: everyState,
    to: ['same'],
    ends: true,
    skipsOverdueCheck: true,
    notOnPart: true,
    run: (history, { reason }) => history.add('link-revoked.v1', { reason }).decision(),
  }),
  'renew-link': command({
    fields: {},
    by: ['resident'],
    from: everyState,
    to: ['same'],
    skipsOverdueCheck: true,
    run: (history) => history.add('link-renewed.v1', {}).decision(),
  }),
  /** Erases the personal data of an ended report; of an open one the contact now, and the rest at its end. */
  erase: command({
    fields: {},
    by: ['administrator', 'resident', 'system'],
    from: everyState,
    to: ['same'],
    ends: true,
    skipsOverdueCheck: true,
    isDone: (report) => erasable(report).length === 0,
    isUseful: (report) => erasable(report).length > 0,
    run: (history) => erased(history, erasable(history.state), 'request').decision(),
  }),
};
