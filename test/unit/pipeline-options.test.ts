/** From the configuration to what decides. */
import { parseConfig } from '../../src/config/load';
import type { Config } from '../../src/config/schema';
import { ladder, minuteOfDay, pipelineOptions, turnPolicy } from '../../src/pipeline-options';
import { THRESHOLDS } from '../support/rules';

const MINIMAL = `
version: 1
node: { id: box-1 }
cameras:
  - { id: east, url: "rtsp://192.0.2.10/1" }
`;

function configOf(text: string): Config {
  const result = parseConfig(text, {});
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

const prompts = (keys: string): Config['prompts'] => configOf(`${MINIMAL}\nprompts: { ${keys} }`).prompts;
const times = 'reactionMs: 8000, reminderAfterMs: 15000';

describe('the ladder', () => {
  it.each([
    ['dialect and reminder', `${times}`, ['zh-CN request 8000', 'wuu request 15000', 'zh-CN reminder 15000']],
    ['no reminder', `${times}, reminders: 0`, ['zh-CN request 8000', 'wuu request 8000']],
    ['no dialect', `${times}, dialect: none`, ['zh-CN request 15000', 'zh-CN reminder 15000']],
    ['neither', `${times}, dialect: none, reminders: 0`, ['zh-CN request 8000']],
  ])('with %s', (_case, keys, rungs) => {
    expect(ladder(prompts(keys)).map(({ lang, kind, waitMs }) => `${lang} ${kind} ${waitMs}`)).toEqual(rungs);
  });
});

describe('the manners of the speaker', () => {
  it('are quiet from ten to six unless the site says otherwise', () => {
    expect(turnPolicy(configOf(MINIMAL).prompts).quiet).toEqual({ fromMinute: 1320, toMinute: 360 });
    expect(turnPolicy(prompts('quietHours: { from: "12:05", to: "14:30" }')).quiet).toEqual({
      fromMinute: 725,
      toMinute: 870,
    });
    expect(turnPolicy(prompts('quietHours: null')).quiet).toBeNull();
  });

  it.each([
    ['an ordinary site', 'noiseSensitive: false', false],
    ['a noise-sensitive site', 'noiseSensitive: true', true],
    ['a noise-sensitive site with an approval', 'noiseSensitive: true, approvalNumber: "2026-17"', false],
  ])('let %s be silenced: %s', (_case, keys, isSilenced) => {
    expect(turnPolicy(prompts(keys)).isSilenced).toBe(isSilenced);
  });

  it('leave a share of the speaker’s own volume at noon and in the evening', () => {
    expect(turnPolicy(configOf(MINIMAL).prompts, 80).volume).toEqual({
      dayPercent: 80,
      levels: [
        { fromMinute: 690, toMinute: 840, percent: 56 },
        { fromMinute: 1140, toMinute: 1320, percent: 48 },
      ],
    });
    const site = prompts('volume: { day: 90, evening: { from: "18:00", to: "21:00", percent: 0 } }');
    expect(turnPolicy(site).volume).toMatchObject({ dayPercent: 90, levels: [{ percent: 70 }, { percent: 0 }] });
  });

  it('take gap, cap and patience from the configuration', () => {
    expect(turnPolicy(prompts('minGapMs: 700, maxPerHour: 9, maxWaitMs: 4000'))).toMatchObject({
      minGapMs: 700,
      maxPerHour: 9,
      maxWaitMs: 4000,
    });
  });
});

describe('the minute of the day', () => {
  const noonUtc = Date.UTC(2026, 6, 1, 12, 34, 56);

  it.each([
    ['UTC', 12 * 60 + 34],
    ['Asia/Shanghai', 20 * 60 + 34],
    ['Asia/Kolkata', 18 * 60 + 4],
    // British Summer Time in July.
    ['Europe/London', 13 * 60 + 34],
  ])('in %s', (zone, minute) => expect(minuteOfDay(noonUtc, zone)).toBe(minute));

  it('begins at 0 and ends at 1439', () => {
    expect(minuteOfDay(Date.UTC(2026, 0, 1, 16, 0), 'Asia/Shanghai')).toBe(0);
    expect(minuteOfDay(Date.UTC(2026, 0, 1, 15, 59, 59), 'Asia/Shanghai')).toBe(1439);
  });
});

describe('a camera', () => {
  const models = [{ name: 'head-classifier', version: '1', sha256: 'a'.repeat(64) }];
  const detector = { models, thresholds: THRESHOLDS, providerProblem: null };

  function optionsOf(text: string) {
    const config = configOf(text);
    const [camera] = config.cameras;
    if (camera === undefined) throw new Error('no camera');
    return pipelineOptions(config, camera, detector);
  }

  it('decides with the thresholds of the models and the times of the configuration', () => {
    const options = optionsOf(`${MINIMAL}\ndecision: { lostForMs: 4000, correctedAfterMs: 1500 }`);
    expect(options.tracker).toEqual({
      minConfidence: 0.12,
      confirmConfidence: 0.4,
      confirmAfterMs: 300,
      lostForMs: 4000,
    });
    expect(options.riders).toMatchObject({ ...THRESHOLDS['head-finder'], vote: THRESHOLDS['head-classifier'] });
    expect(options.policy).toMatchObject({ correctedAfterMs: 1500, saysThanks: true });
  });

  it('says of its site what is known and nothing else', () => {
    expect(optionsOf(MINIMAL).camera).toEqual({
      cameraId: 'east',
      timeZone: 'Asia/Shanghai',
      model: { name: 'head-classifier', sha256: 'a'.repeat(64) },
      site: { lat: 0, lon: 0, lane: 0 },
    });
  });
});
