/**
 * Descriptions by residents. Placeholders: `{place}` is a building of a compound, `{estate}` the compound, `{road}` a
 * road in a community; likewise `{days}`, `{time}` and `{floor}`.
 */
export type SampleTexts = { zh: readonly string[]; en: readonly string[] };

export const sampleTexts: Readonly<Record<string, SampleTexts>> = {
  'building.leak': {
    zh: [
      '{place}{floor}层走廊的水管一直在漏水，墙根已经泡烂了',
      '我家在{place}，卧室天花板{time}开始滴水，接了两盆了',
      '{place}顶楼一下雨就渗水，墙皮发霉掉了一地',
      '{place}管井里漏水，水顺着楼梯流到{floor}楼，电表箱都湿了，很危险',
    ],
    en: [
      'A pipe on floor {floor} of {place} has been leaking for {days}; the carpet in the corridor is soaked',
      'Water is dripping from our bedroom ceiling in {place}, the neighbours upstairs are away',
    ],
  },
  'building.drain': {
    zh: [
      '{place}一楼卫生间返水，粪水都漫到客厅了，求疏通',
      '{estate}东门里的污水井往外冒污水，{days}没人清',
      '{place}下水道堵了，厨房地漏往上冒脏水',
    ],
    en: [
      'The toilets on the ground floor of {place} keep backing up, please unblock the drain',
      'Sewage has been running out of the drain behind {place} for {days}',
    ],
  },
  'building.elevator': {
    zh: [
      '{place}电梯停运{days}了，家里老人住{floor}楼下不来',
      '{place}的电梯门夹人，按钮也不灵，{time}差点出事',
      '{place}有人被困在电梯里，按警铃没有人答应！',
    ],
    en: [
      'The lift in {place} has been out of order for {days} and my mother lives on floor {floor}',
      'The elevator door of {place} does not close and it makes a loud grinding noise',
    ],
  },
  'building.lighting': {
    zh: [
      '{place}楼道灯{floor}层往上全不亮，晚上摸黑上楼',
      '{estate}地下车库照明坏了一半，停车什么也看不清',
      '{place}单元门口的声控灯坏了{days}，拍手跺脚都没反应',
    ],
    en: [
      'The stairwell lights in {place} have been dead for {days}',
      'Half of the garage lights in {estate} are off and the corridor is dark',
    ],
  },
  'building.structure': {
    zh: [
      '{place}楼梯扶手松了，小孩一拉就晃',
      '{estate}中心花园的健身器材断了一根杆子，露着尖头',
      '{place}外墙瓷砖脱落，楼下停的车被砸了个坑',
    ],
    en: [
      'The handrail between floors {floor} and the next in {place} is loose',
      'The steps in front of {place} are broken, an old man nearly fell {time}',
    ],
  },
  'building.access': {
    zh: [
      '{place}门禁坏了{days}，陌生人随便进出',
      '{estate}大门的道闸抬不起来，车堵了一长排',
      '{estate}北门的监控坏了，丢了快递也查不到',
    ],
    en: [
      'My access card no longer opens the door of {place}, nor does anybody else’s',
      'The barrier gate of {estate} has been stuck since {time}',
    ],
  },
  'building.greening': {
    zh: [
      '{place}南边的树长到五楼了，树枝伸进窗户，采光全挡住',
      '{estate}草坪枯死一大片，杂草丛生，蚊子特别多',
      '{estate}里有人毁绿种菜，还浇粪水',
    ],
    en: [
      'The branches of the tree in front of {place} reach into our window, please have it pruned',
      'The hedge in {estate} is so overgrown that one can hardly get past',
    ],
  },
  'property.service': {
    zh: [
      '{estate}物业费涨了三成，保洁却一周才来一次',
      '{estate}物业公司电话打不通，装修押金{days}了不退',
      '想问{estate}的维修基金用到哪里去了，业委会也说不清，物业不公开账目',
    ],
    en: [
      'The property company of {estate} raised the management fee but the cleaner comes once a week',
      'The management office of {estate} has kept my renovation deposit for {days}',
    ],
  },
  'safety.fire': {
    zh: [
      '{place}楼道里堆满纸箱和旧沙发，消防通道走不过去',
      '{place}有人从{floor}楼拉飞线给电动车充电，太危险了',
      '{estate}消防通道被三辆车占着，消防车根本进不来',
    ],
    en: [
      'Somebody is charging e-bikes in the stairwell of {place} with an extension cord, a fire hazard',
      'The fire lane of {estate} is blocked by parked vans every night',
    ],
  },
  'safety.hazard': {
    zh: [
      '{place}有人高空抛物，{time}一个酒瓶差点砸到孩子',
      '{road}边的广告牌松动，风一吹摇摇欲坠',
      '{place}{floor}楼空调外机的架子锈断了，随时会掉下来',
    ],
    en: [
      'Someone in {place} throws bottles out of the window, one almost hit my child {time}',
      'A loose billboard on {road} is about to fall onto the pavement',
    ],
  },
  'safety.urgent': {
    zh: [
      '我爸{time}从{estate}出门走失了，有老年痴呆，穿灰色外套',
      '{place}独居老人两天没开门，敲门没人应，怕出事',
      '{estate}广场有人晕倒了，叫不醒，快来人！',
    ],
    en: [
      'My grandmother with dementia went missing from {estate} {time}, she wears a red coat',
      'An old man living alone in {place} has not answered the door for two days, please check on him',
    ],
  },
  'safety.crime': {
    zh: [
      '我妈接到冒充银行的电话，被骗转账两万，住{place}',
      '{place}地下室{time}被撬锁，丢了一辆电动车',
      '{estate}有人天天上门拉人听课买保健品，疑似传销诈骗',
    ],
    en: [
      'My e-bike was stolen from the basement of {place} {time}',
      'My father was scammed by somebody who claimed to be from the bank; he lives in {place}',
    ],
  },
  'city.road': {
    zh: [
      '{road}路面塌陷了一个大坑，{time}有人骑车摔了',
      '{road}一个井盖不见了，拿树枝插着，晚上太危险',
      '{road}人行道地砖坏了一片，轮椅过不去',
    ],
    en: [
      'There is a deep pothole on {road}; a cyclist fell into it {time}',
      'A manhole cover is missing on {road}, right by the bus stop',
    ],
  },
  'city.streetlight': {
    zh: [
      '{road}的路灯{days}没亮，整条路漆黑',
      '{road}口有根路灯杆被撞歪了，线都露出来',
      '{road}的路灯白天亮着，晚上反而灭',
    ],
    en: [
      'The street lights along {road} have been off for {days}',
      'A lamp post on {road} was hit by a lorry and leans over the pavement',
    ],
  },
  'city.drainage': {
    zh: [
      '{road}一下雨就积水，水没过脚踝，车都熄火了',
      '{road}的雨水口被树叶堵死，积水{days}不退',
      '{road}低洼处内涝，自行车推都推不过去',
    ],
    en: [
      '{road} is flooded after every shower, the storm drain is clogged with leaves',
      'Standing water on {road} for {days}; people wade through it to the school',
    ],
  },
  'city.sanitation': {
    zh: [
      '{road}旁垃圾桶满了{days}没清，苍蝇乱飞',
      '有人把建筑垃圾倒在{road}的空地上，堆成小山',
      '{road}公厕没人打扫，进不去人',
    ],
    en: [
      'The rubbish bins on {road} have not been emptied for {days}',
      'Somebody dumped construction waste beside {road} {time}',
    ],
  },
  'city.greening': {
    zh: [
      '{road}的行道树被风刮断，大树枝横在路上',
      '{road}街心公园的花坛被踩烂了，树也枯了几棵',
      '{road}绿化带很久没修剪，挡住了过马路的视线',
    ],
    en: [
      'A street tree on {road} came down {time} and blocks half of the road',
      'The flower beds in the small park on {road} are trampled and the trees are dying',
    ],
  },
  'city.order': {
    zh: [
      '{road}每天傍晚烧烤摊占道经营，人行道走不了',
      '{road}到处贴满小广告，刚撕掉又贴上',
      '{road}水果店把货架摆到人行道上，占道{days}了',
    ],
    en: [
      'Street vendors occupy the whole pavement of {road} every evening',
      'Illegal advertisements are pasted all over the walls along {road}',
    ],
  },
  'city.construction': {
    zh: [
      '{place}楼顶有人搭违建，还在往上砌砖',
      '{road}旁工地渣土车不盖篷布，泥土洒一路',
      '{estate}一楼业主私自破墙开店，违法建设没人管',
    ],
    en: [
      'The owner on the top floor of {place} is building an illegal extra room on the roof',
      'Trucks from the building site on {road} drop mud all over, the site has no fence',
    ],
  },
  'utility.water': {
    zh: [
      '{place}停水{days}了，没有任何通知',
      '{estate}自来水发黄有铁锈味，不敢喝',
      '{place}高层水压太低，洗澡都没水',
    ],
    en: [
      'No tap water in {place} since {time}, and no notice was given',
      'The tap water in {estate} is brown and smells of rust',
    ],
  },
  'utility.power': {
    zh: [
      '{place}从{time}停电到现在，冰箱里的东西都化了',
      '{estate}电压不稳，灯一闪一闪，空调启动不了',
      '{place}老是跳闸，供电线路怕是老化了',
    ],
    en: [
      'Power cut in {place} since {time}, when will electricity be back?',
      'The voltage in {estate} drops every evening and the breaker trips',
    ],
  },
  'utility.gas': {
    zh: [
      '{place}楼道里有煤气味，怀疑燃气管道漏气',
      '{place}燃气表坏了，{days}打不着火做不了饭',
      '{estate}还没通天然气，什么时候能开通',
    ],
    en: [
      'There is a smell of gas in the corridor of {place}, please send someone at once',
      'The gas meter of our flat in {place} shows an error, we have not been able to cook for {days}',
    ],
  },
  'utility.heating': {
    zh: [
      '{place}暖气片是冷的，屋里才十四度，供暖费都交了',
      '{estate}暖气管道半夜爆响，供热{days}时有时无',
      '{place}{floor}楼供暖温度不达标，热力公司没人来测温',
    ],
    en: [
      'The radiators in {place} are cold, it is 14 degrees inside and we paid for heating',
      'No heating in {estate} for {days}, there are small children here',
    ],
  },
  'utility.telecom': {
    zh: [
      '{place}宽带断网{days}了，客服一直说在修',
      '{estate}地库和电梯口手机没信号，电话打不出去',
      '{road}的通信光缆垂下来，挂在半空',
    ],
    en: [
      'Broadband in {place} has been down for {days}',
      'There is no mobile signal anywhere in {estate}, calls drop all the time',
    ],
  },
  'environment.noise': {
    zh: [
      '{road}的工地半夜还在打桩，吵得全家睡不着',
      '{estate}门口广场舞音响太大，写作业的孩子受不了',
      '{place}楼下的KTV音乐放到凌晨两点，噪音扰民',
    ],
    en: [
      'Construction noise from {road} until two in the morning, we cannot sleep',
      'The loudspeakers of the square dancers outside {estate} are far too loud',
    ],
  },
  'environment.air': {
    zh: [
      '{place}楼下饭店油烟直排，窗户都不敢开',
      '{road}附近厂房{time}排出刺鼻气味，头疼',
      '有人在{road}焚烧垃圾，黑烟飘进屋里',
    ],
    en: [
      'The restaurant below {place} blows its kitchen fumes straight into our flat',
      'Somebody burns rubbish near {road}, the smoke and stench are unbearable',
    ],
  },
  'environment.water': {
    zh: [
      '{road}边的小河河水发黑，漂着死鱼',
      '有管子往{road}旁的河道偷排废水，一股化学味',
      '{estate}后面的池塘长满绿藻，水体发臭',
    ],
    en: [
      'The creek beside {road} turned black and there are dead fish in it',
      'A pipe discharges waste water into the river near {road} every night',
    ],
  },
  'traffic.parking': {
    zh: [
      '{estate}门口两边乱停车，婴儿车推不过去',
      '我的车位在{place}，天天被别人占，打挪车电话也没用',
      '{road}一辆僵尸车停了半年，落满灰',
    ],
    en: [
      'Cars are parked on the sidewalk along {road}, one has to walk in the road',
      'An abandoned car has taken a parking space outside {estate} for months',
    ],
  },
  'traffic.order': {
    zh: [
      '{road}红绿灯坏了{days}，早高峰乱成一团',
      '{road}斑马线磨得看不见了，学生过马路太危险',
      '{road}大货车超速闯红灯，建议装电子眼',
    ],
    en: [
      'The traffic light at {road} has been stuck on red since {time}',
      'The zebra crossing on {road} has worn away and cars no longer stop for the children',
    ],
  },
  'traffic.transit': {
    zh: [
      '{road}公交站{days}没见到6路车，等公交等了一个小时',
      '{road}打车，出租车司机不打表还拒载',
      '{estate}附近没有公交车，老人去医院要走两公里，能不能增设站点',
    ],
    en: [
      'Bus 6 did not stop at {road} {time} although people were waiting at the bus stop',
      'A taxi driver at {road} refused to use the meter',
    ],
  },
  'social.labour': {
    zh: [
      '{road}的餐馆拖欠工资三个月，老板电话不接',
      '公司一直不给交社保，劳动合同也不签，单位在{road}',
      '我在{road}工地受了工伤，单位不肯报工伤认定',
    ],
    en: [
      'My employer on {road} has not paid our wages for three months',
      'The company on {road} never paid our social insurance, where can the labour inspection help?',
    ],
  },
  'social.welfare': {
    zh: [
      '{place}邻居大爷瘫痪在床没有收入，想给他申请低保',
      '残疾人护理补贴{days}没到账，我住{estate}',
      '{road}桥下有流浪老人过夜，天冷了怕冻坏，请救助',
    ],
    en: [
      'My disability allowance has not arrived for {days}, I live in {estate}',
      'A homeless man sleeps under the bridge on {road}, it is getting cold',
    ],
  },
  'social.education': {
    zh: [
      '孩子户口在{estate}，为什么划片不在旁边的小学，学区怎么定的',
      '{road}一家培训机构收了两万学费，补课老师全走了，不退费',
      '中学老师要求家长群里天天打卡，作业太多，孩子写到十二点',
    ],
    en: [
      'Why is {estate} not in the school district of the primary school next to it?',
      'The tutoring school on {road} took the tuition and its teachers are gone',
    ],
  },
  'social.health': {
    zh: [
      '{road}社区卫生服务中心打疫苗排队四个小时，只开一个窗口',
      '{road}有家黑诊所，没有证还给人输液',
      '住院费医保报销{days}没到账，医院和医保局互相推',
    ],
    en: [
      'Four hours of waiting for a vaccination at the clinic on {road}, only one nurse was there',
      'The hospital refuses the reimbursement by my medical insurance',
    ],
  },
  'social.market': {
    zh: [
      '{road}健身房关门跑路，会员卡里还有三千块不给退',
      '在{road}超市买到过期牛奶，店家不承认，孩子喝了拉肚子',
      '{road}水果摊缺斤少两，买五斤回家一称只有四斤',
    ],
    en: [
      'The gym on {road} closed overnight and refuses a refund of my prepaid card',
      'A supermarket on {road} sold us expired milk, my son had food poisoning',
    ],
  },
  'social.housing': {
    zh: [
      '我们买的期房逾期交房一年，开发商说没钱，项目就在{road}',
      '{estate}房产证办了三年没下来，开发商一直推',
      '{road}拆迁补偿款签字{days}了还没到账',
    ],
    en: [
      'The developer of the new flats on {road} is a year late with the handover',
      'We bought in {estate} three years ago and still have no title deed',
    ],
  },
  'mediation.neighbour': {
    zh: [
      '{place}和隔壁邻居因为走廊的鞋柜吵了好几次，希望有人调解',
      '楼上邻居每晚蹦跳，上门说就骂人，我住{place}',
      '{place}邻居家的狗在门口随地大小便，说了不听还吵架',
    ],
    en: [
      'My neighbour in {place} insults us over a shoe cabinet in the corridor, could someone mediate?',
      'A quarrel with the neighbour next door in {place} about a shared wall is getting worse',
    ],
  },
  'mediation.property': {
    zh: [
      '我家被水泡了，{estate}物业不肯赔偿，谈不拢，请来调解',
      '业主跟{estate}物业起冲突，保安打人，物业纠纷请帮忙协调',
      '{estate}物业把我起诉到法院要物业费，可是服务根本没做到，想先跟物业调解',
    ],
    en: [
      'A dispute with the property company of {estate}: it refuses to pay for my flooded car, please mediate',
      'The owners of {place} and the management company had a conflict, please mediate before it goes to court',
    ],
  },
  'mediation.family': {
    zh: [
      '离婚后前夫一直不付孩子的抚养费，我住{place}，请调解',
      '父亲去世后兄弟为{estate}那套房子的继承闹翻了，请调解',
      '三个子女都不赡养老人，老人独自住{place}',
    ],
    en: [
      'My siblings and I quarrel about the inheritance of our late father’s flat in {estate}',
      'My sister in {place} wants a divorce because of domestic violence and needs help',
    ],
  },
  'mediation.labour': {
    zh: [
      '被公司无故辞退，赔偿金谈不拢，想在{road}附近申请劳动仲裁调解',
      '装修公司签了合同又加钱停工，我家在{place}，请调解合同纠纷',
      '包工头说好的工钱少给一半，活是在{road}干的',
    ],
    en: [
      'I was dismissed without notice and my former employer on {road} refuses severance; arbitration?',
      'The renovation company broke our contract for the flat in {place} and wants more money',
    ],
  },
  'other.advice': {
    zh: [
      '建议在{road}的街心公园增加几张座椅，老人走累了能歇歇',
      '请问居住证在哪里办，{estate}附近的服务大厅周末上班吗',
      '感谢{estate}的网格员小林，下雨天帮我妈搬东西，点个赞',
    ],
    en: [
      'I would like to ask where to apply for a residence permit near {estate} and which documents I need',
      'A suggestion: more benches along {road} would be nice for the elderly',
    ],
  },
  'other.unclear': {
    zh: [
      '{estate}上次说的那个事一直没有下文，不知道找谁',
      '有个情况想反映，电话里说不清，我在{place}',
      '{road}这边的老问题了，到底谁来管',
    ],
    en: [
      'It is about the same problem as before at {place}, I don’t know who looks after it',
      'Something odd on {road}, please come and look for yourselves',
    ],
  },
};

