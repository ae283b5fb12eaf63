import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { FunctionPlan } from '../template/plan.ts';

const personSchema = z.object({
  username: z.string(),
  name: z.string(),
  role: z.string(),
  departments: z.array(z.string()),
  areas: z.array(z.string()),
});
export type Person = z.infer<typeof personSchema>;

const citySchema = z.object({
  name: z.object({ zh: z.string(), en: z.string() }).default({ zh: '', en: '' }),
  departments: z
    .array(z.object({ id: z.string(), name: z.object({ zh: z.string(), en: z.string() }) }))
    .default([]),
  staff: z.array(personSchema).default([]),
});
export type Staff = z.infer<typeof citySchema>;

/** Who can sign in on one machine: the staff in the city file, which every function's bundle contains. */
export function readStaff(functions: FunctionPlan[]): Staff {
  const file = functions.map((fn) => join(fn.folder, 'city.json')).find((path) => existsSync(path));
  return citySchema.parse(file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8')));
}
