import type { EventActor } from '../../events/envelope.ts';
import type { EventType } from '../support/report-domain.ts';

/**
 * Who may know what of each event of a report, written by hand. An audience is one of the rules'; a place is where an
 * audience reads: `party.notice` is a notice to the resident. Text of an event in no place of the table must appear
 * nowhere.
 */

export const places = [
  /** Public answers: the city, and reports nearby. */
  'public.city',
  'public.nearby',
  /** The page and the notices of the holder of a merged report's link. */
  'follower.page',
  'follower.notice',
  /** The page and the notices of the holder of the report's link. */
  'party.page',
  'party.notice',
  /** The report as staff open it; inboxes, alerts, search, figures; notices and digests to departments. */
  'staff.page',
  'staff.list',
  'staff.notice',
  'staff.digest',
  /** The webhook calls to the holding department's own system. */
  'webhook.body',
  /** Answers to staff without access, and attributes of messages: these must contain nothing. */
  'refused.answer',
  'message.attributes',
] as const;
export type Place = (typeof places)[number];

export type Row = {
  type: EventType;
  /** Which of several events of the type. */
  is?: string;
  actor?: EventActor;
  data?: Record<string, unknown>;
  /** What it happens to: a report with a follower, unless it is a supporting department's part. */
  of?: 'part';
  /** Audiences, by the event's rule. */
  visibleTo: string;
  textVisibleTo?: string;
  /** Places that show that it happened: an entry of the timeline, a notice, a line of a digest, a webhook. */
  known: string;
  /** Places that contain each text. */
  words?: Record<string, string>;
};

const all = 'follower party staff';
const pages = 'follower.page party.page staff.page';
const told = 'follower.notice party.notice';
const staff: EventActor = { kind: 'staff', username: 'wang-wuye', role: 'handler' };
const note = { text: '', photos: [] };

