import type { Connection } from './connection.ts';
import type { Target } from './target.ts';

/** One subcommand of the operator's command, `npm run ops -- NOUN …`. */
export type Noun = {
  /** Lines such as `dlq list`, each with what it does, zh and en. */
  usage: readonly (readonly [call: string, zh: string, en: string])[];
  /**
   * @param args the arguments after the noun, without the target options.
   * @param connect connects to the target; a verb that needs no connection does not call it.
   * @param target the chosen target, for a verb that works without a running cloud.
   * @throws OpsRefused for wrong arguments or when it cannot be done.
   */
  run: (args: string[], connect: () => Promise<Connection>, target: Target) => Promise<void>;
};
