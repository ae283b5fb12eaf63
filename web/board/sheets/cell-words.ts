import { countWords, hoursWords, pointsWords, shareWords } from '../numbers.ts';
import type { Cell, Column } from './sheet.ts';

export function cellWords(cell: Cell, kind: Column['kind']): string {
  if (typeof cell === 'string') return cell;
  switch (kind) {
    case 'share':
      return shareWords(cell);
    case 'points':
      return pointsWords(cell);
    case 'hours':
      return hoursWords(cell);
    case 'count':
      return countWords(cell);
    case 'text':
      return cell === undefined ? '' : String(cell);
  }
}
