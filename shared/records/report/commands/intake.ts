import * as z from 'zod';
import { photoSchema } from '../../../../events/common.ts';
import { locationSchema } from '../../../../events/report.ts';
import { refuse } from '../../../kernel/decide.ts';
import { idField, reasonField, textSchema } from '../../../kernel/fields.ts';
import { priorities } from '../../../config/city.ts';
import { assigned, classified, triaged } from '../assignment.ts';
import { resumeFirst } from '../clocks.ts';
import { reportFields } from '../fields.ts';
import { rowKeys, isCategory, isHeldBy, unknownDepartment } from '../facts.ts';
import { route, triageDepartment } from '../routing.ts';
import { heldStates, openStates } from '../state.ts';
import { isAsked, requestSupport } from '../support.ts';
import { command, opening } from './rule.ts';

const alternatives = z.array(z.object({ category: z.string(), confidence: z.number() })).readonly();

/** Commands that submit a report and dispatch it. */
export const intakeCommands = {
  submit: opening({
    opens: true,
    fields: {
      ...reportFields,
      number: z.string(),
      location: locationSchema,
      photos: z.array(photoSchema),
      source: z.enum(['resident', 'staff']),
    },
    by: ['resident', 'any-staff', 'system'],
    accessScope: ({ location }) => ({ path: location.path }),
    run: (history, { description, location, category, photos, locale, source }) => {
      if (category !== undefined && !isCategory(history.context.city, category))
        return refuse({ kind: 'unknown-category', category });
      return history
        .add('report-submitted.v1', {
          description,
          location,
          photos,
          locale,
          source,
          area: location.area,
          ...(category !== undefined && { category }),
        })
        .decision();
    },
  }),
  /**
   * Opens a part for a supporting department: the same matter at the same place, assigned directly. Its number is
   * derived from the parent's, so opening it twice opens it once.
   */
  'open-support': opening({
    opens: true,
    fields: {
      number: z.string(),
      parent: z.object({ number: z.string(), request: z.string() }),
      department: z.string(),
      description: z.string(),
      location: locationSchema,
      category: z.string(),
      priority: z.enum(priorities),
      locale: reportFields.locale,
    },
    by: ['system'],
    accessScope: ({ location }) => ({ path: location.path }),
    run: (history, part) => {
      const { parent, department, description, location, category, priority, locale } = part;
      const refusal = unknownDepartment(history.context.city, [department]);
      if (refusal) return refuse(refusal);
      history.add('report-submitted.v1', {
        description,
        location,
        photos: [],
        locale,
        source: 'staff',
        area: location.area,
        parent,
      });
      return assigned(history, department, category, 'support', priority).decision();
    },
  }),
  return: command({
    fields: { reason: reasonField },
    by: ['holder', 'overseer'],
    from: heldStates,
    to: ['triage'],
    run: (history, { reason }) => {
      const { state: report, context } = history;
      const triage = triageDepartment(context.city, report.location.path);
      if (triage === report.department) return refuse({ kind: 'same-department', department: triage });
      resumeFirst(history).add('assignment-returned.v1', { ...rowKeys(report), reason });
      return triaged(history, 'returned').decision();
    },
  }),
  transfer: command({
    fields: { department: idField, reason: reasonField },
    by: ['holder', 'overseer'],
    from: heldStates,
    to: ['assigned'],
    run: (history, { department, reason }) => {
      const { state: report, context } = history;
      const refusal = unknownDepartment(context.city, [department]);
      if (refusal) return refuse(refusal);
      if (department === report.department) return refuse({ kind: 'same-department', department });
      const category = report.category ?? context.city.unclearCategory;
      resumeFirst(history).add('assignment-transferred.v1', {
        ...rowKeys(report),
        to: department,
        reason,
      });
      return assigned(history, department, category, 'transferred').decision();
    },
  }),
  /** Staff give the category only; the classifier adds its confidence. */
  classify: command({
    fields: { category: idField },
    systemFields: { confidence: z.number(), by: z.enum(['resident', 'classifier']), alternatives },
    by: ['dispatcher', 'overseer', 'system'],
    from: openStates,
    to: ['triage', 'assigned', 'same'],
    isDone: (report, { category }, { actor, city }) => {
      // The classifier only classifies reports that nobody has dispatched yet.
      if (actor.kind === 'system') return report.state !== 'submitted';
      return isHeldBy(report, route(city, category, report.location.path).department, category);
    },
    run: (history, { category, confidence, by, alternatives: others = [] }) => {
      const { city } = history.context;
      const { path } = history.state.location;
      if (!isCategory(city, category)) return refuse({ kind: 'unknown-category', category });
      const { department } = route(city, category, path);
      if (confidence === undefined || by === undefined) {
        classified(resumeFirst(history), category);
        return assigned(history, department, category, 'reclassified').decision();
      }
      classified(history, category, { by, confidence, alternatives: [...others] });
      if (confidence < city.triageBelow) return triaged(history, 'unsure').decision();
      return assigned(history, department, category, 'routed').decision();
    },
  }),
  assign: command({
    fields: {
      department: idField,
      category: idField.optional(),
      /** Departments asked for support at the same time, and the request to them. */
      support: z
        .object({ departments: z.array(idField).min(1).max(10).readonly(), request: textSchema(2, 500) })
        .optional(),
    },
    by: ['dispatcher', 'overseer'],
    from: ['triage', ...heldStates],
    to: ['assigned', 'same'],
    notOnPart: ({ support }) => support !== undefined,
    isDone: (report, { department, category, support }) =>
      isHeldBy(report, department, category ?? report.category) &&
      (support?.departments ?? []).every((each) => isAsked(report, each)),
    run: (history, { department, category: chosen, support }) => {
      const { state: report, context } = history;
      const { city } = context;
      const refusal = unknownDepartment(city, [department, ...(support?.departments ?? [])]);
      if (refusal) return refuse(refusal);
      const category = chosen ?? report.category ?? city.unclearCategory;
      if (!isCategory(city, category)) return refuse({ kind: 'unknown-category', category });
      resumeFirst(history);
      if (category !== report.category) classified(history, category);
      assigned(history, department, category, 'assigned');
      if (support) requestSupport(history, support);
      return history.decision();
    },
  }),
};
