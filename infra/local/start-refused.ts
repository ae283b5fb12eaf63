/** Why the embedded cloud or a command cannot start; shown to the user without a stack trace. */
export class StartRefused extends Error {
  constructor(zh: string, en: string, options?: ErrorOptions) {
    super(`${zh}\n${en}`, options);
    this.name = 'StartRefused';
  }
}
