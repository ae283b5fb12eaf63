import { describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import { problems } from '../../shared/http/problems.ts';
import {
  countedNoun,
  durationWords,
  sentenceOf,
  timeWords,
  type LocalizedText,
} from '../../shared/language/wording.ts';
import { digestOf } from '../../functions/digest/message.ts';
import { city } from '../support/city.ts';
import { contexts, eventCases, historyWith, type ContextName } from './events.ts';
import { digestLines, folded, notices, timelines } from './subject.ts';

/** People's text, between marks that are in no other text, with endings that are hard to continue. */
const endings = ['', '。', '！', '.', '。。', '…', '？', '. ', '，'];
const written = (ending: string): string => `⟦写的⟧${ending}`;
const textFields = new Set(['description', 'text', 'reason', 'comment', 'request']);

/** The same events, with other words where people wrote some. */
function reworded(events: readonly ReportEvent[], words: string): ReportEvent[] {
  return JSON.parse(JSON.stringify(events), (key: string, value: unknown) =>
    textFields.has(key) && typeof value === 'string' ? words : value,
  ) as ReportEvent[];
}

/** What is wrong with a text, in words; nothing if all is well. */
function faultsIn({ zh, en }: LocalizedText): string[] {
  const faults: string[] = [];
  const say = (is: boolean, what: string, text: string): void => {
    if (is) faults.push(`${what}: ${text}`);
  };
  const ours = (text: string): string =>
    text
      .replaceAll(/⟦写的⟧[。！？，…]*/g, '某')
      .replaceAll(/YT-[\w-]+/g, '编号')
      .replaceAll(/gone[-.]\w+/g, '旧名');
  for (const text of [zh, en]) {
    // Doubled marks of a person's own are kept where nothing follows.
    const end = text.replace(/⟦写的⟧[。.！!？?…，, ]*$/u, '');
    say(/[。.！!？?，,；;：:、][。.，,；;、]/.test(end), 'doubled punctuation', text);
    say(/\(s\)|undefined|null|NaN|\{\w+\}/.test(text), 'not finished', text);
    say(/ {2}|^ /.test(ours(end)), 'stray space', text);
  }
  const chinese = ours(zh).replaceAll(/\d+月\d+日(周.)?/g, ' ');
  say(/[\u4e00-\u9fff]\d|\d[\u4e00-\u9fff]/.test(chinese), 'no space between number and word', zh);
  say(/[A-Za-z]{3,}/.test(chinese), 'English in Chinese', zh);
  say(/[,;!?]/.test(chinese), 'English punctuation in Chinese', zh);
  say(/[\u4e00-\u9fff]/.test(ours(en).replaceAll(/编号|旧名|某/g, '')), 'Chinese in English', en);
  say(/[。，；：、！？]/.test(ours(en)), 'Chinese punctuation in English', en);
  say(/[.;:][A-Za-z]/.test(ours(en)), 'no space after punctuation', en);
  return faults;
}

describe('what people read', () => {
  const names = Object.keys(contexts) as ContextName[];

  it.each(endings)('is correct around text that ends with "%s"', (ending) => {
    const faults = new Set<string>();
    const judge = (text: LocalizedText): void => {
      for (const fault of faultsIn(text)) faults.add(fault);
    };
    for (const row of eventCases)
      for (const context of names) {
        const { event, events } = historyWith(row, context);
        const own = reworded(events, written(ending));
        const its = own.find(({ id }) => id === event.id);
        if (!its) throw new Error(`${event.id} is gone`);
        const report = folded(own);
        for (const { subject, text } of notices(its, report, city)) {
          judge(subject);
          judge(text);
        }
        const lines = digestLines(its, report, city);
        for (const { text } of lines) judge(text);
        if (lines.length > 0) judge(digestOf(lines).subject);
        for (const audience of ['resident', 'staff', 'follower'] as const)
          for (const { text } of timelines[audience](own, city)) judge(text);
      }
    expect([...faults]).toEqual([]);
  });

  it('describes errors in whole sentences of one language', () => {
    const time = timeWords('2026-11-20T01:01:00.000Z', city.timeZone);
    const way = { zh: '着急的事，请拨打 12345。', en: 'If it cannot wait, call 12345.' };
    const faults = Object.entries(problems).flatMap(([code, [, zh, en]]) => {
      const filled = (text: string, language: 'zh' | 'en'): string =>
        text.replace('{time}', time[language]).replace('{way}', way[language]);
      const text = { zh: filled(zh, 'zh'), en: filled(en, 'en') };
      const isSentence = /[。！]$/.test(text.zh) && /[.!]$/.test(text.en);
      // These are for developers of clients, and name what they send.
      const isForEngineers = /JSON|application|Idempotency|JPEG/.test(zh);
      return [
        ...(isForEngineers ? [] : faultsIn(text)),
        ...(isSentence ? [] : [`${code} is no sentence: ${text.zh} ${text.en}`]),
      ];
    });
    expect(faults).toEqual([]);
  });

  it('uses singular and plural, and hours up to two days', () => {
    expect([1, 2, 0].map((count) => countedNoun(count, 'photo'))).toEqual([
      '1 photo',
      '2 photos',
      '0 photos',
    ]);
    const hour = 3_600_000;
    expect([47, 48, 49, 72].map((hours) => durationWords(hours * hour))).toEqual([
      { zh: '47 小时', en: '47 h' },
      { zh: '2 天', en: '2 days' },
      { zh: '2 天 1 小时', en: '2 days 1 h' },
      { zh: '3 天', en: '3 days' },
    ]);
    expect([0, 59_000, 60_000, 61 * 60_000].map((length) => durationWords(length).zh)).toEqual([
      '0 分钟',
      '0 分钟',
      '1 分钟',
      '1 小时 1 分钟',
    ]);
    expect(durationWords(49 * hour, 'hours').zh).toBe('49 小时');
  });

  it('ends people’s text with one punctuation mark', () => {
    const ends: [string, string, string][] = [
      ['漏水', '漏水。', '漏水.'],
      ['漏水。。', '漏水。', '漏水.'],
      ['Fixed. ', 'Fixed。', 'Fixed.'],
      ['漏水！', '漏水！', '漏水！'],
      ['漏水…', '漏水。', '漏水.'],
      ['  ', '', ''],
    ];
    for (const [text, zh, en] of ends) expect(sentenceOf(text)).toEqual({ zh, en });
  });
});
