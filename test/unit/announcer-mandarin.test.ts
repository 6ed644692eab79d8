import { mandarinScript } from '../../src/announcer/mandarin';

describe('readings of our sentences', () => {
  test.each([
    ['这位穿蓝色衬衫的骑手朋友', 'zhe4 wei4 chuan1 lan2 se4 chen4 shan1 de5 qi2 shou3 peng2 you5'],
    ['请两位都戴好头盔再走', 'qing3 liang3 wei4 dou1 dai4 hao3 tou2 kui1 zai4 zou3'],
    ['后座的乘客也请戴好头盔', 'hou4 zuo4 de5 cheng2 ke4 ye3 qing3 dai4 hao3 tou2 kui1'],
    ['孩子安全最要紧', 'hai2 zi5 an1 quan2 zui4 yao4 jin3'],
    ['头盔放在车筐里不管用', 'tou2 kui1 fang4 zai4 che1 kuang1 li3 bu4 guan3 yong4'],
    ['再提醒一次', 'zai4 ti2 xing3 yi2 ci4'],
    ['帽子不能代替头盔', 'mao4 zi5 bu4 neng2 dai4 ti4 tou2 kui1'],
    ['路上当心', 'lu4 shang5 dang1 xin1'],
    ['谢谢配合', 'xie4 xie5 pei4 he2'],
    ['您已经被抓拍', 'nin2 yi3 jing1 bei4 zhua1 pai1'],
    ['绿色女士', 'lv4 se4 nv3 shi4'],
    ['穿着长袖', 'chuan1 zhe5 chang2 xiu4'],
    ['还不行', 'hai2 bu4 xing2'],
  ])('%s', (text, pinyin) => {
    expect(mandarinScript(text).input).toBe(pinyin);
  });

  test('marks become pauses', () => {
    expect(mandarinScript('好，好：好。好！').input).toBe('hao3 , hao3 , hao3 . hao3 !');
  });
});

describe('what cannot be said', () => {
  test.each([
    ['', 'there is nothing to say'],
    ['，！', 'there is nothing to say'],
    ['请戴头盔😀', '"😀" has no reading'],
    ['请戴 helmet', '"h" has no reading'],
    ['请$(reboot)', '"$" has no reading'],
    ['请"戴"', '""" has no reading'],
    ['<speak>请</speak>', '"<" has no reading'],
    ['[[请]]', '"[" has no reading'],
    ['请'.repeat(500), '500 of 300 characters'],
  ])('%p', (text, message) => {
    expect(() => mandarinScript(text)).toThrow(message);
  });
});
