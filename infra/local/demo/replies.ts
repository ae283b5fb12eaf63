import type { LocalizedText } from '../../../shared/language/wording.ts';

/** What staff and residents write once a report is on its way. */

export const resolutions: Readonly<Record<string, readonly LocalizedText[]>> = {
  building: [
    { zh: '维修师傅已到场修好，现场试用正常', en: 'Our fitter has repaired it and tried it out on site' },
    { zh: '已更换损坏部件，并清理了现场', en: 'The broken part was replaced and the place cleaned up' },
  ],
  property: [
    {
      zh: '已约谈物业公司，限期整改并书面答复业主',
      en: 'The property company was called in, has a deadline and has answered the owners',
    },
    { zh: '账目已公示，押金已退还', en: 'The accounts are on display and the deposit was paid back' },
  ],
  safety: [
    {
      zh: '已到场处置，隐患已消除，并回访了周边住户',
      en: 'Dealt with on site, the danger is gone and the neighbours were told',
    },
    {
      zh: '已核实并处理，后续由责任人每日巡查',
      en: 'Checked and settled; the place is patrolled daily from now on',
    },
  ],
  city: [
    { zh: '已派作业班组处理完毕，照片见附件', en: 'A crew has done the work, see the photo' },
    { zh: '已清理修复，本周内复查一次', en: 'Cleared and mended; we look again this week' },
  ],
  utility: [
    { zh: '抢修完成，已恢复正常供应', en: 'The emergency repair is done and supply is back' },
    { zh: '已上门检测并调试，恢复正常', en: 'Tested and adjusted at the address; it works again' },
  ],
  environment: [
    {
      zh: '已现场检查并责令整改，复测达标',
      en: 'Inspected and ordered to mend; a second measurement was within limits',
    },
    { zh: '已约谈经营者，作业时间已调整', en: 'The operator was spoken to and has changed the hours' },
  ],
  traffic: [
    { zh: '已现场处置并加派人员疏导', en: 'Dealt with on site, with more staff to direct the traffic' },
    { zh: '设施已修复，车辆已移走', en: 'The equipment is mended and the vehicles are gone' },
  ],
  social: [
    {
      zh: '已联系当事人核实，按政策办理完毕并答复',
      en: 'We spoke with those concerned, settled it by the rules and answered',
    },
    {
      zh: '材料已补齐，审批通过，款项三日内到账',
      en: 'The papers are complete and approved; the money arrives within three days',
    },
  ],
  mediation: [
    { zh: '双方到场调解，已达成一致并签字', en: 'Both sides met, agreed and signed' },
    { zh: '已上门调解，当事人表示接受', en: 'Mediated at the address; those concerned accept it' },
  ],
  other: [
    { zh: '已电话答复，并把建议转给责任单位', en: 'Answered by telephone, and the suggestion passed on' },
    { zh: '已上门了解清楚并办结', en: 'Clarified at the address and settled' },
  ],
};

export const returnReasons: readonly LocalizedText[] = [
  { zh: '经核实不属于本单位职责，请重新分拨', en: 'We checked: this is not ours, please sort it again' },
  { zh: '地点不在我们服务范围内，退回', en: 'The place is not in our area, returned' },
  { zh: '该设施由其他单位管养，退单', en: 'Another body maintains this, returned' },
];

export const transferReasons: readonly LocalizedText[] = [
  { zh: '现场查看后确认由贵单位负责', en: 'Seen on site: this is for you to handle' },
  { zh: '产权在贵单位，转请办理', en: 'It belongs to you, passed on' },
];

export const reopenReasons: readonly LocalizedText[] = [
  { zh: '根本没修好，第二天又坏了', en: 'It was not mended at all, it broke again the next day' },
  { zh: '没有人来过，就显示办结了', en: 'Nobody came and yet it says resolved' },
  { zh: '只做了表面，问题还在', en: 'Only touched up, the problem is still there' },
];

export const withdrawReasons: readonly (LocalizedText | undefined)[] = [
  { zh: '已经自己解决了，谢谢', en: 'It has settled itself, thank you' },
  { zh: '报错地方了', en: 'I reported the wrong place' },
  undefined,
];

