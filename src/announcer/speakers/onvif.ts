/**
 * The audio backchannel of an ONVIF Profile T camera (ONVIF Streaming Specification, 5.3): an RTSP session whose
 * description, when asked with `Require: www.onvif.org/ver20/backchannel`, has a `sendonly` audio track; G.711 in RTP
 * goes to that track inside the RTSP connection. The camera's own tracks are set up as well and what they send is thrown
 * away: a server whose picture has nowhere to go may stop the whole session with an error that it never tells.
 */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { RecoverableError } from '../../errors';
import { G711_RATE_HZ, type G711Law } from '../sound/g711';
import { expectSuccess, verdictOf } from './device-answer';
import type { Credentials } from './digest';
import { Login } from './login';
import { FRAME_MS, faultOf, G711_FRAME_BYTES, g711Of, reported, type Verdict } from './network';
import { framesOf, Pacer, RTP_LEAD_MS } from './pacing';
import { PCMA, PCMU, RtpStream } from './rtp-stream';
import { RtspSession } from './rtsp-session';
import type { PlayableSound, Playback, Speaker } from './speaker';

export interface OnvifSpeakerOptions {
  /** The camera's RTSP address, without user and password. */
  readonly url: string;
  readonly credentials: Credentials | null;
}

export interface Backchannel {
  /** Where to set it up. */
  readonly control: string;
  readonly law: G711Law;
  readonly payloadType: number;
}

interface Described {
  readonly channel: Backchannel;
  /** Where the camera's own tracks are set up. */
  readonly own: readonly string[];
}

interface Line {
  readonly headers: Readonly<Record<string, string>>;
  /** Numbers of the interleaved channels. */
  readonly sound: number;
  readonly control: number;
}

interface Sending {
  readonly line: Line;
  readonly payloadType: number;
  readonly frames: readonly Buffer[];
  readonly onStart: () => void;
}

const REQUIRE = { Require: 'www.onvif.org/ver20/backchannel' };
const TRANSPORT = 'RTP/AVP/TCP;unicast;interleaved=';
/** RTP has seven bits for them. */
const PAYLOAD_TYPES = 128;
/** What a camera may still have in its buffer when the sound is over by our clock. */
const TAIL_MS = 300;
/** The end is also told while stopping, which waits for it. */
const TEARDOWN_LIMIT_MS = 2000;

export class OnvifSpeaker implements Speaker {
  readonly #url: URL;
  readonly #login: Login;

  constructor(options: OnvifSpeakerOptions) {
    this.#url = new URL(options.url);
    this.#login = new Login(options.credentials);
  }

  get description(): string {
    return `onvif ${this.#url.host}`;
  }

  check(signal: AbortSignal): Promise<string | null> {
    return faultOf(async () => {
      const session = new RtspSession(this.#url, this.#login);
      try {
        await session.connect(signal);
        await this.#describe(session, signal);
      } finally {
        session.close();
      }
    }, signal);
  }

  play(sound: PlayableSound, signal: AbortSignal): Promise<Playback> {
    return reported(async (onStart) => {
      const session = new RtspSession(this.#url, this.#login);
      try {
        await session.connect(signal);
        const described = await this.#describe(session, signal);
        const frames = framesOf(await g711Of(sound, described.channel.law), G711_FRAME_BYTES);
        const line = await this.#setUp(session, described, signal);
        const { payloadType } = described.channel;
        return await this.#talk(session, { line, payloadType, frames, onStart }, signal);
      } finally {
        session.close();
      }
    }, signal);
  }

  async #describe(session: RtspSession, signal: AbortSignal): Promise<Described> {
    const uri = this.#url.href;
    const headers = { ...REQUIRE, Accept: 'application/sdp' };
    const answer = await session.request({ method: 'DESCRIBE', uri, headers }, signal);
    expectSuccess(answer, `${this.#url.host}: asking for the audio backchannel`);
    const base = answer.headers.get('content-base')?.[0] ?? answer.headers.get('content-location')?.[0] ?? uri;
    const channel = backchannelOf(answer.body, base);
    if (channel !== null) return { channel, own: ownTracksOf(answer.body, base) };
    throw new RecoverableError('no_channel', `${this.#url.host} has no audio backchannel that takes G.711`);
  }

  async #setUp(session: RtspSession, { channel, own }: Described, signal: AbortSignal): Promise<Line> {
    const setUp = (uri: string, headers: Readonly<Record<string, string>>) =>
      session.request({ method: 'SETUP', uri, headers: { ...REQUIRE, ...headers } }, signal);
    const answer = await setUp(channel.control, { Transport: `${TRANSPORT}0-1` });
    expectSuccess(answer, `${this.#url.host}: setting up the audio backchannel`);
    const headers = { ...REQUIRE, Session: answer.headers.get('session')?.[0]?.split(';')[0] ?? '' };
    for (const [i, uri] of own.entries()) {
      // One that is refused, as by a camera with too many viewers, does not keep the sound back.
      await setUp(uri, { ...headers, Transport: `${TRANSPORT}${2 * i + 2}-${2 * i + 3}` });
    }
    // The camera may give other numbers than it was asked for.
    const given = /interleaved=(\d+)-(\d+)/.exec(answer.headers.get('transport')?.[0] ?? '');
    return { headers, sound: Number(given?.[1] ?? 0), control: Number(given?.[2] ?? 1) };
  }

