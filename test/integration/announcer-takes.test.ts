/** Speech instead of tones: every word of the dialect's list, said by the machine voice in a room, judged as a take. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { resampled } from '../../src/announcer/sound/resample';
import { durationMs, encodeWav, FULL_SCALE, fromFloat, parseWav, type Sound } from '../../src/announcer/sound/wav';
import { recordingList } from '../../src/announcer/voices/recording-list';
import { judgeTake, seriousFaults } from '../../src/announcer/voices/take';
import { Voices } from '../../src/announcer/voices/voices';
import { AUDIO_DIR, PHRASES, temporaryFolder } from '../support/announcing';
import { noiseOf } from '../support/takes';

jest.setTimeout(300_000);

const BESIDE_MS = 400;
const RATE_HZ = 48_000;
/** A voice half a metre away: half as loud as a prompt. */
const GAIN = 0.5;
/** Noise of a silent, a quiet and an ordinary room: RMS, 0–1 of full scale. */
const ROOMS = [0, 0.0005, 0.003];

/** `noise`: RMS, 0–1 of full scale. */
function inRoom({ samples }: Sound, noise: number): Sound {
  const beside = (BESIDE_MS / 1000) * RATE_HZ;
  const hiss = noiseOf(5);
  const heard = Float64Array.from(
    { length: samples.length + 2 * beside },
    (_, i) => (samples[i - beside] ?? 0) * GAIN + FULL_SCALE * noise * hiss(),
  );
  return { sampleRateHz: RATE_HZ, channels: 1, samples: fromFloat(heard) };
}

async function words(folder: string): Promise<readonly { readonly text: string; readonly sound: Sound }[]> {
  const options = { audioDir: AUDIO_DIR, cacheDir: path.join(folder, 'cache') };
  const voices = new Voices(options, { warn: () => undefined });
  const spoken: { text: string; sound: Sound }[] = [];
  for (const { words: text } of recordingList(PHRASES, 'wuu')) {
    const wording = { lang: 'wuu', parts: [{ kind: 'fixed', text }], neutralText: text } as const;
    const { wavPath } = await voices.soundFor(wording, new AbortController().signal);
    spoken.push({ text, sound: resampled(parseWav(await readFile(wavPath)), RATE_HZ) });
  }
  return spoken;
}

test('each is a good take in a silent, a quiet or an ordinary room, found where it is', async () => {
  await using home = await temporaryFolder();
  for (const [index, { text, sound }] of (await words(home.folder)).entries()) {
    const noise = ROOMS[index % ROOMS.length] ?? 0;
    const { advice, startMs, endMs, cut } = judgeTake(inRoom(sound, noise), text);
    expect({ text, noise, advice }).toEqual({ text, noise, advice: [] });
    // A soft onset may drown, no more.
    expect(Math.abs((startMs ?? 0) - BESIDE_MS)).toBeLessThanOrEqual(70);
    expect(Math.abs((endMs ?? 0) - BESIDE_MS - durationMs(sound))).toBeLessThanOrEqual(70);
    expect(cut === null ? ['nothing kept'] : seriousFaults(encodeWav(cut), text)).toEqual([]);
  }
});
