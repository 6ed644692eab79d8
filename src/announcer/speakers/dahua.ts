/**
 * Dahua (and Amcrest, Imou) speakers and cameras: HTTP API, G.711 A-law POSTed to audio.cgi. The documents promise no
 * answer: "if client want to stop, just close the connection"; many devices indeed play and stay silent.
 */
import { RecoverableError } from '../../errors';
import { expectSuccess, verdictOf } from './device-answer';
import type { HttpDevice } from './http-device';
import { FRAME_MS, faultOf, G711_FRAME_BYTES, g711Of, reported } from './network';
import { DEVICE_LEAD_MS, framesOf } from './pacing';
import type { PlayableSound, Playback, Speaker } from './speaker';

const OUTPUTS = '/cgi-bin/devAudioOutput.cgi?action=getCollect';

export class DahuaSpeaker implements Speaker {
  constructor(
    private readonly device: HttpDevice,
    private readonly channel: number,
  ) {}

  get description(): string {
    return `dahua ${this.device.address} channel ${this.channel}`;
  }

  check(signal: AbortSignal): Promise<string | null> {
    return faultOf(async () => {
      const answer = await this.device.request('GET', OUTPUTS, signal);
      expectSuccess(answer, `${this.device.address}: counting the audio outputs`);
      const outputs = Number(/result\s*=\s*(\d+)/.exec(answer.body)?.[1] ?? 0);
      if (outputs < this.channel) {
        const message = `${this.device.address} has ${outputs} audio outputs, and channel ${this.channel} is configured`;
        throw new RecoverableError('no_channel', message);
      }
    }, signal);
  }

  play(sound: PlayableSound, signal: AbortSignal): Promise<Playback> {
    return reported(async (onStart) => {
      const frames = framesOf(await g711Of(sound, 'a'), G711_FRAME_BYTES);
      if (!this.device.hasAnswered) await this.device.request('GET', OUTPUTS, signal);
      const path = `/cgi-bin/audio.cgi?action=postAudio&httptype=singlepart&channel=${this.channel}`;
      const pace = { frameMs: FRAME_MS, leadMs: DEVICE_LEAD_MS };
      const upload = { method: 'POST', path, contentType: 'Audio/G.711A', frames, pace, onStart } as const;
      return verdictOf(await this.device.upload(upload, signal), `${this.device.address}: posting audio`);
    }, signal);
  }
}
