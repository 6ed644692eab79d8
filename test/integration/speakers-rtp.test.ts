/** RTP horns: what arrives at a receiver of our own, at ffmpeg, and in a multicast group; and what RTCP proves. */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSpeaker } from '../../src/announcer/speakers/create';
import type { RtpSpeakerOptions } from '../../src/announcer/speakers/rtp';
import type { Speaker } from '../../src/announcer/speakers/speaker';
import { endChild, spawnGuarded } from '../../src/runtime/guarded-child';
import { commands, until } from '../support/announcing';
import { pairOfSockets, RtpReceiver } from '../support/rtp-receiver';
import { compared, decoded, reference, speechLikeWav } from '../support/telephone';

const LENGTH_MS = 800;
const PACKETS = LENGTH_MS / 20;
const GROUP = '239.255.42.99';
const NEVER = new AbortController().signal;

jest.setTimeout(60_000);

let folder = '';
let wavPath = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'speakers-rtp-'));
  wavPath = speechLikeWav(folder, LENGTH_MS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function speakerAt(port: number, options: Partial<RtpSpeakerOptions> = {}): Speaker {
  const defaults = { host: '127.0.0.1', port, codec: 'pcmu', payloadType: 96, ttl: 1 } as const;
  return createSpeaker({ kind: 'rtp', ...defaults, ...options }, folder);
}

function play(speaker: Speaker, { signal = NEVER, volumePercent = 100 } = {}) {
  return speaker.play({ wavPath, label: 'zh-CN-base', volumePercent }, signal);
}

/** Sockets of this process; none may be left by a speaker. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('UDP')).length;
}

test('PCMU arrives whole, in packets of 20 ms with the headers of RFC 3550', async () => {
  await using receiver = await RtpReceiver.start();
  const before = openSockets();
  const speaker = speakerAt(receiver.port);
  expect(await speaker.check(NEVER)).toBeNull();
  const played = await play(speaker);
  const reason = 'rtp_no_answer: RTP gives no answer';
  expect(played).toMatchObject({ playback: 'unconfirmed', reason, proof: null });
  // Both are cut off to whole milliseconds, and a timer may be early by less than one.
  expect((played.endedAtMs ?? 0) - (played.startedAtMs ?? 0)).toBeGreaterThan(LENGTH_MS - 2);
  await receiver.received(PACKETS);
  const [first] = receiver.packets;
  receiver.packets.forEach((packet, i) => {
    expect(packet).toMatchObject({ version: 2, isMarked: i === 0, payloadType: 0, ssrc: first?.ssrc });
    expect(packet.sequence).toBe(((first?.sequence ?? 0) + i) % 2 ** 16);
    expect(packet.timestamp).toBe(((first?.timestamp ?? 0) + 160 * i) % 2 ** 32);
    expect(packet.payload.length).toBe(160);
  });
  const { likeness, gain } = compared(decoded(receiver.sequel(), 'mulaw'), reference(wavPath));
  expect(likeness).toBeGreaterThan(0.995);
  expect(gain).toBeCloseTo(1, 1);
  await until('all sockets closed', () => openSockets() === before);
});

test('the next sentence goes on in the same stream: numbers without a gap, time with the pause', async () => {
  await using receiver = await RtpReceiver.start();
  const speaker = speakerAt(receiver.port);
  await play(speaker);
  await play(speaker, { volumePercent: 50 });
  await receiver.received(2 * PACKETS);
  const [last, next] = receiver.packets.slice(PACKETS - 1);
  expect(next).toMatchObject({ isMarked: true, ssrc: last?.ssrc });
  expect(((next?.sequence ?? 0) - (last?.sequence ?? 0) + 2 ** 16) % 2 ** 16).toBe(1);
  expect(((next?.timestamp ?? 0) - (last?.timestamp ?? 0) + 2 ** 32) % 2 ** 32).toBeGreaterThanOrEqual(160);
  const heard = decoded(receiver.sequel(PACKETS), 'mulaw');
  expect(compared(heard, reference(wavPath)).gain).toBeCloseTo(0.5, 1);
});

test('a multicast group hears it', async () => {
  await using receiver = await RtpReceiver.start({ group: GROUP });
  const speaker = speakerAt(receiver.port, { host: GROUP, interface: '127.0.0.1' });
  expect(await speaker.check(NEVER)).toBeNull();
  expect(await play(speaker)).toMatchObject({ playback: 'unconfirmed' });
  await receiver.received(PACKETS);
  expect(compared(decoded(receiver.sequel(), 'mulaw'), reference(wavPath)).likeness).toBeGreaterThan(0.995);
});

describe('with RTCP', () => {
  test('sender reports tell the time, the packets and the name of the stream', async () => {
    await using receiver = await RtpReceiver.start();
    const beforeS = Math.floor(Date.now() / 1000);
    await play(speakerAt(receiver.port));
    await until('two sender reports', () => receiver.controls.length >= 2);
    const [start, end] = [receiver.controls[0] ?? Buffer.alloc(0), receiver.controls.at(-1) ?? Buffer.alloc(0)];
    expect([start[0], start[1], start.readUInt16BE(2)]).toEqual([0x80, 200, 6]);
    expect(start.readUInt32BE(8) - 2_208_988_800 - beforeS).toBeGreaterThanOrEqual(0);
    expect([start.readUInt32BE(20), end.readUInt32BE(20), end.readUInt32BE(24)]).toEqual([0, PACKETS, LENGTH_MS * 8]);
    expect([start[28], start[29], start[36]]).toEqual([0x81, 202, 1]);
    expect(start.toString('utf8', 38, 43)).toBe('anqi@');
    expect((end.readUInt32BE(16) - start.readUInt32BE(16) + 2 ** 32) % 2 ** 32).toBe(LENGTH_MS * 8);
  });

  test('a receiver that reports the last packet confirms the sentence', async () => {
    await using receiver = await RtpReceiver.start({ reports: 'all' });
    const speaker = speakerAt(receiver.port);
    const confirmed = { playback: 'confirmed', reason: null, proof: 'receiver_report' };
    expect([await play(speaker), await play(speaker)]).toMatchObject([confirmed, confirmed]);
  });

  test('a receiver that lost half of it does not', async () => {
    await using receiver = await RtpReceiver.start({ reports: 128 });
    const reason = expect.stringMatching(/^rtp_lost: .* counts 50 % lost$/);
    expect(await play(speakerAt(receiver.port))).toMatchObject({ playback: 'unconfirmed', reason, proof: null });
  });
});

/** ffmpeg as a receiver; resolves once it listens. */
async function ffmpegListening(port: number, media: string) {
  const description = path.join(folder, `${port}.sdp`);
  const lines = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=horn', 'c=IN IP4 127.0.0.1', 't=0 0', media];
  await writeFile(description, `${lines.join('\n')}\n`);
  const input = ['-protocol_whitelist', 'file,udp,rtp', '-probesize', '32', '-analyzeduration', '0', '-i', description];
  const child = spawnGuarded('ffmpeg', [
    '-nostdin',
    '-v',
    'error',
    ...input,
    '-ac',
    '1',
    '-ar',
    '8000',
    '-f',
    's16le',
    'pipe:1',
  ]);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const sockets = ['/proc/net/udp', '/proc/net/udp6'];
  const isListening = async () =>
    (await Promise.all(sockets.map((file) => readFile(file, 'utf8')))).join().includes(wanted);
  while (child.exitCode === null && !(await isListening())) await delay(20);
  const heard = () => {
    const bytes = Buffer.concat(chunks);
    return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(i * 2));
  };
  return { heard, [Symbol.asyncDispose]: () => endChild(child, 0) };
}