  async #talk(session: RtspSession, sending: Sending, signal: AbortSignal): Promise<Verdict> {
    const uri = this.#url.href;
    const { headers } = sending.line;
    const tearDown = () =>
      session.request({ method: 'TEARDOWN', uri, headers }, AbortSignal.timeout(TEARDOWN_LIMIT_MS));
    let isOver = false;
    try {
      expectSuccess(await session.request({ method: 'PLAY', uri, headers }, signal), `${this.#url.host}: starting`);
      await this.#send(session, sending, signal);
      isOver = true;
      // It comes after the sound in the same connection: whoever answers it has taken all of the sound.
      return verdictOf(await tearDown().catch(() => null), `${this.#url.host}: ending`);
    } finally {
      if (!isOver) await tearDown().catch(() => undefined);
    }
  }

  async #send(
    session: RtspSession,
    { line, payloadType, frames, onStart }: Sending,
    signal: AbortSignal,
  ): Promise<void> {
    const stream = new RtpStream(payloadType, G711_RATE_HZ);
    const pacer = new Pacer({ frameMs: FRAME_MS, leadMs: RTP_LEAD_MS });
    const sending = AbortSignal.any([signal, session.ended]);
    let sent = 0;
    try {
      await session.sendFrame(line.control, stream.report(`anqi@${hostname()}`, Date.now()), sending);
      for await (const frame of pacer.frames(frames, sending)) {
        if (sent === 0) onStart();
        const packet = stream.packet(frame, { durationMs: FRAME_MS, nowMs: Date.now() });
        await session.sendFrame(line.sound, packet, sending);
        sent += 1;
      }
      await pacer.heardOut(sending);
      await delay(TAIL_MS, undefined, { signal: sending });
    } catch (error) {
      if (signal.aborted || !session.ended.aborted) throw error;
      const message = `${this.#url.host} lost the connection after ${sent * FRAME_MS} ms of sound: ${session.fault}`;
      throw new RecoverableError('cut_off', message, { cause: error });
    }
  }
}

/** The first audio track of a description (RFC 4566) that takes G.711 from us; `base`: what its address is relative to. */
export function backchannelOf(description: string, base: string): Backchannel | null {
  for (const section of tracksOf(description)) {
    if (!section.startsWith('m=audio') || !takesFromUs(section)) continue;
    const [, types = ''] = /^m=audio \d+ \S+ ([\d ]+)/.exec(section) ?? [];
    const codec = types
      .trim()
      .split(' ', PAYLOAD_TYPES)
      .filter((type) => Number(type) < PAYLOAD_TYPES)
      .flatMap((type) => codecOf(Number(type), section))[0];
    if (codec === undefined) continue;
    return { control: controlOf(section, base), ...codec };
  }
  return null;
}

/** Addresses of the tracks that the camera sends. */
export function ownTracksOf(description: string, base: string): readonly string[] {
  return tracksOf(description)
    .filter((section) => !takesFromUs(section))
    .map((section) => controlOf(section, base));
}

function tracksOf(description: string): readonly string[] {
  return description.split(/^(?=m=)/m).filter((section) => section.startsWith('m='));
}

function takesFromUs(track: string): boolean {
  return /^a=sendonly\s*$/m.test(track);
}

function codecOf(payloadType: number, section: string): Pick<Backchannel, 'law' | 'payloadType'>[] {
  const mapped = new RegExp(`^a=rtpmap:${payloadType} (\\S+)`, 'm').exec(section)?.[1]?.toUpperCase();
  const name = mapped ?? (payloadType === PCMU ? 'PCMU/8000' : payloadType === PCMA ? 'PCMA/8000' : '');
  if (/^PCMU\/8000(\/1)?$/.test(name)) return [{ law: 'mu', payloadType }];
  return /^PCMA\/8000(\/1)?$/.test(name) ? [{ law: 'a', payloadType }] : [];
}

/** As RTSP clients do it: a relative address is appended to the base. */
function controlOf(track: string, base: string): string {
  const control = /^a=control:(\S+)/m.exec(track)?.[1] ?? '*';
  if (control === '*') return base;
  return /^rtsps?:/i.test(control) ? control : `${base.replace(/\/$/, '')}/${control}`;
}
