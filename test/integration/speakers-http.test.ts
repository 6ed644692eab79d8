/** Axis, Hikvision and Dahua speakers against devices on loopback: the sound arrives, and every fault has its result. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSpeaker, type SpeakerOptions } from '../../src/announcer/speakers/create';
import type { Speaker } from '../../src/announcer/speakers/speaker';
import { HORN_USER, HornDevice, type HornKind, type HornLogin } from '../support/horn-devices';
import { compared, decoded, reference, speechLikeWav } from '../support/telephone';

const LENGTH_MS = 800;
const KINDS = ['axis', 'hikvision', 'dahua'] as const;
const NEVER = new AbortController().signal;

jest.setTimeout(60_000);

let folder = '';
let wavPath = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'speakers-http-'));
  wavPath = speechLikeWav(folder, LENGTH_MS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function speakerAt(kind: HornKind, url: string, credentials: typeof HORN_USER | null = HORN_USER): Speaker {
  const device = { url, credentials, acceptsAnyCertificate: false };
  const options: SpeakerOptions = kind === 'axis' ? { kind, ...device } : { kind, channel: 1, ...device };
  return createSpeaker(options, folder);
}

function play(speaker: Speaker, { signal = NEVER, volumePercent = 100 } = {}) {
  return speaker.play({ wavPath, label: 'zh-CN-base', volumePercent }, signal);
}

describe.each(KINDS)('%s', (kind) => {
  const format = kind === 'dahua' ? 'alaw' : 'mulaw';

  it('plays the whole sound in real time and is confirmed by the device', async () => {
    await using device = await HornDevice.start({ kind });
    const speaker = speakerAt(kind, device.url);
    expect(await speaker.check(NEVER)).toBeNull();
    const played = await play(speaker);
    expect(played).toMatchObject({ playback: 'confirmed', reason: null, proof: 'device', wavPath: null });
    // Both are cut off to whole milliseconds, and a timer may be early by less than one.
    expect((played.endedAtMs ?? 0) - (played.startedAtMs ?? 0)).toBeGreaterThan(LENGTH_MS - 2);
    const heard = decoded(device.audio, format);
    expect(heard.length).toBe((LENGTH_MS * 8000) / 1000);
    const { likeness, gain } = compared(heard, reference(wavPath));
    expect(likeness).toBeGreaterThan(0.995);
    expect(gain).toBeCloseTo(1, 1);
    // Sent at once it would be a whole sound ahead.
    expect(device.aheadMs).toBeLessThan(LENGTH_MS * 0.8);
    const contentType = { axis: 'audio/basic', hikvision: 'application/octet-stream', dahua: 'Audio/G.711A' }[kind];
    expect(device.contentType).toBe(contentType);
    expect(device.isOpen).toBe(false);
    await device.everybodyGone();
  });

  it('plays at the volume asked for', async () => {
    await using device = await HornDevice.start({ kind });
    expect(await play(speakerAt(kind, device.url), { volumePercent: 25 })).toMatchObject({ playback: 'confirmed' });
    const { likeness, gain } = compared(decoded(device.audio, format), reference(wavPath));
    expect(likeness).toBeGreaterThan(0.99);
    expect(gain).toBeCloseTo(0.25, 2);
  });

  it.each<HornLogin>(['none', 'basic', 'old digest', 'SHA-256'])('logs in by %s', async (login) => {
    await using device = await HornDevice.start({ kind, login });
    const credentials = login === 'none' ? null : HORN_USER;
    expect(await play(speakerAt(kind, device.url, credentials))).toMatchObject({ playback: 'confirmed' });
  });

  it('goes on with a new nonce when the old one has run out', async () => {
    await using device = await HornDevice.start({ kind, nonceUses: 1 });
    const speaker = speakerAt(kind, device.url);
    expect(await speaker.check(NEVER)).toBeNull();
    expect(await play(speaker)).toMatchObject({ playback: 'confirmed' });
    expect(await play(speaker)).toMatchObject({ playback: 'confirmed' });
    expect(device.audio.length).toBe(LENGTH_MS * 8);
  });

  it('asks for a login once, not before every sentence', async () => {
    await using device = await HornDevice.start({ kind });
    const speaker = speakerAt(kind, device.url);
    await play(speaker);
    const first = device.requests.length;
    await play(speaker);
    const [login, perSentence] = kind === 'hikvision' ? [1, 5] : [2, 1];
    expect([first, device.requests.length - first]).toEqual([login + perSentence, perSentence]);
  });

  it('tells a wrong password, tries it once, and never shows it', async () => {
    await using device = await HornDevice.start({ kind });
    const speaker = speakerAt(kind, device.url, { username: 'anqi', password: 'marker-wrong' });
    const played = await play(speaker);
    const reason = expect.stringMatching(/^wrong_password: the device refused user and password/);
    expect(played).toMatchObject({ playback: 'failed', reason, startedAtMs: null, endedAtMs: null });
    const requests = device.requests.length;
    expect(await play(speaker)).toMatchObject({ playback: 'failed', reason: expect.stringMatching(/^wrong_password/) });
    const complaint = await speaker.check(NEVER);
    expect(complaint).toMatch(/^wrong_password: .*tried again after a minute/);
    expect(device.requests.length).toBe(requests);
    expect(JSON.stringify([played, complaint, speaker.description])).not.toMatch(/marker/);
    expect(device.audio.length).toBe(0);
    await device.everybodyGone();
  });

  it('tells that a user and password are missing', async () => {
    await using device = await HornDevice.start({ kind });
    expect(await speakerAt(kind, device.url, null).check(NEVER)).toMatch(/^wrong_password: .*none is configured/);
  });

  it('tells that somebody else is speaking, and leaves nothing open', async () => {
    await using device = await HornDevice.start({ kind, fault: 'busy' });
    const played = await play(speakerAt(kind, device.url));
    expect(played).toMatchObject({ playback: 'failed', reason: expect.stringMatching(/^busy: .*status (503|403)/) });
    expect(device.isOpen).toBe(false);
    await device.everybodyGone();
  });

  it('gives up on a device that never answers', async () => {
    await using device = await HornDevice.start({ kind, fault: 'never answers' });
    const played = await play(speakerAt(kind, device.url));
    const reason = expect.stringMatching(/^no_answer: 127\.0\.0\.1:\d+ did not answer within 5000 ms$/);
    expect(played).toMatchObject({ playback: 'failed', reason, startedAtMs: null });
    await device.everybodyGone();
  });

  it.each(['stops reading', 'takes all and says nothing'] as const)(
    'does not claim that a device played which %s',
    async (fault) => {
      await using device = await HornDevice.start({ kind, fault });
      const played = await play(speakerAt(kind, device.url));
      expect(played).toMatchObject({
        playback: 'unconfirmed',
        reason: expect.stringMatching(/^no_answer: /),
        proof: null,
      });
      expect(device.isOpen).toBe(false);
      await device.everybodyGone();
    },
  );

  it.each(['cuts off', 'says yes and cuts off'] as const)('tells that a device %s', async (fault) => {
    await using device = await HornDevice.start({ kind, fault });
    const played = await play(speakerAt(kind, device.url));
    const reason = expect.stringMatching(/^cut_off: .* after \d+ ms of sound/);
    expect(played).toMatchObject({ playback: 'failed', reason, startedAtMs: expect.any(Number) });
    expect(device.isOpen).toBe(false);
    await device.everybodyGone();
  });

  it('stops in the middle when told to, and leaves nothing open', async () => {
    await using device = await HornDevice.start({ kind });
    const stop = new AbortController();
    const playing = play(speakerAt(kind, device.url), { signal: stop.signal });
    await device.heard(2000);
    stop.abort();
    expect(await playing).toMatchObject({ playback: 'failed', reason: 'stopped' });
    expect(device.audio.length).toBeLessThan(LENGTH_MS * 8);
    expect(device.isOpen).toBe(false);
    await device.everybodyGone();
  });

  it('tells that nobody is there', async () => {
    const device = await HornDevice.start({ kind });
    const { url } = device;
    await device[Symbol.asyncDispose]();
    const speaker = speakerAt(kind, url);
    expect(await play(speaker)).toMatchObject({ playback: 'failed', reason: expect.stringMatching(/^unreachable: /) });
    expect(await speaker.check(NEVER)).toMatch(/^unreachable: 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });

  it('does nothing when it was stopped before', async () => {
    await using device = await HornDevice.start({ kind });
    const played = await play(speakerAt(kind, device.url), { signal: AbortSignal.abort() });
    expect(played).toMatchObject({ playback: 'failed', reason: 'stopped', startedAtMs: null });
    expect(device.requests).toEqual([]);
  });
});

describe('over https, where a device has made its own certificate', () => {
  /** Needs openssl. */
  function ownCertificate() {
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const options = ['req', ...kind, '-subj', '/CN=horn', '-keyout', key, '-out', cert];
    execFileSync('openssl', options, { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  }

  test.each([
    { acceptsAnyCertificate: true, played: { playback: 'confirmed', reason: null } },
    {
      acceptsAnyCertificate: false,
      played: { playback: 'failed', reason: expect.stringMatching(/^unreachable: .*self-signed certificate/) },
    },
  ])('accepted: $acceptsAnyCertificate', async ({ acceptsAnyCertificate, played }) => {
    await using device = await HornDevice.start({ kind: 'axis', certificate: ownCertificate() });
    const options = { kind: 'axis', url: device.url, credentials: HORN_USER, acceptsAnyCertificate } as const;
    expect(await play(createSpeaker(options, folder))).toMatchObject(played);
    await device.everybodyGone();
  });
});