/** Too vague to be dispatched automatically; `means` is the category that staff find out. */
export const vague: readonly { text: string; locale: 'zh' | 'en'; means: string }[] = [
  { text: '{estate}，又来了，受不了了', locale: 'zh', means: 'environment.noise' },
  { text: '还是那个老地方，你们看看照片就知道了', locale: 'zh', means: 'city.sanitation' },
  { text: '{place}门口这样{days}了', locale: 'zh', means: 'building.structure' },
  { text: '这个归哪里管啊？打了好几个电话都推来推去', locale: 'zh', means: 'utility.heating' },
  { text: '{road}，真的没法走', locale: 'zh', means: 'city.road' },
  { text: '昨天的师傅来了一下就走了，根本没弄好', locale: 'zh', means: 'building.elevator' },
  { text: '老人一个人在家，能不能帮忙看看', locale: 'zh', means: 'social.welfare' },
  { text: '😡😡😡', locale: 'zh', means: 'property.service' },
  { text: '{estate}东边那一片，越来越不像样', locale: 'zh', means: 'city.order' },
  { text: '楼上楼下都遇到了，不止我一家', locale: 'zh', means: 'utility.water' },
  { text: '他们说不归他们管，我到底该找谁', locale: 'zh', means: 'social.housing' },
  { text: '请派个人来一趟{place}，当面说', locale: 'zh', means: 'mediation.neighbour' },
  { text: 'It happened again at {place}, the same as last week', locale: 'en', means: 'building.access' },
  { text: 'Please come and have a look at {estate}', locale: 'en', means: 'building.greening' },
  { text: 'Nobody picks up the phone. This cannot go on.', locale: 'en', means: 'property.service' },
  { text: '??? {road} ???', locale: 'en', means: 'city.streetlight' },
  {
    text: 'السلام عليكم، يوجد شيء خطير هنا منذ أيام، أرجو المساعدة 🙏',
    locale: 'en',
    means: 'safety.hazard',
  },
  { text: 'الماء مقطوع عن شقتنا منذ أمس ولدينا أطفال صغار', locale: 'en', means: 'utility.water' },
  { text: 'ئۆيىمىزنىڭ ئالدى بەك قالايمىقان بولۇپ كەتتى', locale: 'zh', means: 'city.sanitation' },
];

