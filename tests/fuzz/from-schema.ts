import * as fc from 'fast-check';
import type * as z from 'zod';

/** Generators for fields whose values the schema does not determine, such as ids of the city or report numbers. */
export type Hint = (field: string, schema: z.ZodType) => fc.Arbitrary<unknown> | undefined;

/** The parts of zod's definitions that the product's schemas use. */
type Definition = {
  type: string;
  format?: string;
  shape?: Record<string, z.ZodType>;
  innerType?: z.ZodType;
  in?: z.ZodType;
  element?: z.ZodType;
  options?: z.ZodType[];
  values?: (string | number)[];
  entries?: Record<string, string | number>;
  checks?: { _zod: { def: { check: string; maximum?: number; minimum?: number; value?: number } } }[];
};

function definitionOf(schema: z.ZodType): Definition {
  return (schema as unknown as { _zod: { def: Definition } })._zod.def;
}

/**
 * Values that a schema accepts, except for refinements, which need a hint.
 * @throws for an unsupported type of schema, so that no field is left out.
 */
export function valuesOf(schema: z.ZodType, hint: Hint, field = ''): fc.Arbitrary<unknown> {
  const hinted = hint(field, schema);
  if (hinted) return hinted;
  const definition = definitionOf(schema);
  const limit = (check: string, key: 'maximum' | 'minimum' | 'value'): number | undefined =>
    definition.checks?.find(({ _zod: { def } }) => def.check === check)?._zod.def[key];
  switch (definition.type) {
    case 'object': {
      const shape = Object.entries(definition.shape ?? {});
      const required = shape.filter(([, of]) => !isOptional(of)).map(([name]) => name);
      const model = Object.fromEntries(shape.map(([name, of]) => [name, valuesOf(of, hint, name)]));
      return fc.record(model, { requiredKeys: required });
    }
    case 'optional':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
      if (definition.innerType) return valuesOf(definition.innerType, hint, field);
      break;
    case 'pipe':
      if (definition.in) return valuesOf(definition.in, hint, field);
      break;
    case 'union':
      return fc.oneof(...(definition.options ?? []).map((option) => valuesOf(option, hint, field)));
    case 'array':
      if (definition.element)
        return fc.array(valuesOf(definition.element, hint, `${field}[]`), {
          minLength: limit('min_length', 'minimum') ?? 0,
          maxLength: Math.min(limit('max_length', 'maximum') ?? 4, 9),
        });
      break;
    case 'enum':
      return fc.constantFrom(...Object.values(definition.entries ?? {}));
    case 'literal':
      return fc.constantFrom(...(definition.values ?? []));
    case 'boolean':
      return fc.boolean();
    case 'number': {
      // `z.int()` has a format; `z.number().int()` has a check.
      const isInteger =
        definition.format !== undefined ||
        (definition.checks ?? []).some(({ _zod: { def } }) => def.check === 'number_format');
      const [min, max] = [limit('greater_than', 'value') ?? -1e6, limit('less_than', 'value') ?? 1e6];
      return isInteger
        ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) })
        : fc.double({ min, max, noNaN: true });
    }
    case 'string':
      return fc.string({
        unit: 'grapheme',
        minLength: limit('min_length', 'minimum') ?? 0,
        maxLength: Math.min(limit('max_length', 'maximum') ?? 100, 100),
      });
    default:
  }
  throw new Error(`no generator for a schema of type ${definition.type} (${field})`);
}

function isOptional(schema: z.ZodType): boolean {
  return ['optional', 'default', 'prefault'].includes(definitionOf(schema).type);
}
