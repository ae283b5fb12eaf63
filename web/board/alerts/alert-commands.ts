import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import type { TimelineEntry } from '../../../shared/kernel/timeline.ts';
import type { NoAnswer } from '../read.ts';
import { give, readReport, type Order, type StaffReport } from './staff-report.ts';

/** Why an alert is off the list: what was done about it here, or that somebody else was faster. */
export type Gone = 'taken' | 'takenByOther' | 'granted' | 'declined' | 'called';

/** One report that is ordered about: what is known of it, and what came of the last order. */
export type ReportOrders = {
  report: ShallowRef<StaffReport | undefined>;
  isBusy: Ref<boolean>;
  failure: ShallowRef<NoAnswer['outcome'] | undefined>;
  /** What others did to the report between reading and ordering. */
  news: ShallowRef<TimelineEntry[] | undefined>;
  /** Reads the report as it is now; nothing if it cannot be had or its alert is somebody's already. */
  open: () => Promise<StaffReport | undefined>;
  /** Answers whether it was carried out. */
  order: (order: Order) => Promise<boolean>;
};

/**
 * @param isWriting whether somebody is writing about the report: then it is the report as shown that they order about,
 * and nothing takes the words from them.
 * @param gone hears that somebody else has settled what the alert is about.
 */
export function reportOrders(number: string, isWriting: () => boolean, gone: () => void): ReportOrders {
  const report = shallowRef<StaffReport>();
  const isBusy = ref(false);
  const failure = shallowRef<NoAnswer['outcome']>();
  const news = shallowRef<TimelineEntry[]>();

  async function open(): Promise<StaffReport | undefined> {
    const outcome = await readReport(number);
    if (outcome.kind !== 'answer') {
      failure.value = outcome;
      return undefined;
    }
    report.value = outcome.body;
    if (outcome.body.alert || isWriting()) return outcome.body;
    gone();
    return undefined;
  }

  async function order(wanted: Order): Promise<boolean> {
    if (isBusy.value) return false;
    [isBusy.value, failure.value] = [true, undefined];
    // What is pressed without reading is about the report as it is; after a conflict, as it was shown then.
    const isShown = isWriting() || news.value !== undefined;
    const seen = (isShown ? report.value : undefined) ?? (await open());
    news.value = undefined;
    const outcome = seen && (await give(wanted, seen));
    if (outcome?.kind === 'answer') report.value = outcome.body;
    else if (seen && outcome) await refused(outcome, wanted, seen);
    isBusy.value = false;
    return outcome?.kind === 'answer';
  }

  async function refused(outcome: NoAnswer['outcome'], wanted: Order, before: StaffReport): Promise<void> {
    const code = outcome.kind === 'problem' ? outcome.problem.code : undefined;
    if (code === 'stale-version' || code === 'wrong-state') {
      const current = await open();
      // What was to be decided has been; an instruction stays with whoever wrote it.
      if (current && wanted.type !== 'supervise' && !current.commands.includes(wanted.type)) return gone();
      if (current) news.value = current.timeline.slice(before.timeline.length);
      // A newer version is no reason to stop; a state that does not allow it is.
      if (code === 'stale-version') return;
    }
    failure.value = outcome;
  }

  return { report, isBusy, failure, news, open, order };
}