export const rejectReasons: readonly LocalizedText[] = [
  { zh: '广告或无实际内容，不予受理', en: 'An advertisement or no content: not accepted' },
];

export const residentNotes: readonly LocalizedText[] = [
  { zh: '补充一下：现在情况更严重了', en: 'One more thing: it has become worse' },
  { zh: '下午三点以后家里有人', en: 'Somebody is at home after three' },
  { zh: '又拍了一张，看得更清楚', en: 'Another photo that shows it better' },
];

export const staffNotes: Readonly<Record<'everyone' | 'staff', readonly LocalizedText[]>> = {
  everyone: [
    { zh: '师傅已在路上，预计半小时到', en: 'Our fitter is on the way, about half an hour' },
    { zh: '配件已订，明天上午到货', en: 'The part is ordered and comes tomorrow morning' },
  ],
  staff: [
    { zh: '内部：当事人情绪激动，上门请两人同行', en: 'Internal: the resident is upset, go in twos' },
    { zh: '内部：和去年那单同一户', en: 'Internal: the same household as last year' },
  ],
};

export const comments: Readonly<Record<number, readonly (LocalizedText | undefined)[]>> = {
  5: [
    { zh: '速度真快，师傅态度也好👍', en: 'Quick and friendly 👍' },
    undefined,
    { zh: '非常满意', en: 'Excellent' },
  ],
  4: [{ zh: '解决了，谢谢', en: 'Solved, thanks' }, undefined],
  3: [{ zh: '能用了，就是等得久了点', en: 'It works, but it took long' }, undefined],
  2: [{ zh: '修得马马虎虎', en: 'A sloppy job' }, undefined],
  1: [{ zh: '完全没有解决！', en: 'Nothing was solved!' }, undefined],
};

/** What a report waits for while its clock stands still. */
export const suspensions: Readonly<Record<'resident' | 'other', readonly LocalizedText[]>> = {
  resident: [
    {
      zh: '请补充具体位置，并约一个家里有人的时间',
      en: 'Please say where exactly, and when somebody is at home',
    },
    { zh: '请补充合同或收据的照片', en: 'Please add a photo of the contract or the receipt' },
  ],
  other: [
    { zh: '等待检测机构出具报告', en: 'Waiting for the laboratory’s report' },
    { zh: '配件到货前暂停办理', en: 'On hold until the part arrives' },
  ],
};

export const answers: readonly LocalizedText[] = [
  {
    zh: '在北门往东第二个单元，晚上六点后在家',
    en: 'Second entrance east of the north gate; at home after six',
  },
  { zh: '材料已经找到了，随时可以看', en: 'I have found the papers, you can see them any time' },
];

export const extensionReasons: readonly LocalizedText[] = [
  { zh: '需要专业检测，结果要等两天', en: 'It has to be measured, and the result takes two days' },
  { zh: '当事一方出差，约在后天调解', en: 'One side is travelling; they meet the day after tomorrow' },
];

export const declineReasons: readonly LocalizedText[] = [
  { zh: '理由不充分，请按期办结', en: 'That is no reason; please settle it in time' },
];

export const supportRequests: readonly LocalizedText[] = [
  { zh: '请到现场一起查看，各自处理职责内的部分', en: 'Please come along and settle the part that is yours' },
];

export const supportAnswers: readonly LocalizedText[] = [
  { zh: '已到场配合，本部门职责内的已处理完', en: 'We were there; our part of it is done' },
];

export const raiseReasons: readonly LocalizedText[] = [
  { zh: '涉及老人和孩子，提前办理', en: 'Old people and children are concerned: sooner' },
];

export const followUps: readonly { outcome: 'satisfied' | 'unreachable' | 'reopen'; text: LocalizedText }[] =
  [
    {
      outcome: 'satisfied',
      text: { zh: '已电话说明，居民表示理解', en: 'Explained by telephone; accepted' },
    },
    { outcome: 'unreachable', text: { zh: '两次未接通', en: 'Not reached, twice' } },
    { outcome: 'reopen', text: { zh: '居民要求再上门一次', en: 'They want somebody to come again' } },
  ];
