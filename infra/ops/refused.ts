/** Why the operator's command was refused; shown to the operator without a stack trace. */
export class OpsRefused extends Error {
  constructor(zh: string, en: string, options?: ErrorOptions) {
    super(`${zh}\n${en}`, options);
    this.name = 'OpsRefused';
  }
}
