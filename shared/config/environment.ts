import * as z from 'zod';

/**
 * The settings of a function are a zod object in its folder (`functions/<name>/settings.ts`). Its feature in
 * `infra/features/` sets exactly these environment variables: a missing or surplus one is a type error there and an
 * error at the cold start here.
 */
export const setting = z.string().min(1);

/** The records table, and that of the earlier version while its records are moved. */
export const recordsSettings = { REPORTS_TABLE: setting, FORMER_TABLE: setting.optional() };

/** Settings of rate limits. */
export const limitSettings = { LEDGER_TABLE: setting, SECRET_ARN: setting, SITE_PROOF_ARN: setting };

/** The function's settings from `process.env`. @throws an error that names every missing one. */
export function environmentOf<S extends z.ZodObject>(
  settings: S,
  env: NodeJS.ProcessEnv = process.env,
): z.infer<S> {
  const result = settings.safeParse(env);
  if (!result.success)
    throw new Error(
      `Settings missing or empty: ${result.error.issues.map((issue) => issue.path.join('.')).join(', ')}`,
    );
  return result.data;
}
