import * as z from 'zod';
import type { AnyKind, Shape } from '../kernel/kind.ts';
import { isFor } from '../kernel/offers.ts';
import { photoKeys } from './bodies.ts';

/**
 * Commands as they are sent, made from the rules of a kind: photos are still keys of uploads, and staff name the
 * version that they saw.
 */
export type CommandBody = {
  type: string;
  photos?: string[] | undefined;
  version?: number | undefined;
  [field: string]: unknown;
};

const common = z.looseObject({
  type: z.string(),
  photos: z.array(z.string()).optional(),
  version: z.int().optional(),
});
const made = new WeakMap<AnyKind, Partial<Record<'resident' | 'staff', z.ZodType<CommandBody>>>>();

export function commandBody(kind: AnyKind, who: 'resident' | 'staff'): z.ZodType<CommandBody> {
  const known = made.get(kind) ?? {};
  made.set(kind, known);
  return (known[who] ??= bodyOf(kind, who));
}

function bodyOf(kind: AnyKind, who: 'resident' | 'staff'): z.ZodType<CommandBody> {
  const version: Shape = who === 'staff' ? { version: z.int().positive() } : {};
  const [first, ...others] = Object.entries(kind.commands)
    .filter(([, rule]) => isFor(who, rule))
    .map(([type, { fields, staffFields = {} }]) => {
      const own = { ...fields, ...(who === 'staff' && staffFields) };
      const photos: Shape = 'photos' in own ? { photos: photoKeys.default([]) } : {};
      return z.strictObject({ ...own, ...photos, ...version, type: z.literal(type) });
    });
  if (!first) throw new Error(`${who} has no command on kind ${kind.name}`);
  return z.discriminatedUnion('type', [first, ...others]).pipe(common);
}
