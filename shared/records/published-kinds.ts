import type { PublishedKind } from '../kernel/kind.ts';
import { published as report } from './report/published.ts';

/** The parts of every kind that reading events needs: keeps commands out of bundles that give none. */
export const publishedKinds: readonly PublishedKind[] = [report];
