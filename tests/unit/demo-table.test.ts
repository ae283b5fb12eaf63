import { describe, expect, it } from 'vitest';
import { cut, pad, table, widthOf } from '../demo/table.ts';

describe('the width of a text in a terminal', () => {
  it.each([
    ['', 0],
    ['inbox', 5],
    ['收件箱', 6],
    ['签收 ok', 7],
    ['（全角）', 8],
    ['ｆｕｌｌ', 8],
    ['é and é', 7],
    ['👍', 2],
    ['👨‍👩‍👧‍👦', 2],
    ['한국어', 6],
    ['مرحبا', 5],
    ['5 – 6 ms', 8],
  ])('%j takes %i cells', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it('pads on either side and keeps wider text', () => {
    expect(pad('供水', 6)).toBe('供水  ');
    expect(pad('供水', 6, 'right')).toBe('  供水');
    expect(pad('供水公司', 6)).toBe('供水公司');
  });
});

describe('a text that is cut', () => {
  it.each([
    ['上报 reports', 5, '上报 '],
    ['上报 reports', 3, '上'],
    ['a👨‍👩‍👧‍👦b', 2, 'a'],
    ['short', 40, 'short'],
  ])('%j to %i cells', (text, width, shown) => {
    expect(cut(text, width)).toBe(shown);
  });
});

describe('a table', () => {
  it('aligns columns of any script', () => {
    const lines = table(
      [{ title: '部门' }, { title: '办结', align: 'right' }, { title: '' }],
      [
        ['Tingshui Water', '3', 'ok'],
        ['暖汀热力公司', '12', 'ok'],
        ['云燃燃气 👍', '120/119/120', '!!'],
      ],
    );
    expect(lines).toEqual([
      '部门                   办结',
      '--------------  -----------  --',
      'Tingshui Water            3  ok',
      '暖汀热力公司             12  ok',
      '云燃燃气 👍     120/119/120  !!',
    ]);
  });

  it('prints an empty row as a rule', () => {
    expect(table([{ title: 'a' }], [['1'], [], ['2']])).toEqual(['a', '-', '1', '-', '2']);
  });
});
