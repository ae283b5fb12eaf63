import { formatCount, formatHours, formatPoints, formatShare } from '../numbers.ts';
import type { Cell, Column } from './sheet.ts';

export function formatCell(cell: Cell, kind: Column['kind']): string {
  if (typeof cell === 'string') return cell;
  switch (kind) {
    case 'share':
      return formatShare(cell);
    case 'points':
      return formatPoints(cell);
    case 'hours':
      return formatHours(cell);
    case 'count':
      return formatCount(cell);
    case 'text':
      return cell === undefined ? '' : String(cell);
  }
}
