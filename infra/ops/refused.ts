/** Why the operator's command does nothing, in words for whoever typed it. No stack trace belongs beside it. */
export class OpsRefused extends Error {
  constructor(zh: string, en: string, options?: ErrorOptions) {
    super(`${zh}\n${en}`, options);
    this.name = 'OpsRefused';
  }
}
