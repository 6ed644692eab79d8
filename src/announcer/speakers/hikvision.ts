/**
 * Hikvision speakers and cameras: ISAPI two-way audio. The channel is closed, opened, filled and always closed again;
 * left open, it refuses everybody until the device restarts. Devices answer the sound only once the channel is closed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { RecoverableError } from '../../errors';
import type { G711Law } from '../sound/g711';
import { elementText, expectSuccess, verdictOf } from './device-answer';
import type { HttpDevice, Upload } from './http-device';
import { FRAME_MS, faultOf, G711_FRAME_BYTES, g711Of, reported, type Verdict } from './network';
import { DEVICE_LEAD_MS, framesOf } from './pacing';
import type { PlayableSound, Playback, Speaker } from './speaker';

const CHANNELS = '/ISAPI/System/TwoWayAudio/channels';
const LAWS: Readonly<Record<string, G711Law>> = { 'G.711ulaw': 'mu', 'G.711alaw': 'a' };
/** Closing is also done while stopping, which waits for it. */
const CLOSE_LIMIT_MS = 2000;
/** What a device may still have in its buffer when the sound is over by our clock. */
const TAIL_MS = 300;

const ignore = (): void => undefined;

export class HikvisionSpeaker implements Speaker {
  constructor(
    private readonly device: HttpDevice,
    private readonly channel: number,
  ) {}

  get description(): string {
    return `hikvision ${this.device.address} channel ${this.channel}`;
  }

  check(signal: AbortSignal): Promise<string | null> {
    return faultOf(async () => void (await this.#law(signal)), signal);
  }

  play(sound: PlayableSound, signal: AbortSignal): Promise<Playback> {
    return reported(async (onStart) => {
      const law = await this.#law(signal);
      const frames = framesOf(await g711Of(sound, law), G711_FRAME_BYTES);
      await this.#put('close', signal).catch(() => undefined); // whoever had it may have left it open
      let closing: Promise<void> | null = null;
      const close = (): Promise<void> => {
        closing ??= this.#put('close', AbortSignal.timeout(CLOSE_LIMIT_MS)).then(ignore, ignore);
        return closing;
      };
      try {
        const opened = await this.#put('open', signal);
        expectSuccess(opened, `${this.device.address}: opening channel ${this.channel}`);
        const session = elementText(opened.body, 'sessionId');
        return await this.#fill(frames, { session, onStart, onHeard: () => delay(TAIL_MS).then(close) }, signal);
      } finally {
        await close();
      }
    }, signal);
  }

  async #fill(
    frames: readonly Buffer[],
    { session, onStart, onHeard }: { session: string | null } & Pick<Upload, 'onStart' | 'onHeard'>,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const query = session === null ? '' : `?sessionId=${encodeURIComponent(session)}`;
    const path = `${CHANNELS}/${this.channel}/audioData${query}`;
    const pace = { frameMs: FRAME_MS, leadMs: DEVICE_LEAD_MS };
    const contentType = 'application/octet-stream';
    const upload = { method: 'PUT', path, contentType, frames, pace, onStart, onHeard } as const;
    return verdictOf(await this.device.upload(upload, signal), `${this.device.address}: sending audio`);
  }

  #put(action: 'open' | 'close', signal: AbortSignal) {
    return this.device.request('PUT', `${CHANNELS}/${this.channel}/${action}`, signal);
  }

  /** What the channel wants to be sent. @throws RecoverableError `no_channel`, `unsupported_codec`, and as expectSuccess */
  async #law(signal: AbortSignal): Promise<G711Law> {
    const answer = await this.device.request('GET', CHANNELS, signal);
    expectSuccess(answer, `${this.device.address}: listing the audio channels`);
    const channels = answer.body.split(/<TwoWayAudioChannel[\s>]/).slice(1);
    const own = channels.find((channel) => elementText(channel, 'id') === String(this.channel));
    if (own === undefined) {
      const known = channels.map((channel) => elementText(channel, 'id')).join(', ') || 'none';
      const message = `${this.device.address} has no two-way audio channel ${this.channel}; it has: ${known}`;
      throw new RecoverableError('no_channel', message);
    }
    const codec = elementText(own, 'audioCompressionType') ?? 'nothing';
    const law = LAWS[codec];
    if (law !== undefined) return law;
    const message = `${this.device.address} wants ${codec}: set the audio encoding of the device to G.711ulaw`;
    throw new RecoverableError('unsupported_codec', message);
  }
}
