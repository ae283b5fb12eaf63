import { buildFunctions, buildWeb } from '../../infra/build.ts';

/** Vitest's global setup: what `npm start` would build, so that files run side by side find it done. */
export default async function build(): Promise<void> {
  await Promise.all([buildFunctions(), buildWeb()]);
}
