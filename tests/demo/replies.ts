import type { LocalizedText } from '../../shared/language/wording.ts';

/** Texts that staff and residents write about submitted reports. */

export const resolutions: Readonly<Record<string, readonly LocalizedText[]>> = {
  building: [
    { zh: '维修师傅已到场修好，现场试用正常', en: 'Repaired on site and tested' },
    { zh: '已更换损坏部件，并清理了现场', en: 'The broken part was replaced and the site was cleaned' },
  ],
  property: [
    {
      zh: '已约谈物业公司，限期整改并书面答复业主',
      en: 'The property company was ordered to correct this by a deadline and has answered the owners in writing',
    },
    { zh: '账目已公示，押金已退还', en: 'The accounts have been published and the deposit was refunded' },
  ],
  safety: [
    {
      zh: '已到场处置，相关情况已移交责任单位跟进',
      en: 'Handled on site; the responsible unit follows up',
    },
    {
      zh: '已到场核实处置，并与当事人确认情况',
      en: 'Checked and handled on site; confirmed with those concerned',
    },
  ],
  city: [
    { zh: '已派作业班组处理完毕，照片见附件', en: 'A crew has completed the work; see the photos' },
    { zh: '已清理修复，本周内复查一次', en: 'Cleared and repaired; we will check again this week' },
  ],
  utility: [
    { zh: '抢修完成，已恢复正常供应', en: 'Emergency repair completed; supply restored' },
    { zh: '已上门检测并调试，恢复正常', en: 'Tested and adjusted at the address; service restored' },
  ],
  environment: [
    {
      zh: '已现场检查并责令整改，复测达标',
      en: 'Inspected and ordered to correct; a second measurement was within limits',
    },
    {
      zh: '已约谈经营者，作业时间已调整',
      en: 'The operator has been instructed and has changed the working hours',
    },
  ],
  traffic: [
    { zh: '已现场处置并加派人员疏导', en: 'Handled on site, with more staff directing traffic' },
    { zh: '设施已修复，车辆已移走', en: 'The equipment was repaired and the vehicles were removed' },
  ],
  social: [
    {
      zh: '已联系当事人核实情况，并按政策规定答复',
      en: 'Verified with the person concerned and answered according to policy',
    },
    {
      zh: '已告知所需材料和办理流程，并安排专人协助',
      en: 'Explained the documents and steps needed; a staff member will assist',
    },
  ],
  mediation: [
    { zh: '双方到场调解，已签订调解协议', en: 'Both sides attended mediation and signed an agreement' },
    { zh: '已上门了解情况，双方同意继续调解', en: 'Visited both sides; they agreed to continue mediation' },
  ],
  other: [
    {
      zh: '已电话答复，并把建议转给责任单位',
      en: 'Answered by phone; the suggestion was forwarded to the responsible unit',
    },
    { zh: '已上门了解清楚并办结', en: 'Visited, clarified and resolved' },
  ],
};

export const returnReasons: readonly LocalizedText[] = [
  { zh: '经核实不属于本单位职责，请重新派单', en: 'Not within our duties; please dispatch it again' },
  { zh: '地点不在我们服务范围内，退回', en: 'Not in our service area; returned' },
  { zh: '该设施由其他单位管养，退单', en: 'Maintained by another unit; returned' },
];

export const transferReasons: readonly LocalizedText[] = [
  { zh: '现场查看后确认由贵单位负责', en: 'Confirmed on site: this is for your department' },
  { zh: '产权在贵单位，转请办理', en: 'This is your property; transferred' },
];

export const reopenReasons: readonly LocalizedText[] = [
  { zh: '根本没修好，第二天又坏了', en: 'It was not repaired; it broke again the next day' },
  { zh: '没有人来过，就显示办结了', en: 'Nobody came, but it says resolved' },
  { zh: '只做了表面，问题还在', en: 'Only a quick fix; the problem is still there' },
];

export const withdrawReasons: readonly (LocalizedText | undefined)[] = [
  { zh: '已经自己解决了，谢谢', en: 'It has been solved, thank you' },
  { zh: '报错地方了', en: 'I reported the wrong place' },
  undefined,
];

export const rejectReasons: readonly LocalizedText[] = [
  { zh: '广告或无实际内容，不予受理', en: 'Advertisement or no content: declined' },
];

export const residentNotes: readonly LocalizedText[] = [
  { zh: '补充一下：现在情况更严重了', en: 'Update: it has become worse' },
  { zh: '下午三点以后家里有人', en: 'Someone is at home after 3 pm' },
  { zh: '又拍了一张，看得更清楚', en: 'Another photo that shows it more clearly' },
];

export const staffNotes: Readonly<Record<'everyone' | 'staff', readonly LocalizedText[]>> = {
  everyone: [
    { zh: '师傅已在路上，预计半小时到', en: 'The technician is on the way, about half an hour' },
    { zh: '配件已订，明天上午到货', en: 'The part is ordered and arrives tomorrow morning' },
  ],
  staff: [
    {
      zh: '内部：当事人情绪激动，上门请两人同行',
      en: 'Internal: the resident is upset; please visit in pairs',
    },
    { zh: '内部：与去年那件是同一户', en: 'Internal: the same household as last year' },
  ],
};

export const comments: Readonly<Record<number, readonly (LocalizedText | undefined)[]>> = {
  5: [
    { zh: '速度真快，师傅态度也好👍', en: 'Quick and friendly 👍' },
    undefined,
    { zh: '非常满意', en: 'Excellent' },
  ],
  4: [{ zh: '解决了，谢谢', en: 'Solved, thanks' }, undefined],
  3: [{ zh: '能用了，就是等得久了点', en: 'It works, but it took a long time' }, undefined],
  2: [{ zh: '修得马马虎虎', en: 'A sloppy job' }, undefined],
  1: [{ zh: '完全没有解决！', en: 'Nothing was solved!' }, undefined],
};

/** Reasons for putting a report on hold. */
export const suspensions: Readonly<Record<'resident' | 'other', readonly LocalizedText[]>> = {
  resident: [
    {
      zh: '请补充具体位置，并约一个家里有人的时间',
      en: 'Please give the exact place and a time when someone is at home',
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
    en: 'Second entrance east of the north gate; at home after 6 pm',
  },
  { zh: '材料已经找到了，随时可以看', en: 'I have found the documents; you can look at them any time' },
];

export const extensionReasons: readonly LocalizedText[] = [
  { zh: '需要专业检测，结果要等两天', en: 'Testing is needed; results take two days' },
  {
    zh: '当事一方出差，约在后天调解',
    en: 'One side is travelling; mediation is set for the day after tomorrow',
  },
];

export const declineReasons: readonly LocalizedText[] = [
  { zh: '理由不充分，请按期办结', en: 'Insufficient reason; please resolve it on time' },
];

export const supportRequests: readonly LocalizedText[] = [
  { zh: '请到现场一起查看，各自处理职责内的部分', en: 'Please join us on site and handle your part' },
];

export const supportAnswers: readonly LocalizedText[] = [
  { zh: '已到场配合，本单位职责内的已处理完', en: 'Joined on site; our part is done' },
];

export const raiseReasons: readonly LocalizedText[] = [
  { zh: '涉及老人和孩子，提前办理', en: 'Elderly people and children are affected; please prioritise' },
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