export const table: Row[] = [
  {
    type: 'report-submitted.v1',
    visibleTo: all,
    textVisibleTo: 'party staff',
    known: `${pages} party.notice`,
    words: {
      description: 'party.page staff.page staff.list staff.notice',
      'location.address': 'party.page staff.page staff.list',
    },
  },
  {
    type: 'report-submitted.v1',
    is: 'as a part',
    of: 'part',
    actor: { kind: 'system', name: 'joint' },
    visibleTo: all,
    textVisibleTo: 'party staff',
    // A part has no link.
    known: 'staff.page',
    words: {
      description: 'staff.page staff.list staff.notice',
      'location.address': 'staff.page staff.list',
      'parent.request': 'staff.page',
    },
  },
  { type: 'report-classified.v1', visibleTo: 'staff', known: 'staff.page' },
  { type: 'report-triaged.v1', visibleTo: all, known: `${pages} staff.notice` },
  {
    type: 'report-assigned.v1',
    visibleTo: `${all} webhook`,
    textVisibleTo: 'party staff webhook',
    known: `${pages} ${told} staff.notice webhook.body`,
    // Pages and notices get them from the submission.
    words: { description: 'webhook.body', 'location.address': 'webhook.body' },
  },
  { type: 'assignment-acknowledged.v1', visibleTo: all, known: `${pages} ${told}` },
  { type: 'work-started.v1', visibleTo: all, known: `${pages} ${told}` },
  {
    type: 'assignment-returned.v1',
    visibleTo: all,
    textVisibleTo: 'party staff',
    known: pages,
    words: { reason: 'party.page staff.page' },
  },
  {
    type: 'assignment-transferred.v1',
    visibleTo: all,
    textVisibleTo: 'party staff',
    known: pages,
    words: { reason: 'party.page staff.page' },
  },
  {
    type: 'report-resolved.v1',
    visibleTo: all,
    textVisibleTo: all,
    known: `${pages} ${told}`,
    // The cancellation of the support gives the reason.
    words: { text: `${pages} ${told}`, override: '' },
  },
  {
    type: 'note-added.v1',
    is: 'by the reporter',
    actor: { kind: 'resident' },
    data: { ...note, audience: 'everyone' },
    visibleTo: 'party staff',
    textVisibleTo: 'party staff',
    known: 'party.page staff.page staff.notice',
    words: { text: 'party.page staff.page staff.notice' },
  },
  {
    type: 'note-added.v1',
    is: 'by staff for everyone',
    actor: staff,
    data: { ...note, audience: 'everyone' },
    visibleTo: all,
    textVisibleTo: all,
    // A follower gets a notice, but their page omits notes.
    known: `party.page staff.page ${told}`,
    words: { text: `party.page staff.page ${told}` },
  },
  {
    type: 'note-added.v1',
    is: 'by staff for staff',
    actor: staff,
    data: { ...note, audience: 'staff' },
    visibleTo: 'staff',
    textVisibleTo: 'staff',
    known: 'staff.page',
    words: { text: 'staff.page' },
  },
  { type: 'photos-processed.v1', is: 'all ready', visibleTo: 'staff', known: 'staff.page' },
  {
    type: 'photos-processed.v1',
    is: 'one unreadable',
    data: { photos: [{ id: 'p1', status: 'unreadable' }] },
    visibleTo: all,
    known: `${pages} party.notice`,
  },
  { type: 'photo-blurred.v1', visibleTo: 'staff', known: 'staff.page' },
  {
    type: 'report-rated.v1',
    visibleTo: all,
    textVisibleTo: 'party staff',
    known: `${pages} staff.notice staff.digest`,
    words: { comment: 'party.page staff.page staff.notice' },
  },
  {
    type: 'report-reopened.v1',
    visibleTo: all,
    textVisibleTo: 'party staff',
    known: pages,
    words: { reason: 'party.page staff.page' },
  },
  {
    type: 'report-withdrawn.v1',
    visibleTo: all,
    textVisibleTo: 'party staff',
    known: `${pages} follower.notice staff.notice`,
    words: { reason: 'party.page staff.page staff.notice' },
  },
  {
    type: 'report-rejected.v1',
    visibleTo: all,
    textVisibleTo: all,
    known: `${pages} ${told}`,
    words: { reason: `party.page staff.page ${told}` },
  },
  {
    type: 'report-merged.v1',
    data: { into: 'YT-261120-00002E' },
    visibleTo: all,
    known: `${pages} ${told}`,
  },
  {
    type: 'duplicate-joined.v1',
    data: { number: 'YT-261120-00003F' },
    visibleTo: 'staff',
    known: 'staff.page',
  },
  {
    type: 'contact-revealed.v1',
    visibleTo: 'staff',
    textVisibleTo: 'staff',
    known: 'staff.page',
    words: { reason: 'staff.page' },
  },
  { type: 'link-renewed.v1', visibleTo: all, known: pages },
  {
    type: 'link-revoked.v1',
    visibleTo: all,
    textVisibleTo: 'party staff',
    known: pages,
    words: { reason: 'party.page staff.page' },
  },
  { type: 'personal-data-erased.v1', visibleTo: all, known: pages },
  {
    type: 'report-supervised.v1',
    visibleTo: all,
    textVisibleTo: 'party staff',
    known: `${pages} staff.notice`,
    words: { text: 'party.page staff.page staff.notice' },
  },
  { type: 'alert-taken.v1', visibleTo: 'staff', known: 'staff.page' },
  { type: 'clock-warned.v1', visibleTo: 'staff', known: 'staff.page staff.digest' },
  { type: 'clock-breached.v1', visibleTo: all, known: `${pages} staff.digest` },
  { type: 'clock-escalated.v1', visibleTo: 'staff', known: 'staff.page staff.digest' },
  { type: 'alert-reminded.v1', visibleTo: 'staff', known: 'staff.page staff.digest' },
  {
    type: 'report-suspended.v1',
    visibleTo: all,
    textVisibleTo: all,
    known: `${pages} ${told}`,
    words: { text: `party.page staff.page ${told}` },
  },
  { type: 'report-resumed.v1', visibleTo: all, known: `${pages} staff.notice` },
  {
    type: 'extension-requested.v1',
    visibleTo: 'staff',
    textVisibleTo: 'staff',
    known: 'staff.page staff.digest',
    words: { reason: 'staff.page staff.list staff.digest' },
  },
  { type: 'extension-granted.v1', visibleTo: all, known: `${pages} ${told} staff.notice` },
  {
    type: 'extension-declined.v1',
    visibleTo: 'staff',
    textVisibleTo: 'staff',
    known: 'staff.page staff.notice',
    words: { reason: 'staff.page staff.notice' },
  },
  {
    type: 'priority-changed.v1',
    visibleTo: all,
    textVisibleTo: 'staff',
    known: `${pages} staff.notice`,
    words: { reason: 'staff.page staff.notice' },
  },
  { type: 'policy-applied.v1', visibleTo: 'staff', known: 'staff.page' },
  {
    type: 'report-closed.v1',
    visibleTo: all,
    textVisibleTo: 'party staff',
    known: `${pages} ${told}`,
    words: { reason: 'party.page staff.page' },
  },
  {
    type: 'follow-up-recorded.v1',
    visibleTo: 'staff',
    textVisibleTo: 'staff',
    known: 'staff.page',
    words: { text: 'staff.page' },
  },
  {
    type: 'support-requested.v1',
    visibleTo: all,
    textVisibleTo: 'staff',
    known: pages,
    words: { request: 'staff.page' },
  },
  { type: 'support-acknowledged.v1', visibleTo: 'staff', known: 'staff.page' },
  { type: 'support-transferred.v1', visibleTo: 'staff', known: 'staff.page' },
  {
    type: 'support-answered.v1',
    visibleTo: 'staff',
    textVisibleTo: 'staff',
    known: 'staff.page staff.notice',
    words: { text: 'staff.page staff.notice' },
  },
  {
    type: 'support-cancelled.v1',
    visibleTo: 'staff',
    textVisibleTo: 'staff',
    known: 'staff.page',
    words: { reason: 'staff.page' },
  },
];
