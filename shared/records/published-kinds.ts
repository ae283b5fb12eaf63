import type { PublishedKind } from '../kernel/kind.ts';
import { published as report } from './report/published.ts';

/** What of every kind its events alone need, one line each: a bundle that gives no command has none in it. */
export const publishedKinds: readonly PublishedKind[] = [report];
