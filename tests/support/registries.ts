import { kinds } from '../../shared/records/kinds.ts';
import { notices } from '../../shared/records/notices.ts';
import { views } from '../../shared/records/views.ts';

/** What the product knows of its kinds, as handlers are given it. */
export const registries = { kinds, notices, views };
