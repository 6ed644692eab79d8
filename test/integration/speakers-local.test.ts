/** The box's own loudspeaker on a real sound server, recorded and listened to; and players that fail, hang or lie. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AnnounceRequest } from '../../src/announcer/announcer';
import { encodeWav, parseWav, rmsRatio, type Sound } from '../../src/announcer/sound/wav';
import { createSpeaker } from '../../src/announcer/speakers/create';
import type { Speaker } from '../../src/announcer/speakers/speaker';
import { commands, startAnnouncing, temporaryFolder, until } from '../support/announcing';
import { locate, startPulse } from '../support/pulse';
import { processesWith } from '../support/rtsp/processes';

const NEVER = new AbortController().signal;
const SOUND_MS = 300;

jest.setTimeout(60_000);

/** Short, so that a hanging player is found out soon. */
const TONE: Sound = {
  ...{ sampleRateHz: 22050, channels: 1 },
  samples: Int16Array.from({ length: (22050 * SOUND_MS) / 1000 }, (_, i) => Math.round(9000 * Math.sin(i / 8))),
};

async function play(speaker: Speaker, folder: string, { signal = NEVER, volumePercent = 100 } = {}) {
  const wavPath = path.join(folder, 'tone.wav');
  await writeFile(wavPath, encodeWav(TONE));
  return speaker.play({ wavPath, label: 'zh-CN-base', volumePercent }, signal);
}

async function soundOf(wavPath: string | null): Promise<Sound> {
  return parseWav(await readFile(wavPath ?? 'no WAV'));
}

test('Mandarin, then dialect, are both heard in full and do not overlap', async () => {
  const request: AnnounceRequest = { incidentId: 'i1', phraseId: 'thanks', lang: 'zh-CN', slots: {} };
  await using pulse = await startPulse();
  await using home = await temporaryFolder();
  await using speaking = startAnnouncing({ ...home, speaker: { kind: 'local', device: pulse.sink } });
  const mandarin = await speaking.announcer.announce(request);
  const dialect = await speaking.announcer.announce({ ...request, lang: 'wuu' });
  const confirmed = { voice: 'synthetic', playback: 'confirmed', reason: null, proof: 'sound' };
  expect(mandarin).toMatchObject({ ...confirmed, lang: 'zh-CN', text: '谢谢配合，头盔戴好了，路上当心！' });
  expect(dialect).toMatchObject({ ...confirmed, lang: 'wuu' });
  expect(speaking.announcer.state()).toMatchObject({ speaker: 'ready', player: 'paplay horn' });
  const heard = await pulse.heard();
  const first = locate(heard, await soundOf(mandarin.wavPath));
  const second = locate(heard, await soundOf(dialect.wavPath));
  expect(first.likeness).toBeGreaterThan(0.95);
  expect(second.likeness).toBeGreaterThan(0.95);
  expect(second.startMs).toBeGreaterThanOrEqual(first.endMs - 20);
});

test('the volume is heard: 25 % has a quarter of the amplitude', async () => {
  await using pulse = await startPulse();
  await using home = await temporaryFolder();
  const speaker = createSpeaker({ kind: 'local', device: pulse.sink }, home.folder);
  const played = await play(speaker, home.folder, { volumePercent: 25 });
  expect(played).toMatchObject({ playback: 'confirmed', proof: 'sound' });
  const heard = await pulse.heard();
  const { startMs, endMs, likeness } = locate(heard, TONE);
  const part = heard.samples.subarray((startMs * 22050) / 1000, (endMs * 22050) / 1000);
  expect(likeness).toBeGreaterThan(0.95);
  expect(rmsRatio({ ...heard, samples: part }) / rmsRatio(TONE)).toBeCloseTo(0.25, 1);
});

test('without PulseAudio the sound goes through ALSA, where nobody listens', async () => {
  await using pulse = await startPulse();
  await using home = await temporaryFolder();
  using _ = await commands(home.folder, { paplay: 'exit 1' });
  const speaker = createSpeaker({ kind: 'local', device: 'pulse' }, home.folder);
  expect(await play(speaker, home.folder)).toMatchObject({ playback: 'confirmed', reason: null, proof: 'player' });
  expect(speaker.description).toBe('aplay pulse');
  expect(locate(await pulse.heard(), TONE).likeness).toBeGreaterThan(0.9);
});

test('without parec the end of the player is what confirms', async () => {
  await using pulse = await startPulse();
  await using home = await temporaryFolder();
  using _ = await commands(home.folder, { parec: 'exit 1' });
  const speaker = createSpeaker({ kind: 'local', device: pulse.sink }, home.folder);
  expect(await play(speaker, home.folder)).toMatchObject({ playback: 'confirmed', reason: null, proof: 'player' });
});