/** Traditional characters, Cantonese, emoji: texts that must be stored unchanged. */
export const otherTongues: readonly { text: string; category: string }[] = [
  { text: '{place}部𨋢壞咗{days}，阿婆行唔到樓梯，唔該快啲搵人整 🙏', category: 'building.elevator' },
  { text: '樓上漏水漏到落嚟，{place}成個天花板濕晒 💧💧', category: 'building.leak' },
  { text: '{road}啲街燈全部唔着，夜晚黑到乜都睇唔到', category: 'city.streetlight' },
  { text: '{estate}樓下成晚播音樂，嘈到瞓唔着 😭', category: 'environment.noise' },
  { text: '{road}嘅垃圾桶爆晒，啲曱甴周圍走 🪳', category: 'city.sanitation' },
  { text: '🚗🚗🚗{estate}门口又被堵死了，乱停车没人管🤬', category: 'traffic.parking' },
  { text: '👨‍👩‍👧‍👦 一家人等公交等了四十分钟，{road}的公交车到底还来不来 🚌❓', category: 'traffic.transit' },
  { text: '{place}停電喇！雪櫃啲嘢全部溶晒', category: 'utility.power' },
];

/** Advertisements, which are declined. */
export const nonsense: readonly { text: string; locale: 'zh' | 'en' }[] = [
  { text: '加微信领优惠券，低价代购，量大从优～', locale: 'zh' },
  { text: 'asdf asdf qwer 1234', locale: 'en' },
  { text: '🎉🎉恭喜您中奖，点击领取🎉🎉', locale: 'zh' },
];