/** A pair of ports that was free a moment ago. */
async function freePort(): Promise<number> {
  const [sound, control] = await pairOfSockets();
  const { port } = sound.address();
  sound.close();
  control.close();
  return port;
}

test('Opus: ffmpeg decodes what arrives', async () => {
  const port = await freePort();
  await using receiver = await ffmpegListening(port, `m=audio ${port} RTP/AVP 101\na=rtpmap:101 opus/48000/2`);
  const speaker = speakerAt(port, { codec: 'opus', payloadType: 101 });
  expect(await speaker.check(NEVER)).toBeNull();
  expect(await play(speaker, { volumePercent: 50 })).toMatchObject({ startedAtMs: expect.any(Number) });
  const wanted = reference(wavPath);
  await until('the sound at the receiver', () => receiver.heard().length > 0.9 * wanted.length);
  // The first packets may be used up by ffmpeg to find out what comes.
  const { likeness, gain } = compared(receiver.heard(), wanted.subarray(0, 0.9 * wanted.length), 800);
  expect(likeness).toBeGreaterThan(0.9);
  expect(gain).toBeCloseTo(0.5, 1);
});

test('PCMU: ffmpeg decodes what arrives', async () => {
  const port = await freePort();
  await using receiver = await ffmpegListening(port, `m=audio ${port} RTP/AVP 0`);
  await play(speakerAt(port));
  const wanted = reference(wavPath);
  await until('the sound at the receiver', () => receiver.heard().length > 0.9 * wanted.length);
  expect(compared(receiver.heard(), wanted.subarray(0, 0.9 * wanted.length), 400).likeness).toBeGreaterThan(0.97);
});

