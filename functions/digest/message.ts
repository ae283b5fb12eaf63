import type { AlertKind, DigestLine } from '../../shared/kernel/notices.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';

/** One message of many lines, the gravest first. A reader needs the first few and how many there are. */
export function digestOf(lines: readonly Pick<DigestLine, 'kind' | 'number' | 'text'>[]): {
  subject: LocalizedText;
  text: LocalizedText;
} {
  const sorted = lines.toSorted((a, b) => gravity.indexOf(a.kind) - gravity.indexOf(b.kind));
  const counts = gravity.flatMap((kind) => {
    const count = lines.filter((line) => line.kind === kind).length;
    return count === 0 ? [] : [{ kind, count }];
  });
  const rest = lines.length - mostLines;
  const list = (language: 'zh' | 'en'): string =>
    sorted
      .slice(0, mostLines)
      .map(({ number, text }) => `${number} ${text[language]}`)
      .join('\n');
  return {
    subject: {
      zh: `预警 ${lines.length} 件：${counts.map(({ kind, count }) => `${kindWords[kind].zh} ${count}`).join('，')}`,
      en: `${lines.length} alert(s): ${counts.map(({ kind, count }) => `${count} ${kindWords[kind].en}`).join(', ')}`,
    },
    text: {
      zh: list('zh') + (rest > 0 ? `\n另有 ${rest} 件，请在看板查看。` : ''),
      en: list('en') + (rest > 0 ? `\nand ${rest} more; the board shows them all.` : ''),
    },
  };
}

const mostLines = 30;
const gravity: readonly AlertKind[] = ['escalation', 'breach', 'follow-up', 'extension', 'warning'];
const kindWords: Record<AlertKind, LocalizedText> = {
  escalation: { zh: '督办', en: 'escalated' },
  breach: { zh: '超时', en: 'overdue' },
  'follow-up': { zh: '待回访', en: 'to call back' },
  extension: { zh: '延期待批', en: 'asking for more time' },
  warning: { zh: '即将超时', en: 'due soon' },
};
