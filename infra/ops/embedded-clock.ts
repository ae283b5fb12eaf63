/** The embedded cloud's time; undefined when nothing answers, as after a kill. */
export async function readClock(url: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/local/clock`).catch(() => undefined);
  return answer?.ok ? ((await answer.json()) as { now: string }).now : undefined;
}
