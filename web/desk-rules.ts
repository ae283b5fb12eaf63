import * as z from 'zod';
import { isFor } from '../shared/kernel/offers.ts';
import { report } from '../shared/records/report/kind.ts';

/** A field of a command as the desk's form needs it; `text` has lengths, `choice` what may be chosen. */
export type FormField = { isOptional: boolean; text?: { least: number; most: number }; choice?: string[] };

/** The part of the rules built into the desk page, so that it needs neither the rules nor their schemas. */
export type DeskRules = {
  /** Fields by command, then by name, in the order of the rules. */
  forms: Record<string, Record<string, FormField>>;
  /** Events that don't affect a command somebody is writing. */
  backgroundEvents: string[];
};

export function deskRules(): DeskRules {
  const forms = Object.entries(report.commands)
    .filter(([, rule]) => isFor('staff', rule))
    .map(([name, { fields, staffFields = {} }]) => [
      name,
      Object.fromEntries(
        Object.entries<z.ZodType>({ ...fields, ...staffFields }).map(([field, schema]) => [
          field,
          formField(schema),
        ]),
      ),
    ]);
  const backgroundEvents = Object.entries(report.events).flatMap(([type, { background }]) =>
    background ? [type] : [],
  );
  return { forms: Object.fromEntries(forms) as DeskRules['forms'], backgroundEvents };
}

const textSchema = z.object({ least: z.number(), most: z.number() });

function formField(schema: z.ZodType): FormField {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return { ...formField(schema.unwrap() as z.ZodType), isOptional: true };
  const text = textSchema.safeParse(schema.meta());
  return {
    isOptional: false,
    ...(text.success && { text: text.data }),
    ...(schema instanceof z.ZodEnum && { choice: schema.options.map(String) }),
  };
}
