/** Readings are written down from 《现代汉语词典》, not taken from the program; 5 is the neutral tone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mandarinScript } from '../../src/announcer/voices/mandarin';

/** The pinyin alone, without rests. */
function readingOf(text: string): string {
  return mandarinScript(text)
    .input.replaceAll(/<[^>]*>|[^a-z0-9 ]/gu, '')
    .trim()
    .replaceAll(/ +/gu, ' ');
}

/** Every clause of the fixed wording and every word of a slot: nothing is said that is not in this table. */
const CLAUSES: Readonly<Record<string, string>> = {
  这位: 'zhe4 wei4',
  穿: 'chuan1',
  的: 'de5',
  请把头盔戴好: 'qing3 ba3 tou2 kui1 dai4 hao3',
  谢谢: 'xie4 xie5',
  您已经被抓拍: 'nin2 yi3 jing1 bei4 zhua1 pai1',
  请拿起头盔戴好: 'qing3 na2 qi3 tou2 kui1 dai4 hao3',
  后座的乘客也请戴好头盔: 'hou4 zuo4 de5 cheng2 ke4 ye3 qing3 dai4 hao3 tou2 kui1',
  骑电动车的朋友: 'qi2 dian4 dong4 che1 de5 peng2 you5',
  车上的小朋友也要戴头盔: 'che1 shang4 de5 xiao3 peng2 you5 ye3 yao4 dai4 tou2 kui1',
  孩子安全最要紧: 'hai2 zi5 an1 quan2 zui4 yao4 jin3',
  请两位都戴好头盔再走: 'qing3 liang3 wei4 dou1 dai4 hao3 tou2 kui1 zai4 zou3',
  头盔放在车筐里不管用: 'tou2 kui1 fang4 zai4 che1 kuang1 li5 bu4 guan3 yong4',
  请戴到头上再走: 'qing3 dai4 dao4 tou2 shang5 zai4 zou3',
  帽子不能代替头盔: 'mao4 zi5 bu4 neng2 dai4 ti4 tou2 kui1',
  请戴好头盔: 'qing3 dai4 hao3 tou2 kui1',
  再提醒一次: 'zai4 ti2 xing3 yi2 ci4',
  请戴好头盔再起步: 'qing3 dai4 hao3 tou2 kui1 zai4 qi3 bu4',
  等红灯的各位: 'deng3 hong2 deng1 de5 ge4 wei4',
  骑车请戴好头盔: 'qi2 che1 qing3 dai4 hao3 tou2 kui1',
  谢谢配合: 'xie4 xie5 pei4 he2',
  头盔戴好了: 'tou2 kui1 dai4 hao3 le5',
  路上当心: 'lu4 shang5 dang1 xin1',
  请戴好头盔再走: 'qing3 dai4 hao3 tou2 kui1 zai4 zou3',
};
const WORDS: Readonly<Record<string, string>> = {
  黑色: 'hei1 se4',
  白色: 'bai2 se4',
  灰色: 'hui1 se4',
  红色: 'hong2 se4',
  橙色: 'cheng2 se4',
  黄色: 'huang2 se4',
  绿色: 'lv4 se4',
  蓝色: 'lan2 se4',
  紫色: 'zi3 se4',
  粉色: 'fen3 se4',
  棕色: 'zong1 se4',
  衣服: 'yi1 fu5',
  衬衫: 'chen4 shan1',
  短袖: 'duan3 xiu4',
  夹克: 'jia1 ke4',
  外套: 'wai4 tao4',
  马甲: 'ma3 jia3',
  毛衣: 'mao2 yi1',
  羽绒服: 'yu3 rong2 fu2',
  雨衣: 'yu3 yi1',
  工作服: 'gong1 zuo4 fu2',
  裙子: 'qun2 zi5',
  骑手朋友: 'qi2 shou3 peng2 you5',
  乘客: 'cheng2 ke4',
  先生: 'xian1 sheng5',
  女士: 'nv3 shi4',
  靠左边: 'kao4 zuo3 bian5',
  靠右边: 'kao4 you4 bian5',
  前面: 'qian2 mian4',
  后面: 'hou4 mian4',
  前座: 'qian2 zuo4',
  后座: 'hou4 zuo4',
};

