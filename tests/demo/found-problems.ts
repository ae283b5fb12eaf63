/** The problems found, as sentences for the person who runs the demo. */
export class FoundProblems {
  readonly #sentences: { zh: string; en: string }[] = [];

  add(zh: string, en: string): void {
    this.#sentences.push({ zh, en });
  }

  /** As `add`, unless the condition holds. */
  unless(condition: boolean, zh: string, en: string): void {
    if (!condition) this.add(zh, en);
  }

  get count(): number {
    return this.#sentences.length;
  }

  lines(most = 40): string[] {
    const shown = this.#sentences.slice(0, most).map(({ zh, en }) => `  - ${zh} / ${en}`);
    const rest = this.count - shown.length;
    return rest > 0 ? [...shown, `  … 另有 ${rest} 条 / and ${rest} more`] : shown;
  }
}

/** An error's message, with that of its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
