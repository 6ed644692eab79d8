/** Every kind of loudspeaker, by its options. */
import { assertNever } from '../../domain';
import { AxisSpeaker } from './axis';
import { DahuaSpeaker } from './dahua';
import { FolderSpeaker } from './folder';
import { HikvisionSpeaker } from './hikvision';
import { HttpDevice, type HttpDeviceOptions } from './http-device';
import { LocalSpeaker } from './local';
import { OnvifSpeaker, type OnvifSpeakerOptions } from './onvif';
import { RtpSpeaker, type RtpSpeakerOptions } from './rtp';
import type { Speaker } from './speaker';

export type SpeakerOptions =
  /** `device`: a PulseAudio sink (paplay) or ALSA device (aplay); the system's default when absent. */
  | { readonly kind: 'local'; readonly device?: string | undefined }
  /** `paced`: playing takes as long as the sound lasts, as it would on a real speaker. */
  | { readonly kind: 'folder'; readonly directory: string; readonly paced?: boolean | undefined }
  | ({ readonly kind: 'axis' } & HttpDeviceOptions)
  /** `channel`: of two-way audio, 1 in a device with one loudspeaker. */
  | ({ readonly kind: 'hikvision' | 'dahua'; readonly channel: number } & HttpDeviceOptions)
  | ({ readonly kind: 'onvif' } & OnvifSpeakerOptions)
  | ({ readonly kind: 'rtp' } & RtpSpeakerOptions);

/** `scratchDir`: short-lived files for volume and for trying the player; made when missing. */
export function createSpeaker(options: SpeakerOptions, scratchDir: string): Speaker {
  switch (options.kind) {
    case 'local':
      return new LocalSpeaker(options.device, scratchDir);
    case 'folder':
      return new FolderSpeaker(options.directory, options.paced ?? false);
    case 'axis':
      return new AxisSpeaker(new HttpDevice(options));
    case 'hikvision':
      return new HikvisionSpeaker(new HttpDevice(options), options.channel);
    case 'dahua':
      return new DahuaSpeaker(new HttpDevice(options), options.channel);
    case 'onvif':
      return new OnvifSpeaker(options);
    case 'rtp':
      return new RtpSpeaker(options);
    default:
      return assertNever(options);
  }
}
