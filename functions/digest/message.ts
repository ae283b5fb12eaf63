import type { AlertKind, DigestLine } from '../../shared/kernel/notices.ts';
import { countedNoun, type LocalizedText } from '../../shared/language/wording.ts';

/** One message of many lines, the most severe first: the first lines and the total are enough. */
export function digestOf(lines: readonly Pick<DigestLine, 'kind' | 'number' | 'text'>[]): {
  subject: LocalizedText;
  text: LocalizedText;
} {
  const sorted = lines.toSorted((a, b) => severity.indexOf(a.kind) - severity.indexOf(b.kind));
  const counts = severity.flatMap((kind) => {
    const count = lines.filter((line) => line.kind === kind).length;
    return count === 0 ? [] : [{ kind, count }];
  });
  const rest = lines.length - maxLines;
  const list = (language: 'zh' | 'en'): string =>
    sorted
      .slice(0, maxLines)
      .map(({ number, text }) => `${number} ${text[language]}`)
      .join('\n');
  return {
    subject: {
      zh: `提醒 ${lines.length} 件：${counts.map(({ kind, count }) => `${kindWords[kind].zh} ${count}`).join('，')}`,
      en: `${countedNoun(lines.length, 'alert')}: ${counts.map(({ kind, count }) => `${count} ${kindWords[kind].en}`).join(', ')}`,
    },
    text: {
      zh: list('zh') + (rest > 0 ? `\n另有 ${rest} 件，请在看板查看。` : ''),
      en: list('en') + (rest > 0 ? `\nand ${rest} more; the board shows them all.` : ''),
    },
  };
}

const maxLines = 30;
const severity: readonly AlertKind[] = ['escalation', 'breach', 'follow-up', 'extension', 'warning'];
const kindWords: Record<AlertKind, LocalizedText> = {
  escalation: { zh: '提级', en: 'escalated' },
  breach: { zh: '超时', en: 'overdue' },
  'follow-up': { zh: '待回访', en: 'awaiting a follow-up call' },
  extension: { zh: '延期待批', en: 'requesting an extension' },
  warning: { zh: '临期', en: 'due soon' },
};
