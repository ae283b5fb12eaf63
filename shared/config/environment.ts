import * as z from 'zod';

/**
 * The environment of each function. The stack sets exactly these names and the function parses exactly these:
 * a missing or surplus one is a type error there and a clear failure at the cold start here.
 */
const setting = z.string().min(1);
/** The records table, and the one of the version before while its records are moved. */
const records = { REPORTS_TABLE: setting, FORMER_TABLE: setting.optional() };
/** What limits are counted with. */
const counting = { LEDGER_TABLE: setting, SECRET_ARN: setting, SITE_PROOF_ARN: setting };

export const environments = {
  submit: z.object({ ...records, PHOTO_BUCKET: setting, CONTACT_KEY_ARN: setting, ...counting }),
  uploads: z.object({ PHOTO_BUCKET: setting, ...counting }),
  read: z.object({
    ...records,
    PHOTO_BUCKET: setting,
    ISSUER: setting,
    USER_POOL_CLIENT_ID: setting,
    ...counting,
  }),
  'resident-command': z.object({ ...records, PHOTO_BUCKET: setting, ...counting }),
  desk: z.object({ ...records, PHOTO_BUCKET: setting }),
  search: z.object({ ...records, SECRET_ARN: setting }),
  figures: z.object({ LEDGER_TABLE: setting }),
  policy: z.object({ ...records }),
  relay: z.object({ EVENT_TOPIC_ARN: setting }),
  classify: z.object({ ...records, PARKING_QUEUE_URL: setting }),
  photos: z.object({ ...records, PHOTO_BUCKET: setting, PARKING_QUEUE_URL: setting }),
  deliver: z.object({ SECRET_ARN: setting, PARKING_QUEUE_URL: setting }),
  sweep: z.object({ ...records }),
  notify: z.object({
    ...records,
    LEDGER_TABLE: setting,
    NOTICE_TOPIC_ARN: setting,
    PARKING_QUEUE_URL: setting,
  }),
  joint: z.object({ ...records, PARKING_QUEUE_URL: setting }),
  digest: z.object({ LEDGER_TABLE: setting, NOTICE_TOPIC_ARN: setting }),
  stats: z.object({ LEDGER_TABLE: setting, PARKING_QUEUE_URL: setting }),
  claims: z.object({}),
} as const;

export type FunctionName = keyof typeof environments;
export type Environment<F extends FunctionName> = z.infer<(typeof environments)[F]>;

/** The function's settings from `process.env`. Throws an error that names every missing one. */
export function environmentOf<F extends FunctionName>(
  name: F,
  env: NodeJS.ProcessEnv = process.env,
): Environment<F> {
  const result = environments[name].safeParse(env);
  if (!result.success)
    throw new Error(
      `${name}: settings missing or empty: ${result.error.issues.map((i) => i.path.join('.')).join(', ')}`,
    );
  return result.data as Environment<F>;
}