describe('a horn that does not hear', () => {
  test('nobody listens at the port', async () => {
    const port = await freePort();
    const reason = expect.stringMatching(/^unreachable: nobody listens at 127\.0\.0\.1:\d+/);
    expect(await play(speakerAt(port))).toMatchObject({ playback: 'failed', reason });
  });

  test('its name is unknown', async () => {
    const speaker = speakerAt(5004, { host: 'horn.invalid' });
    expect(await speaker.check(NEVER)).toMatch(/^unreachable: horn\.invalid: /);
    expect(await play(speaker)).toMatchObject({ playback: 'failed', reason: expect.stringMatching(/^unreachable: /) });
  });

  test('the network card is not ours', async () => {
    const speaker = speakerAt(5004, { host: GROUP, interface: '192.0.2.77' });
    expect(await speaker.check(NEVER)).toMatch(/^unreachable: /);
  });

  test('there is no ffmpeg to make Opus', async () => {
    using _ = await commands(folder, {}, 'nothing-else');
    const speaker = speakerAt(5004, { codec: 'opus' });
    expect(await speaker.check(NEVER)).toBe('opus_failed: ffmpeg is not installed');
    expect(await play(speaker)).toMatchObject({ playback: 'failed', reason: 'opus_failed: ffmpeg is not installed' });
  });

  test('the file is no sound', async () => {
    const file = path.join(folder, 'text.wav');
    await writeFile(file, 'not a sound');
    for (const codec of ['pcmu', 'opus'] as const) {
      const sound = { wavPath: file, label: 'x', volumePercent: 100 };
      expect(await speakerAt(5004, { codec }).play(sound, NEVER)).toMatchObject({
        playback: 'failed',
        startedAtMs: null,
      });
    }
  });
});

test('it stops in the middle when told to, and leaves no socket', async () => {
  await using receiver = await RtpReceiver.start();
  const before = openSockets();
  const stop = new AbortController();
  const playing = play(speakerAt(receiver.port), { signal: stop.signal });
  await receiver.received(10);
  stop.abort();
  expect(await playing).toMatchObject({ playback: 'failed', reason: 'stopped' });
  expect(receiver.packets.length).toBeLessThan(PACKETS);
  await until('all sockets closed', () => openSockets() === before);
});
