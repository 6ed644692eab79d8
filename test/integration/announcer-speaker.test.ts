/** Prompts on a real sound server, recorded and listened to; and players that are missing, fail, hang or lie. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AnnounceRequest } from '../../src/announcer/announcer';
import { encodeWav, parseWav, rmsRatio, type Sound } from '../../src/announcer/wav';
import { commands, startAnnouncing, temporaryFolder } from '../support/announcing';
import { locate, startPulse } from '../support/pulse';

const MANDARIN: AnnounceRequest = { incidentId: 'i1', phraseId: 'thanks', lang: 'zh-CN', slots: {} };
const DIALECT: AnnounceRequest = { ...MANDARIN, lang: 'wuu' };
const CLIP_MS = 300;
const LOCAL = { kind: 'local' } as const;

jest.setTimeout(60_000);

/** A site's own clip of the thanks phrase: short, so that a hanging player is found out soon. */
async function withClip(folder: string): Promise<string> {
  const samples = Int16Array.from({ length: (22050 * CLIP_MS) / 1000 }, (_, i) => Math.round(9000 * Math.sin(i / 8)));
  const clipsDir = path.join(folder, 'clips');
  await mkdir(path.join(clipsDir, 'zh-CN'), { recursive: true });
  await writeFile(path.join(clipsDir, 'zh-CN/thanks.wav'), encodeWav({ sampleRateHz: 22050, channels: 1, samples }));
  return clipsDir;
}

async function soundOf(wavPath: string | null): Promise<Sound> {
  return parseWav(await readFile(wavPath ?? 'no WAV'));
}

test('Mandarin, then dialect, are both heard in full and do not overlap', async () => {
  await using pulse = await startPulse();
  await using home = await temporaryFolder();
  await using speaking = startAnnouncing({ ...home, speaker: { kind: 'local', device: pulse.sink } });
  const reports = await Promise.all([speaking.announcer.announce(MANDARIN), speaking.announcer.announce(DIALECT)]);
  const [mandarin, dialect] = reports;
  expect(mandarin).toMatchObject({
    ...{ incidentId: 'i1', phraseId: 'thanks', lang: 'zh-CN', text: '谢谢配合，头盔戴好了，路上当心！' },
    ...{ voice: 'synthetic', playback: 'confirmed', reason: null },
  });
  expect(dialect).toMatchObject({ lang: 'wuu', voice: 'synthetic', playback: 'confirmed', reason: null });
  expect(speaking.announcer.state()).toMatchObject({ speaker: 'ready', player: 'paplay horn', queued: 0 });
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
  const voices = { clipsDir: await withClip(home.folder) };
  await using speaking = startAnnouncing({ ...home, voices, speaker: { kind: 'local', device: pulse.sink } });
  const report = await speaking.announcer.announce({ ...MANDARIN, volumePercent: 25 });
  expect(report).toMatchObject({ playback: 'confirmed', voice: 'recorded' });
  const clip = await soundOf(report.wavPath);
  const heard = await pulse.heard();
  const { startMs, endMs, likeness } = locate(heard, clip);
  const part = heard.samples.subarray((startMs * 22050) / 1000, (endMs * 22050) / 1000);
  expect(likeness).toBeGreaterThan(0.95);
  expect(rmsRatio({ ...heard, samples: part }) / rmsRatio(clip)).toBeCloseTo(0.25, 1);
});

test('without PulseAudio the sound goes through ALSA', async () => {
  await using pulse = await startPulse();
  await using home = await temporaryFolder();
  using _ = await commands(home.folder, { paplay: 'exit 1' });
  const voices = { clipsDir: await withClip(home.folder) };
  await using speaking = startAnnouncing({ ...home, voices, speaker: { kind: 'local', device: 'pulse' } });
  const report = await speaking.announcer.announce(MANDARIN);
  expect(report).toMatchObject({ playback: 'confirmed', reason: null });
  expect(speaking.announcer.state().player).toBe('aplay pulse');
  expect(locate(await pulse.heard(), await soundOf(report.wavPath)).likeness).toBeGreaterThan(0.9);
});

describe('a speaker that does not play', () => {
  test.each([
    {
      title: 'no player is installed',
      scripts: {},
      report: { playback: 'failed', reason: 'no_speaker: paplay is not installed; aplay is not installed' },
    },
    {
      title: 'no device answers',
      scripts: { paplay: 'echo "Connection refused" >&2; exit 1', aplay: 'echo "no soundcards" >&2; exit 1' },
      report: {
        playback: 'failed',
        reason:
          'no_speaker: player_failed: paplay ended with 1: Connection refused; player_failed: aplay ended with 1: no soundcards',
      },
    },
    {
      title: 'the device is lost in mid-sentence',
      scripts: { paplay: 'case "$*" in *check-*) exit 0;; esac; echo "device gone" >&2; exit 1' },
      report: { playback: 'failed', reason: 'player_failed: paplay ended with 1: device gone' },
    },
    {
      title: 'the player only pretends to play',
      scripts: { paplay: 'exit 0' },
      report: {
        playback: 'unconfirmed',
        reason: expect.stringMatching(/^played_too_fast: \d+ ms for a sound of 300 ms$/),
      },
    },
  ] as const)('$title: reported, and the next prompt is tried again', async ({ scripts, report }) => {
    await using pulse = await startPulse();
    await using home = await temporaryFolder();
    const voices = { clipsDir: await withClip(home.folder) };
    const broken = await commands(home.folder, scripts, 'nothing-else');
    await using speaking = startAnnouncing({ ...home, voices, speaker: LOCAL });
    expect(await speaking.announcer.announce(MANDARIN)).toMatchObject(report);
    const speaker = report.playback === 'failed' ? 'failed' : 'ready';
    expect(speaking.announcer.state()).toMatchObject({ speaker, reason: report.reason });
    broken[Symbol.dispose]();
    const again = await speaking.announcer.announce(MANDARIN);
    expect(again).toMatchObject({ playback: 'confirmed', reason: null });
    expect(locate(await pulse.heard(), await soundOf(again.wavPath)).likeness).toBeGreaterThan(0.95);
  });

  test('a player that hangs is killed and does not hold the next prompt', async () => {
    await using home = await temporaryFolder();
    const voices = { clipsDir: await withClip(home.folder) };
    const pidFile = path.join(home.folder, 'pid');
    const hang = `case "$*" in *check-*) exit 0;; esac; trap '' TERM; echo $$ > ${pidFile}; while :; do /bin/sleep 1; done`;
    using _ = await commands(home.folder, { paplay: hang });
    await using speaking = startAnnouncing({ ...home, voices, speaker: LOCAL });
    const next = { ...MANDARIN, incidentId: 'i2', expiresAtMs: Date.now() + 1000 };
    const [hung, waiting] = await Promise.all([
      speaking.announcer.announce(MANDARIN),
      speaking.announcer.announce(next),
    ]);
    expect(hung).toMatchObject({ playback: 'failed', reason: 'player_hung: paplay killed after 3300 ms' });
    expect(waiting).toMatchObject({ incidentId: 'i2', playback: 'failed', reason: 'expired', startedAtMs: null });
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
