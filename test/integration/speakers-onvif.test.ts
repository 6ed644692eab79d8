/** The audio backchannel of ONVIF cameras: GStreamer's camera hears the sound, and every fault has its result. */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSpeaker } from '../../src/announcer/speakers/create';
import { backchannelOf } from '../../src/announcer/speakers/onvif';
import type { Speaker } from '../../src/announcer/speakers/speaker';
import { until } from '../support/announcing';
import { HORN_USER } from '../support/horn-devices';
import { gstreamerOnvifCamera, type OnvifFault, SmallOnvifCamera } from '../support/rtsp/onvif-camera';
import { compared, decoded, reference, speechLikeWav } from '../support/telephone';

const LENGTH_MS = 800;
const NEVER = new AbortController().signal;

jest.setTimeout(60_000);

let folder = '';
let wavPath = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'speakers-onvif-'));
  wavPath = speechLikeWav(folder, LENGTH_MS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function speakerAt(url: string, credentials: typeof HORN_USER | null = HORN_USER): Speaker {
  return createSpeaker({ kind: 'onvif', url, credentials }, folder);
}

function play(speaker: Speaker, { signal = NEVER, volumePercent = 100 } = {}) {
  return speaker.play({ wavPath, label: 'zh-CN-base', volumePercent }, signal);
}

test.each([
  { codec: 'PCMU', format: 'mulaw' },
  { codec: 'PCMA', format: 'alaw' },
] as const)('GStreamer’s camera hears $codec, twice, with the same login', async ({ codec, format }) => {
  const heard = path.join(folder, `heard.${codec}`);
  await using camera = await gstreamerOnvifCamera(heard, codec);
  const speaker = speakerAt(camera.url);
  expect(await speaker.check(NEVER)).toBeNull();
  for (const volumePercent of [100, 25]) {
    expect(await play(speaker, { volumePercent })).toMatchObject({
      playback: 'confirmed',
      reason: null,
      proof: 'device',
    });
    const { likeness, gain } = compared(decoded(await readFile(heard), format), reference(wavPath), 800);
    expect(likeness).toBeGreaterThan(0.97);
    expect(gain).toBeCloseTo(volumePercent / 100, 1);
  }
});

test('GStreamer’s camera refuses a wrong password, which is never shown', async () => {
  await using camera = await gstreamerOnvifCamera(path.join(folder, 'nothing'));
  const speaker = speakerAt(camera.url, { username: 'anqi', password: 'marker-wrong' });
  const played = await play(speaker);
  expect(played).toMatchObject({ playback: 'failed', reason: expect.stringMatching(/^wrong_password: /) });
  expect(JSON.stringify([played, await speaker.check(NEVER), speaker.description])).not.toContain('marker');
});

test.each(['none', 'keeps its picture'] as const)(
  'a camera (fault: %s) is asked, set up with its own tracks, played to and left in order',
  async (fault) => {
    await using camera = await SmallOnvifCamera.start(fault);
    expect(await play(speakerAt(camera.url, null))).toMatchObject({ playback: 'confirmed', proof: 'device' });
    const setUps = [3, 1, 2].map((track) => `SETUP /trackID=${track}`);
    expect(camera.methods).toEqual(['DESCRIBE', ...setUps, 'PLAY', 'TEARDOWN']);
    expect(compared(decoded(camera.audio, 'mulaw'), reference(wavPath)).likeness).toBeGreaterThan(0.995);
    await camera.everybodyGone();
  },
);

test.each<{ readonly fault: OnvifFault; readonly playback: string; readonly reason: RegExp }>([
  { fault: 'no backchannel', playback: 'failed', reason: /^no_channel: .* no audio backchannel that takes G\.711$/ },
  { fault: 'knows no backchannel', playback: 'failed', reason: /^no_channel: .*status 551/ },
  { fault: 'busy', playback: 'failed', reason: /^busy: .*status 453/ },
  { fault: 'never answers', playback: 'failed', reason: /^no_answer: .* did not answer DESCRIBE within 5000 ms$/ },
  { fault: 'cuts off', playback: 'failed', reason: /^cut_off: .* after \d+ ms of sound/ },
  { fault: 'does not say goodbye', playback: 'unconfirmed', reason: /^no_answer: / },
])('a camera that $fault', async ({ fault, playback, reason }) => {
  await using camera = await SmallOnvifCamera.start(fault);
  const played = await play(speakerAt(camera.url, null));
  expect(played).toMatchObject({ playback, reason: expect.stringMatching(reason), proof: null });
  await camera.everybodyGone();
});

test('it stops in the middle when told to, says goodbye and leaves no connection', async () => {
  await using camera = await SmallOnvifCamera.start('none');
  const stop = new AbortController();
  const playing = play(speakerAt(camera.url, null), { signal: stop.signal });
  await camera.heard(1600);
  stop.abort();
  expect(await playing).toMatchObject({ playback: 'failed', reason: 'stopped' });
  await until('the goodbye', () => camera.methods.at(-1) === 'TEARDOWN');
  expect(camera.audio.length).toBeLessThan(LENGTH_MS * 8);
  await camera.everybodyGone();
});

test('nobody is there', async () => {
  const camera = await SmallOnvifCamera.start('none');
  const { url } = camera;
  await camera[Symbol.asyncDispose]();
  expect(await speakerAt(url).check(NEVER)).toMatch(/^unreachable: 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
});

describe('of a description', () => {
  const base = 'rtsp://192.0.2.10/live/';
  const audio = (types: string, ...lines: string[]) =>
    `v=0\r\nm=video 0 RTP/AVP 96\r\na=sendonly\r\n${`m=audio 0 RTP/AVP ${types}\r\n${lines.join('\r\n')}`}\r\n`;

  test.each<{ readonly title: string; readonly description: string; readonly found: object | null }>([
    {
      title: 'the first G.711 of the track is taken',
      description: audio('97 8 0', 'a=rtpmap:97 MPEG4-GENERIC/16000', 'a=sendonly', 'a=control:track3'),
      found: { control: `${base}track3`, law: 'a', payloadType: 8 },
    },
    {
      title: 'a dynamic number may be G.711 as well',
      description: audio('110', 'a=rtpmap:110 PCMU/8000/1', 'a=sendonly', 'a=control:rtsp://192.0.2.10/back'),
      found: { control: 'rtsp://192.0.2.10/back', law: 'mu', payloadType: 110 },
    },
    {
      title: 'a static number at another rate is not G.711 at 8 kHz',
      description: audio('0', 'a=rtpmap:0 PCMU/16000', 'a=sendonly'),
      found: null,
    },
    { title: 'a track that only speaks is no backchannel', description: audio('0', 'a=recvonly'), found: null },
    { title: 'no track', description: 'v=0\r\n', found: null },
    { title: 'nonsense', description: '<html>', found: null },
  ])('$title', ({ description, found }) => {
    if (found === null) expect(backchannelOf(description, base)).toBeNull();
    else expect(backchannelOf(description, base)).toEqual(found);
  });
});
