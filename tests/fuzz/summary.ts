import type { FuzzResult } from './fuzz.ts';

/** The figures of a run, for a terminal. */
export function summary({ counts, times, sent, seconds, ...result }: FuzzResult): string[] {
  const at = (share: number): string => `${Math.round(times[Math.floor((times.length - 1) * share)] ?? 0)}`;
  return [
    '',
    ...[...counts]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([route, outcomes]) => {
        const all = [...outcomes].sort(([a], [b]) => a.localeCompare(b));
        return `${route}\n    ${all.map(([outcome, count]) => `${outcome}: ${count}`).join('  ')}`;
      }),
    '',
    `requests ${sent} in ${Math.round(seconds)} s  failures ${result.failures.length}  throttled ${throttled(counts)}`,
    `milliseconds p50 ${at(0.5)}  p99 ${at(0.99)}  p100 ${at(1)}  memory at most ${result.highestMegabytes} MB`,
    ...result.slowest.map(({ milliseconds, request }) => `  ${Math.round(milliseconds)} ms ${request}`),
    `left in queues ${JSON.stringify(result.left)}`,
    ...result.logged.slice(0, 20).map((line) => `logged: ${line}`),
  ];
}

function throttled(counts: FuzzResult['counts']): number {
  return [...counts.values()].reduce((sum, outcomes) => sum + (outcomes.get('429') ?? 0), 0);
}