/** Added to sentences, so that no two reports are the same. */
export const endings = {
  zh: [
    '',
    '',
    '',
    '，麻烦尽快处理',
    '，谢谢！',
    '。已经反映过两次了',
    '，拜托了🙏',
    '，请给个答复',
    '，急！',
  ],
  en: [
    '',
    '',
    '',
    '. Please look into it',
    '. Thank you!',
    '. This is the second time I report it',
    ' 🙏',
    '. Urgent!',
  ],
} as const;

export const days = {
  zh: ['两天', '三天', '快一周', '半个月', '一个多月'],
  en: ['two days', 'three days', 'nearly a week', 'a fortnight', 'over a month'],
} as const;

export const times = {
  zh: ['昨晚', '今天早上', '凌晨三点', '昨天下午', '今早七点'],
  en: ['last night', 'this morning', 'at three in the night', 'yesterday afternoon', 'at seven this morning'],
} as const;

export const roads = [
  { zh: '柳岸路', en: 'Liu’an Road' },
  { zh: '芦影街', en: 'Luying Street' },
  { zh: '东濠巷', en: 'Donghao Lane' },
  { zh: '青砚大道', en: 'Qingyan Avenue' },
  { zh: '渡口路', en: 'Ferry Road' },
  { zh: '槐花街', en: 'Huaihua Street' },
] as const;

export const people = {
  zh: ['赵敏', '钱伟', '孙丽', '李建国', '周婷', '吴大爷', '郑女士', '王芳', '冯先生', '陈阿姨', '欧阳静'],
  en: ['Anna Lindqvist', 'J. Okafor', 'Maria Silva', 'Tom', 'Priya N.', 'O’Brien', 'Mehmet Yılmaz'],
} as const;
