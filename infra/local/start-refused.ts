/** Why the embedded cloud does not start, in words for whoever started it. No stack trace belongs beside it. */
export class StartRefused extends Error {
  constructor(zh: string, en: string, options?: ErrorOptions) {
    super(`${zh}\n${en}`, options);
    this.name = 'StartRefused';
  }
}
