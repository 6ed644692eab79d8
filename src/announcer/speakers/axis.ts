/**
 * Axis speakers and cameras: VAPIX Audio API, G.711 µ-law POSTed to transmit.cgi. One client at a time may transmit.
 * https://developer.axis.com/vapix/audio-systems/audio-api
 */
import { RecoverableError } from '../../errors';
import { expectSuccess, verdictOf } from './device-answer';
import type { HttpDevice } from './http-device';
import { FRAME_MS, faultOf, G711_FRAME_BYTES, g711Of, reported } from './network';
import { DEVICE_LEAD_MS, framesOf } from './pacing';
import type { PlayableSound, Playback, Speaker } from './speaker';

const PROPERTIES = '/axis-cgi/param.cgi?action=list&group=Properties.Audio';
const TRANSMIT = '/axis-cgi/audio/transmit.cgi';

export class AxisSpeaker implements Speaker {
  constructor(private readonly device: HttpDevice) {}

  get description(): string {
    return `axis ${this.device.address}`;
  }

  check(signal: AbortSignal): Promise<string | null> {
    return faultOf(async () => {
      const answer = await this.device.request('GET', PROPERTIES, signal);
      expectSuccess(answer, `${this.device.address}: reading the audio properties`);
      if (!/Audio\.Audio\s*=\s*yes/i.test(answer.body)) {
        throw new RecoverableError('no_channel', `${this.device.address} says that it has no audio`);
      }
    }, signal);
  }

  play(sound: PlayableSound, signal: AbortSignal): Promise<Playback> {
    return reported(async (onStart) => {
      const frames = framesOf(await g711Of(sound, 'mu'), G711_FRAME_BYTES);
      if (!this.device.hasAnswered) await this.device.request('GET', PROPERTIES, signal);
      const pace = { frameMs: FRAME_MS, leadMs: DEVICE_LEAD_MS };
      const upload = { method: 'POST', path: TRANSMIT, contentType: 'audio/basic', frames, pace, onStart } as const;
      return verdictOf(await this.device.upload(upload, signal), `${this.device.address}: transmitting`);
    }, signal);
  }
}
