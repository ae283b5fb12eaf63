import * as z from 'zod';
import { commonEvents, photoSchema, regionSchema } from '../../../../events/common.ts';
import { instantAfter, secondsBetween } from '../../../kernel/clocks/sla.ts';
import { refuse } from '../../../kernel/decide.ts';
import { idField, reasonField, textSchema } from '../../../kernel/fields.ts';
import { isRecorded, newPhotos } from '../../../kernel/photos.ts';
import { retention } from '../assignment.ts';
import { isOnTime } from '../clock-state.ts';
import { acknowledgeFirst, resumeFirst } from '../clocks.ts';
import { rowKeys } from '../facts.ts';
import { activeStates, everyState, heldStates, openStates } from '../state.ts';
import { cancelSupport, openParts } from '../support.ts';
import { command } from './rule.ts';

const photos = z.array(photoSchema).max(9).readonly().default([]);

/** Commands of the department that works on a report. */
export const workCommands = {
  acknowledge: command({
    fields: {},
    by: ['holder'],
    from: ['assigned'],
    to: ['same'],
    isDone: ({ acknowledgedAt }) => acknowledgedAt !== undefined,
    isUseful: ({ acknowledgedAt }) => acknowledgedAt === undefined,
    run: (history) => {
      const { state: report, context } = history;
      const withinTarget = isOnTime(report, 'acknowledge', context.now);
      return history.add('assignment-acknowledged.v1', { ...rowKeys(report), withinTarget }).decision();
    },
  }),
  start: command({
    fields: {},
    by: ['holder'],
    from: ['assigned'],
    to: ['in-progress'],
    isDone: ({ state }) => state === 'in-progress',
    run: (history) => acknowledgeFirst(history).add('work-started.v1', rowKeys(history.state)).decision(),
  }),
  resolve: command({
    fields: {
      text: textSchema(2, 2000),
      photos,
      /** Why supporting departments are not waited for. */
      override: reasonField.optional(),
    },
    by: ['holder'],
    from: heldStates,
    to: ['resolved'],
    ends: true,
    isDone: ({ state, resolution }, { text }) => state === 'resolved' && resolution?.text === text,
    run: (history, { text, photos: sent, override }) => {
      const { state: report, context } = history;
      const { city, now } = context;
      const open = openParts(report);
      if (open.length > 0 && override === undefined) return refuse({ kind: 'support-open', parts: open });
      acknowledgeFirst(resumeFirst(history));
      if (override !== undefined) cancelSupport(history, override);
      const { resolve } = report.clocks;
      const closeAt = instantAfter(city, now, city.afterResolution.closeAfter, resolve?.calendar);
      return history
        .add('report-resolved.v1', {
          ...rowKeys(report),
          text,
          photos: newPhotos(report.photos, sent),
          round: report.round,
          withinTarget: isOnTime(history.state, 'resolve', now),
          secondsTaken: secondsBetween(resolve?.startedAt ?? report.submittedAt, now),
          closeAt,
          eraseAt: retention(history, closeAt),
          ...(override !== undefined && open.length > 0 && { override }),
        })
        .decision();
    },
  }),
  note: command({
    fields: { text: textSchema(1, 2000), photos },
    staffFields: { audience: z.enum(['everyone', 'staff']).default('everyone') },
    by: ['holder', 'supporter', 'area-worker', 'overseer', 'resident'],
    from: [...openStates, 'resolved', 'closed'],
    to: ['same'],
    also: [{ from: ['suspended'], to: activeStates }],
    needs: 'text',
    skipsOverdueCheck: true,
    run: (history, { text, photos: sent, audience = 'everyone' }) => {
      const { state: report, context } = history;
      const isResident = context.actor.kind === 'resident';
      history.add('note-added.v1', {
        text,
        photos: newPhotos(report.photos, sent),
        audience: isResident ? 'everyone' : audience,
      });
      // The resident's answer ends the wait.
      if (isResident && report.suspension?.waitingFor === 'resident') resumeFirst(history);
      return history.decision();
    },
  }),
  'blur-photo': command({
    fields: {
      photo: idField,
      regions: z
        .array(
          z
            .strictObject(regionSchema.shape)
            .refine((region) => region.x + region.width <= 1.001 && region.y + region.height <= 1.001, {
              error: 'outside-photo',
            }),
        )
        .min(1)
        .max(30)
        .readonly(),
    },
    by: ['holder', 'overseer'],
    from: everyState,
    to: ['same'],
    skipsOverdueCheck: true,
    isDone: ({ photos: own }, { photo, regions }) =>
      own.some(({ id, blur }) => id === photo && JSON.stringify(blur?.regions) === JSON.stringify(regions)),
    isUseful: ({ photos: own }) => own.some(({ status }) => status === 'ready'),
    run: (history, { photo, regions }) => {
      if (!history.state.photos.some(({ id, status }) => id === photo && status === 'ready'))
        return refuse({ kind: 'unknown-photo', photo });
      return history.add('photo-blurred.v1', { photo, regions: [...regions] }).decision();
    },
  }),
  'record-photos': command({
    fields: commonEvents['photos-processed.v1'].shape,
    by: ['system'],
    from: everyState,
    to: ['same'],
    ends: true,
    skipsOverdueCheck: true,
    isDone: (report, { photos: outcomes }) => outcomes.every((outcome) => isRecorded(report.photos, outcome)),
    run: (history, { photos: outcomes }) => {
      // Another run may have recorded some of them in the meantime.
      const photos = outcomes.filter((outcome) => !isRecorded(history.state.photos, outcome));
      return history.add('photos-processed.v1', { photos }).decision();
    },
  }),
};