test('a Hikvision device that wants A-law gets it', async () => {
  await using device = await HornDevice.start({ kind: 'hikvision', codec: 'G.711alaw' });
  expect(await play(speakerAt('hikvision', device.url))).toMatchObject({ playback: 'confirmed' });
  expect(compared(decoded(device.audio, 'alaw'), reference(wavPath)).likeness).toBeGreaterThan(0.995);
});

test('a Hikvision device that wants something else is told how to be set', async () => {
  await using device = await HornDevice.start({ kind: 'hikvision', codec: 'AAC' });
  const speaker = speakerAt('hikvision', device.url);
  expect(await speaker.check(NEVER)).toMatch(/^unsupported_codec: .* wants AAC: set .* G\.711ulaw/);
  expect(await play(speaker)).toMatchObject({ playback: 'failed' });
  expect(device.isOpen).toBe(false);
});

test('a Hikvision channel that somebody left open is closed first', async () => {
  await using device = await HornDevice.start({ kind: 'hikvision' });
  device.isOpen = true;
  expect(await play(speakerAt('hikvision', device.url))).toMatchObject({ playback: 'confirmed' });
});

test.each(['hikvision', 'dahua'] as const)('%s: a channel that is not there is named', async (kind) => {
  await using device = await HornDevice.start({ kind });
  const options = { kind, channel: 3, url: device.url, credentials: HORN_USER, acceptsAnyCertificate: false };
  expect(await createSpeaker(options, folder).check(NEVER)).toMatch(/^no_channel: .*channel 3/);
});
