import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import type { TimelineEntry } from '../../../shared/kernel/timeline.ts';
import type { RequestFailure } from '../read.ts';
import { sendAlertCommand, readReport, type AlertCommand, type StaffReport } from './staff-report.ts';

/** Why an alert was removed from the list: a command sent here, or one by somebody else. */
export type RemovalReason = 'taken' | 'takenByOther' | 'granted' | 'declined' | 'called';

/** The report of an alert, and the result of the last command. */
export type AlertCommands = {
  report: ShallowRef<StaffReport | undefined>;
  isBusy: Ref<boolean>;
  failure: ShallowRef<RequestFailure | undefined>;
  /** Changes by others that caused the last conflict. */
  conflictChanges: ShallowRef<TimelineEntry[] | undefined>;
  /** Reads the current report; undefined if that fails or the alert no longer exists. */
  open: () => Promise<StaffReport | undefined>;
  /** Sends a command. Returns whether it was carried out. */
  send: (command: AlertCommand) => Promise<boolean>;
};

/**
 * @param isWriting whether a form is open: then commands are sent for the version shown, and the alert is not removed.
 * @param onHandledByOther called when somebody else has handled the alert.
 */
export function alertCommands(
  number: string,
  isWriting: () => boolean,
  onHandledByOther: () => void,
): AlertCommands {
  const report = shallowRef<StaffReport>();
  const isBusy = ref(false);
  const failure = shallowRef<RequestFailure>();
  const conflictChanges = shallowRef<TimelineEntry[]>();

  async function open(): Promise<StaffReport | undefined> {
    const outcome = await readReport(number);
    if (outcome.kind !== 'answer') {
      failure.value = outcome;
      return undefined;
    }
    report.value = outcome.body;
    if (outcome.body.alert || isWriting()) return outcome.body;
    onHandledByOther();
    return undefined;
  }

  async function send(command: AlertCommand): Promise<boolean> {
    if (isBusy.value) return false;
    [isBusy.value, failure.value] = [true, undefined];
    // With an open form or a shown conflict, the command is for the version shown, otherwise for the current one.
    const isShown = isWriting() || conflictChanges.value !== undefined;
    const target = (isShown ? report.value : undefined) ?? (await open());
    conflictChanges.value = undefined;
    const outcome = target && (await sendAlertCommand(command, target));
    if (outcome?.kind === 'answer') report.value = outcome.body;
    else if (target && outcome) await handleFailure(outcome, command, target);
    isBusy.value = false;
    return outcome?.kind === 'answer';
  }

  async function handleFailure(
    outcome: RequestFailure,
    command: AlertCommand,
    target: StaffReport,
  ): Promise<void> {
    const code = outcome.kind === 'problem' ? outcome.problem.code : undefined;
    if (code === 'stale-version' || code === 'wrong-state') {
      const current = await open();
      // Somebody else has decided already. A supervision order's text is kept.
      if (current && command.type !== 'supervise' && !current.commands.includes(command.type))
        return onHandledByOther();
      if (current) conflictChanges.value = current.timeline.slice(target.timeline.length);
      // With a newer version, the command can be sent again; with a wrong state it cannot.
      if (code === 'stale-version') return;
    }
    failure.value = outcome;
  }

  return { report, isBusy, failure, conflictChanges, open, send };
}
