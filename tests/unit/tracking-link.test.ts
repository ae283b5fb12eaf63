import { describe, expect, it } from 'vitest';
import { parseNumber } from '../../shared/kernel/number.ts';
import { linkIn } from '../../web/resident/tracking-link.ts';

const number = 'YT-261129-JCTMV4';
const token = 'YOL1hSKHZXhHd2ECXMjr4_Lbb42TNFRbvpn-RHRJCBs';
const link = { number, token };

describe('a tracking link', () => {
  it.each([
    ['as it is', `?report=${number}`, `#${token}`],
    ['with a parameter of a chat program', `?report=${number}`, `#${token}&appinstall=0`],
    ['with a query behind it', `?report=${number}`, `#${token}?from=timeline&isappinstalled=0`],
    ['with a full stop', `?report=${number}`, `#${token}。`],
    ['with an encoded full stop', `?report=${number}`, `#${token}%E3%80%82`],
    ['with a bracket', `?report=${number}`, `#${token})`],
    ['with a full-width bracket', `?report=${number}`, `#${token}）`],
    ['with a blank', `?report=${number}`, `#${token}%20`],
    ['with a blank before it', `?report=${number}`, `#%20${token}`],
    ['with a lone percent sign', `?report=${number}`, `#${token}%`],
    ['with a second hash', `?report=${number}`, `##${token}`],
    ['with the hash in the query', `?report=${number}%23${token}`, ''],
    ['with the hash in the query, and more', `?report=${number}%23${token}%26appinstall%3D0&from=x`, ''],
    ['with a number in full width', '?report=ＹＴ－261129－ＪＣＴＭＶ4', `#${token}`],
    ['with other parameters first', `?from=groupmessage&report=${number}`, `#${token}`],
  ])('is found %s', (_, search, hash) => {
    expect(linkIn({ search, hash })).toEqual(link);
  });

  it('keeps what cannot be a token or a number, so that the page can say so', () => {
    expect(linkIn({ search: '?report=x', hash: '#y' })).toEqual({ number: 'x', token: 'y' });
    expect(linkIn({ search: `?report=${number}`, hash: '' })).toEqual({ number, token: '' });
    expect(linkIn({ search: '?mine', hash: `#${token}` })).toBeUndefined();
  });
});

describe('a number', () => {
  it.each([
    'ＹＴ－２６１１２９－ＪＣＴＭＶ４',
    'YT–261129—JCTMV4',
    'YT‑261129‑JCTMV4',
    'YT−261129−JCTMV4',
    'YT-261129-JCTMV4。',
    '「YT-261129-JCTMV4」',
    '（YT-261129-JCTMV4）',
    'YT-261129-JCTMV4,',
    '\u200BYT-261129-JCTMV4\uFEFF',
    '\u202AYT-261129-JCTMV4\u202C',
    'YT\u00AD-261129-JCTMV4',
    ' yt 261129 jctmv4 . ',
    '#YT-261129-JCTMV4',
  ])('is parsed from %j', (typed) => {
    expect(parseNumber(typed)).toBe(number);
  });

  it.each([
    '../YT-261129-JCTMV4',
    'YT-261129-JCTMV4/x',
    `${number} ${number}`,
    'YT-261129-JCTMV4'.padEnd(61),
  ])('is not parsed from %j', (typed) => {
    expect(parseNumber(typed)).toBeUndefined();
  });
});