describe('a speaker that does not play', () => {
  test.each([
    {
      title: 'no player is installed',
      scripts: {},
      played: { playback: 'failed', reason: 'no_speaker: paplay is not installed; aplay is not installed' },
    },
    {
      title: 'no device answers',
      scripts: { paplay: 'echo "Connection refused" >&2; exit 1', aplay: 'echo "no soundcards" >&2; exit 1' },
      played: {
        playback: 'failed',
        reason:
          'no_speaker: player_failed: paplay ended with 1: Connection refused; player_failed: aplay ended with 1: no soundcards',
      },
    },
    {
      title: 'the device is lost in mid-sentence',
      scripts: { paplay: 'case "$*" in *check-*) exit 0;; esac; (sleep 0.1; echo "device gone" >&2) & exit 1' },
      played: { playback: 'failed', reason: 'player_failed: paplay ended with 1: device gone' },
    },
    {
      title: 'the player only pretends to play',
      scripts: { paplay: 'exit 0' },
      played: {
        playback: 'unconfirmed',
        reason: expect.stringMatching(/^played_too_fast: \d+ ms for a sound of 300 ms$/),
      },
    },
  ] as const)('$title: reported, and the next prompt is tried again', async ({ scripts, played }) => {
    await using pulse = await startPulse();
    await using home = await temporaryFolder();
    const speaker = createSpeaker({ kind: 'local', device: pulse.sink }, home.folder);
    {
      using _ = await commands(home.folder, scripts, 'nothing-else');
      expect(await play(speaker, home.folder)).toMatchObject({ ...played, proof: null });
    }
    expect(await play(speaker, home.folder)).toMatchObject({ playback: 'confirmed', reason: null });
    expect(locate(await pulse.heard(), TONE).likeness).toBeGreaterThan(0.95);
  });

  test.each([
    {
      title: 'plays into nowhere',
      player: 'exec sleep 0.4',
      why: /^not_heard: the monitor of horn stayed silent$/,
    },
    {
      title: 'plays something else',
      player: 'exec /usr/bin/paplay --device=horn --raw --rate=22050 --channels=1 --format=s16le "$HUM"',
      why: /^not_heard: the monitor of horn heard something else \(likeness 0\.\d\d of 0\.7\)$/,
    },
  ])('a player that $title does not confirm what the sound card did not do', async ({ player, why }) => {
    await using pulse = await startPulse();
    await using home = await temporaryFolder();
    const hum = path.join(home.folder, 'hum');
    const samples = Int16Array.from({ length: 22050 * 0.7 }, (_, i) => 4000 * Math.sin(i / 30));
    await writeFile(hum, Buffer.from(samples.buffer));
    using _ = await commands(home.folder, {
      paplay: `case "$*" in *check-*) exit 0;; esac; HUM=${hum}; ${player}`,
    });
    const speaker = createSpeaker({ kind: 'local', device: pulse.sink }, home.folder);
    const played = await play(speaker, home.folder);
    expect(played).toMatchObject({ playback: 'unconfirmed', reason: expect.stringMatching(why), proof: null });
  });

  const hanging = (pidFile: string) =>
    `case "$*" in *check-*) exit 0;; esac; trap '' TERM; echo $$ > ${pidFile}; while :; do /bin/sleep 1; done`;

  test('a player that hangs is killed', async () => {
    await using home = await temporaryFolder();
    const pidFile = path.join(home.folder, 'pid');
    using _ = await commands(home.folder, { paplay: hanging(pidFile) });
    const speaker = createSpeaker({ kind: 'local' }, home.folder);
    const played = await play(speaker, home.folder);
    expect(played).toMatchObject({ playback: 'failed', reason: 'player_hung: paplay killed after 3300 ms' });
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('it stops in the middle when told to, and leaves neither player nor listener', async () => {
    await using pulse = await startPulse();
    await using home = await temporaryFolder();
    const pidFile = path.join(home.folder, 'pid');
    using _ = await commands(home.folder, { paplay: hanging(pidFile) });
    const speaker = createSpeaker({ kind: 'local', device: pulse.sink }, home.folder);
    const stop = new AbortController();
    const playing = play(speaker, home.folder, { signal: stop.signal });
    await until('the player', () => processesWith(pidFile).size > 0 || processesWith('paplay').size > 0);
    await until('the listener', () => processesWith('--client-name=anqi').size > 0);
    stop.abort();
    expect(await playing).toMatchObject({ playback: 'failed', reason: 'stopped' });
    expect([...processesWith(home.folder).values()].filter((line) => line.includes('paplay'))).toEqual([]);
    expect([...processesWith('parec --client-name=anqi').values()]).toEqual([]);
  });
});
