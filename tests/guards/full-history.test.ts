import { describe, expect, it } from 'vitest';
import { city } from '../support/city.ts';
import { after } from '../support/reports.ts';
import { asked, commandTypes, storyOf, type Asked, type AskedName } from './given-commands.ts';
import { decided, type Report } from './subject.ts';

type Outcome = 'passes' | 'nothing' | 'history-full';

/** At the ordinary limit: 400 events or 250,000 bytes. At the final limit: 500 events or 340,000 bytes. */
const table: Record<AskedName, [ordinary: Outcome, final: Outcome]> = {
  // The report or the part is there already: nothing is added to its history.
  'submit by resident': ['nothing', 'nothing'],
  'open-support by system': ['nothing', 'nothing'],
  'note by resident': ['history-full', 'history-full'],
  'note by resident, the answer waited for': ['history-full', 'history-full'],
  'note by staff': ['history-full', 'history-full'],
  'withdraw by resident': ['passes', 'history-full'],
  'rate by resident': ['passes', 'history-full'],
  'reopen by resident': ['history-full', 'history-full'],
  'reopen by staff': ['history-full', 'history-full'],
  'renew-link by resident': ['history-full', 'history-full'],
  'erase by resident': ['passes', 'history-full'],
  'erase by staff': ['passes', 'history-full'],
  'erase by system': ['passes', 'history-full'],
  'acknowledge by staff': ['history-full', 'history-full'],
  'start by staff': ['history-full', 'history-full'],
  'return by staff': ['history-full', 'history-full'],
  'transfer by staff': ['history-full', 'history-full'],
  'resolve by staff': ['passes', 'history-full'],
  'classify by staff': ['history-full', 'history-full'],
  'classify by system': ['history-full', 'history-full'],
  'assign by staff': ['history-full', 'history-full'],
  'reject by staff': ['passes', 'history-full'],
  'merge by staff': ['passes', 'history-full'],
  'merge by system': ['passes', 'history-full'],
  'reveal by staff': ['history-full', 'history-full'],
  'reveal by system': ['history-full', 'history-full'],
  'revoke-link by staff': ['passes', 'history-full'],
  'supervise by staff': ['history-full', 'history-full'],
  'take-alert by staff': ['history-full', 'history-full'],
  'suspend by staff': ['history-full', 'history-full'],
  'resume by staff': ['history-full', 'history-full'],
  'extend by staff': ['history-full', 'history-full'],
  'grant by staff': ['history-full', 'history-full'],
  'decline by staff': ['history-full', 'history-full'],
  'prioritise by staff': ['history-full', 'history-full'],
  'apply-policy by staff': ['history-full', 'history-full'],
  'support by staff': ['history-full', 'history-full'],
  'close by staff': ['passes', 'history-full'],
  'follow-up by staff': ['history-full', 'history-full'],
  'follow-up by staff, to be done again': ['history-full', 'history-full'],
  'blur-photo by staff': ['history-full', 'history-full'],
  'record-photos by system': ['passes', 'history-full'],
  'record-photos by system, of a blurred photo': ['passes', 'history-full'],
  'join by system': ['history-full', 'history-full'],
  'record-support by system': ['passes', 'history-full'],
  'end-support by system': ['passes', 'history-full'],
  'fire-timers by system': ['passes', 'history-full'],
};

const sizes: [name: string, size: Partial<Report>, column: 'free' | 'ordinary' | 'final'][] = [
  ['399 events', { version: 399 }, 'free'],
  ['249,999 bytes', { storedBytes: 249_999 }, 'free'],
  ['400 events', { version: 400 }, 'ordinary'],
  ['499 events', { version: 499 }, 'ordinary'],
  ['250,000 bytes', { storedBytes: 250_000 }, 'ordinary'],
  ['339,999 bytes', { storedBytes: 339_999 }, 'ordinary'],
  ['499 events of 339,999 bytes', { version: 499, storedBytes: 339_999 }, 'ordinary'],
  ['500 events', { version: 500 }, 'final'],
  ['501 events', { version: 501 }, 'final'],
  ['340,000 bytes', { storedBytes: 340_000 }, 'final'],
  ['500 events of 340,000 bytes', { version: 500, storedBytes: 340_000 }, 'final'],
];

/** With these `apply-policy` changes something. */
const otherRules = { ...city, warnAtShare: 0.5 };

function outcome({ actor, situation, command }: Asked, size: Partial<Report>): string {
  const report = { ...storyOf(situation).report, ...size };
  // Nothing is late at minute 29; at minute 60 the first promise of the situation `warned` is.
  const now = command.type === 'fire-timers' ? after(60) : after(29);
  const decision = decided(report, command, { now, actor, city: otherRules });
  if (!decision.ok) return decision.refusal.kind;
  return decision.events.length > 0 ? 'passes' : 'nothing';
}

describe('a full history', () => {
  it('covers every command and form of it', () => {
    expect(Object.values(commandTypes).flat().sort()).toEqual(Object.keys(table).sort());
    expect(Object.keys(asked).sort()).toEqual(Object.keys(table).sort());
    for (const [type, names] of Object.entries(commandTypes))
      for (const name of names) expect(asked[name].command.type, name).toBe(type);
  });

  describe.each(sizes)('of %s', (_name, size, column) => {
    it.each(Object.entries(table) as [AskedName, [Outcome, Outcome]][])('%s', (name, [ordinary, final]) => {
      const expected = { free: ordinary === 'nothing' ? 'nothing' : 'passes', ordinary, final }[column];
      expect(outcome(asked[name], size)).toBe(expected);
    });
  });

  it('accepts repeated commands without events', () => {
    const report = { ...storyOf('closed').report, version: 500, storedBytes: 340_000 };
    const decision = decided(
      report,
      { type: 'close' },
      { now: after(29), actor: asked['close by staff'].actor, city },
    );
    expect(decision).toEqual({ ok: true, events: [] });
  });

  it('may exceed its limit within one decision', () => {
    const report = { ...storyOf('supported').report, version: 499 };
    const decision = decided(
      report,
      { type: 'reject', reason: '不在本区' },
      { now: after(29), actor: asked['reject by staff'].actor, city },
    );
    expect(decision.ok && decision.events.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['support-cancelled.v1', 500],
      ['report-rejected.v1', 501],
    ]);
  });
});
