/**
 * Mandarin words that the pinyin package reads wrongly, or without their neutral tone, after 《现代汉语词典》 (7th edition).
 * Those of the prompts and those a site's own wording is likely to use. Longer words win over shorter ones. Pure.
 */
export const READINGS: Readonly<Record<string, string>> = {
  // neutral tones
  谢谢: 'xiè xie',
  朋友: 'péng you',
  先生: 'xiān sheng',
  裙子: 'qún zi',
  左边: 'zuǒ bian',
  右边: 'yòu bian',
  路上: 'lù shang',
  头上: 'tóu shang',
  身上: 'shēn shang',
  晚上: 'wǎn shang',
  早上: 'zǎo shang',
  车筐里: 'chē kuāng li',
  车里: 'chē li',
  // 当 dāng, to take care; dàng only where something is taken for something else
  当心: 'dāng xīn',
  路上当心: 'lù shang dāng xīn',
  // 行 xíng, to go; háng is a row or a trade
  行驶: 'xíng shǐ',
  车道行驶: 'chē dào xíng shǐ',
  单行道: 'dān xíng dào',
  单行线: 'dān xíng xiàn',
  // 系 jì, to fasten; xì is a system
  系好: 'jì hǎo',
  系紧: 'jì jǐn',
  系上: 'jì shang',
  系牢: 'jì láo',
  // 得 děi, must; de between a verb and how it is done
  得戴: 'děi dài',
  得先: 'děi xiān',
  得把: 'děi bǎ',
  都得: 'dōu děi',
  戴得: 'dài de',
  骑得: 'qí de',
  开得: 'kāi de',
  跑得: 'pǎo de',
  走得: 'zǒu de',
  说得: 'shuō de',
  坐得: 'zuò de',
  // 载 zài, to carry; zǎi is a year
  载人: 'zài rén',
  载客: 'zài kè',
  载货: 'zài huò',
  // 倒 dào, backwards; dǎo is to fall
  倒车: 'dào chē',
  // 还 hái, still; huán is to give back
  还得: 'hái děi',
  还是: 'hái shi',
};
