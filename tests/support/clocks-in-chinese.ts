/** The Chinese of docs/clocks.md for each cell of the tables of docs/clocks.en.md. */

const columns: Readonly<Record<string, string>> = {
  starts: '开始',
  target: '时限',
  calendar: '办公时间',
  due: '到期',
  'due soon': '临期',
  paused: '挂起',
  'asked at': '查询时间',
  used: '已用',
  left: '剩余',
  extended: '延期',
  when: '时间',
  'what happens': '操作',
  result: '结果',
};

const weekdays: Readonly<Record<string, string>> = {
  Mon: '周一',
  Tue: '周二',
  Wed: '周三',
  Thu: '周四',
  Fri: '周五',
  Sat: '周六',
  Sun: '周日',
};
const units: Readonly<Record<string, string>> = {
  minute: '分钟',
  hour: '小时',
  'working hour': '个工作小时',
  'working day': '个工作日',
};
const clocks: Readonly<Record<string, string>> = { acknowledge: '签收', resolve: '办结' };
const priorities: Readonly<Record<string, string>> = { urgent: '特急', high: '紧急', normal: '一般' };

type Rule = [pattern: RegExp, chinese: (...groups: string[]) => string];

const happenings: Rule[] = [
  [/^submitted$/, () => '居民上报'],
  [/^classify as (\S+)$/, (category) => `归类为 ${category}`],
  [/^acknowledge$/, () => '签收'],
  [/^put on hold for the resident$/, () => '挂起，等待居民'],
  [/^put on hold$/, () => '挂起'],
  [/^the resident adds a note$/, () => '居民补充说明'],
  [/^sweep runs$/, () => '运行 sweep'],
  [/^request an extension of (\d+)$/, (amount) => `申请延期 ${amount}`],
  [/^approve the extension$/, () => '同意延期'],
  [/^transfer to (\S+)$/, (department) => `转派给 ${department}`],
  [/^resolve$/, () => '办结'],
  [/^reopen$/, () => '重办'],
  [/^set the priority to (\w+)$/, (priority = '') => `紧急程度改为${priorities[priority]}`],
  [
    /^apply new rules: (\w+), resolve in (.+)$/,
    (priority = '', target = '') => `应用新规定：${priorities[priority]}，${targetInChinese(target)}办结`,
  ],
  [
    /^a ticket that started (.+) is merged into it$/,
    (at = '') => `${momentsInChinese(at)} 开始的工单并入本件`,
  ],
  [/^merge into another$/, () => '并入另一件'],
];

const results: Rule[] = [
  [/^no timer$/, () => '无定时'],
  [/^next timer (.+)$/, (at = '') => `下次定时 ${momentsInChinese(at)}`],
  [/^(\w+) due soon (.+)$/, (clock = '', at = '') => `${clocks[clock]}临期 ${momentsInChinese(at)}`],
  [/^(\w+) due (.+)$/, (clock = '', at = '') => `${clocks[clock]}到期 ${momentsInChinese(at)}`],
  [
    /^(\w+) (.+) used, (.+) left$/,
    (clock = '', used = '', left = '') =>
      `${clocks[clock]}已用 ${spanInChinese(used)}，剩余 ${spanInChinese(left)}`,
  ],
  [/^record (\w+) due soon$/, (clock = '') => `记录${clocks[clock]}临期`],
  [/^record (\w+) overdue$/, (clock = '') => `记录${clocks[clock]}超时`],
  [/^record (\w+) escalated to (\S+)$/, (clock = '', area = '') => `记录${clocks[clock]}提级至 ${area}`],
  [/^refused: (\S+)$/, (code) => `拒绝：${code}`],
  [/^resumed$/, () => '恢复'],
  [/^closed$/, () => '归档'],
];

/** @throws when there is no translation here for the cell. */
export function cellInChinese(column: string, cell: string): [column: string, cell: string] {
  const name = columns[column];
  if (name === undefined) throw new Error(`no Chinese for the column "${column}"`);
  return [name, cell === '' ? '' : valueInChinese(column, cell)];
}

function valueInChinese(column: string, cell: string): string {
  if (column === 'target') return targetInChinese(cell);
  if (column === 'used' || column === 'left') return spanInChinese(cell);
  if (column === 'what happens') return byRule(happenings, cell);
  if (column === 'result')
    return cell
      .split('; ')
      .map((item) => byRule(results, item))
      .join('；');
  if (column === 'paused')
    return momentsInChinese(cell)
      .replace(/^since (.+)$/, '自 $1 起')
      .replaceAll(' to ', ' 至 ')
      .replaceAll(', ', '、');
  return momentsInChinese(cell);
}

function byRule(rules: readonly Rule[], text: string): string {
  for (const [pattern, chinese] of rules) {
    const found = pattern.exec(text);
    if (found) return chinese(...found.slice(1));
  }
  throw new Error(`no Chinese for "${text}"`);
}

function momentsInChinese(text: string): string {
  return text.replaceAll(
    /(\w{3}) (\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?)/g,
    (_, day: string, date: string, time: string) => `${date} ${weekdays[day]} ${time}`,
  );
}

function targetInChinese(text: string): string {
  const [, amount = '', unit = ''] = /^(\d+) (.+?)s?$/.exec(text) ?? [];
  return `${amount} ${units[unit]}`;
}

function spanInChinese(text: string): string {
  const span = text
    .replace(/ over$/, '')
    .replace(' h', ' 小时')
    .replace(' min', ' 分钟');
  return text.endsWith(' over') ? `超时 ${span}` : span;
}