describe('readings of our sentences', () => {
  test.each(Object.entries({ ...CLAUSES, ...WORDS }))('%s: %s', (text, pinyin) => {
    expect(readingOf(text)).toBe(pinyin);
  });

  test('cover every clause and every slot word of the wording', () => {
    const book: unknown = JSON.parse(readFileSync(path.join(__dirname, '../../audio/phrases.json'), 'utf8'));
    const texts = [
      ...JSON.stringify(book).matchAll(/"zh-CN":(?:\{"text":"([^"]*)"(?:,"neutral":"([^"]*)")?|"([^"]*)")/gu),
    ];
    const said = texts.flatMap(([, ...groups]) => groups.flatMap((text) => text?.split(/[，。！：、{}[\]]/u) ?? []));
    const slots = new Set(['', 'colour', 'garment', 'addressee', 'side', 'seat']);
    expect(said.length).toBeGreaterThan(80);
    expect(said.filter((each) => !slots.has(each) && !(each in CLAUSES) && !(each in WORDS))).toEqual([]);
  });

  test.each([
    ['后面这位后座穿粉色马甲的乘客', 'hou4 mian4 zhe4 wei4 hou4 zuo4 chuan1 fen3 se4 ma3 jia3 de5 cheng2 ke4'],
    ['这位穿绿色裙子的女士', 'zhe4 wei4 chuan1 lv4 se4 qun2 zi5 de5 nv3 shi4'],
    ['靠右边这位穿蓝色衬衫的先生', 'kao4 you4 bian5 zhe4 wei4 chuan1 lan2 se4 chen4 shan1 de5 xian1 sheng5'],
  ])('hold within a sentence: %s', (text, pinyin) => expect(readingOf(text)).toBe(pinyin));
});

describe('characters with several readings, in words a site may write', () => {
  test.each([
    ['还没戴头盔', 'hai2 mei2 dai4 tou2 kui1'],
    ['请归还', 'qing3 gui1 huan2'],
    ['还不行', 'hai2 bu4 xing2'],
    ['行人先行', 'xing2 ren2 xian1 xing2'],
    ['银行门口', 'yin2 hang2 men2 kou3'],
    ['非机动车道行驶', 'fei1 ji1 dong4 che1 dao4 xing2 shi3'],
    ['单行道', 'dan1 xing2 dao4'],
    ['长兴县', 'chang2 xing1 xian4'],
    ['队长', 'dui4 zhang3'],
    ['穿着长袖', 'chuan1 zhe5 chang2 xiu4'],
    ['看着前面', 'kan4 zhe5 qian2 mian4'],
    ['您得戴头盔', 'nin2 dei3 dai4 tou2 kui1'],
    ['骑得快', 'qi2 de5 kuai4'],
    ['觉得热', 'jue2 de5 re4'],
    ['大家都戴', 'da4 jia1 dou1 dai4'],
    ['首都', 'shou3 du1'],
    ['重新戴好', 'chong2 xin1 dai4 hao3'],
    ['很重要', 'hen3 zhong4 yao4'],
    ['系好头盔带', 'ji4 hao3 tou2 kui1 dai4'],
    ['不要载人', 'bu2 yao4 zai4 ren2'],
    ['注意倒车', 'zhu4 yi4 dao4 che1'],
    ['一起', 'yi4 qi3'],
    ['为了您的安全', 'wei4 le5 nin2 de5 an1 quan2'],
  ])('%s', (text, pinyin) => expect(readingOf(text)).toBe(pinyin));
});

describe('marks', () => {
  test('become rests, and neighbouring ones a single rest', () => {
    expect(mandarinScript('好，好：好。！好！').input).toBe(
      'hao3 ,<break time="280ms"/> hao3 ,<break time="320ms"/> hao3 .<break time="450ms"/> hao3 !<break time="450ms"/>',
    );
  });
});

describe('what cannot be said', () => {
  test.each([
    ['', 'there is nothing to say'],
    ['，！', 'there is nothing to say'],
    ['请戴头盔😀', '"😀" has no reading'],
    ['请戴 helmet', '"h" has no reading'],
    ['请戴2次', '"2" has no reading'],
    ['请$(reboot)', '"$" has no reading'],
    ['请"戴"', '""" has no reading'],
    ['<speak>请</speak>', '"<" has no reading'],
    ['[[请]]', '"[" has no reading'],
    ['请'.repeat(500), '500 of 300 characters'],
  ])('%p', (text, message) => {
    expect(() => mandarinScript(text)).toThrow(message);
  });
});
