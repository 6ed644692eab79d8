import {
  durationMs,
  encodeWav,
  normalised,
  parseWav,
  peakRatio,
  rmsRatio,
  type Sound,
  scaled,
  silence,
} from '../../src/announcer/sound/wav';

const sine = (amplitude: number): Sound => ({
  sampleRateHz: 8000,
  channels: 1,
  samples: Int16Array.from({ length: 8000 }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * 100 * i) / 8000)),
  ),
});

test('what was written is read back', () => {
  const sound = sine(20000);
  expect(parseWav(encodeWav(sound))).toEqual(sound);
  expect(durationMs(sound)).toBe(1000);
});

test('chunks before the sound are skipped, odd ones with their padding', () => {
  const file = encodeWav(sine(1000));
  const extra = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
  expect(parseWav(Buffer.concat([file.subarray(0, 12), extra, file.subarray(12)])).samples).toHaveLength(8000);
});

test.each([
  ['an empty file', Buffer.alloc(0), 'not a WAV file'],
  ['something else', Buffer.from('ID3 and so on, an MP3'), 'not a WAV file'],
  ['a header only', encodeWav(sine(1)).subarray(0, 36), 'without sound data'],
  ['a cut-off file', encodeWav(sine(1)).subarray(0, 1000), 'WAV cut off: 956 of 16000 bytes'],
])('%s is refused', (_case, file, message) => {
  expect(() => parseWav(file)).toThrow(message);
});

test.each([
  ['8 bits', 34, 8, '8 bits'],
  ['a compressed format', 20, 85, 'format 85'],
  ['six channels', 22, 6, '6 channels'],
])('%s is refused', (_case, offset, value, message) => {
  const file = encodeWav(sine(1));
  file.writeUInt16LE(value, offset);
  expect(() => parseWav(file)).toThrow(message);
});

test.each([100, 5000, 32767])('a peak of %d is brought to the target without clipping', (amplitude) => {
  const level = normalised(sine(amplitude), 0.7);
  expect(peakRatio(level)).toBeCloseTo(0.7, 2);
  expect(rmsRatio(level)).toBeCloseTo(0.7 / Math.SQRT2, 2);
});

test('silence stays silence, and scaling never leaves the range', () => {
  expect(peakRatio(normalised(silence(100, 8000), 0.7))).toBe(0);
  expect(rmsRatio(silence(0, 8000))).toBe(0);
  expect(peakRatio(scaled(sine(30000), 4))).toBe(1);
});
