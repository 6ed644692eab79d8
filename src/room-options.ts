/** From the configuration to the options of the rooms that both the service and the doctor build (pure). */
import type { SpeakerOptions } from './announcer/speaker';
import type { CameraSourceOptions } from './camera/camera-source';
import type { CameraConfig, Config, SpeakerConfig } from './config/schema';

export function cameraSourceOptions(camera: CameraConfig): CameraSourceOptions {
  const { id, url, username, password, transport, analysedFps, maxWidthPx, stallTimeoutMs } = camera;
  return {
    id,
    url,
    transport,
    fps: analysedFps,
    maxWidthPx,
    stallTimeoutMs,
    ...(username === undefined ? {} : { user: username }),
    ...(password === undefined ? {} : { password }),
  };
}

/** A folder speaker is paced: in the service a prompt takes its time whatever plays it. */
export function speakerOptions(speaker: SpeakerConfig): SpeakerOptions {
  return speaker.kind === 'local'
    ? { kind: 'local', device: speaker.device }
    : { kind: 'folder', directory: speaker.folder, paced: true };
}

export function clientCredentials({ username, password, caFile }: NonNullable<Config['mqtt']>): {
  readonly username?: string;
  readonly password?: string;
  readonly caFile?: string;
} {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { caFile }),
  };
}
