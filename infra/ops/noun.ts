import type { Connection } from './connection.ts';
import type { Target } from './target.ts';

/** One module of the operator's command: what is behind `npm run ops -- NOUN …`. */
export type Noun = {
  /** Lines such as `dlq list`, each with what it does, zh and en. */
  usage: readonly (readonly [call: string, zh: string, en: string])[];
  /**
   * @param args what was typed behind the noun, without the options that say where.
   * @param connect reaches the cloud that was chosen; a verb that needs none does not call it.
   * @param target which cloud was chosen, for a verb that works on what is not running.
   * @throws OpsRefused for what is typed wrong or cannot be done.
   */
  run: (args: string[], connect: () => Promise<Connection>, target: Target) => Promise<void>;
};
