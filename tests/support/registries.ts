import { kinds } from '../../shared/records/kinds.ts';
import { notices } from '../../shared/records/notices.ts';
import { views } from '../../shared/records/views.ts';

/** The product's registries, as passed to handlers. */
export const registries = { kinds, notices, views };
