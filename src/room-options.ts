/** From the configuration to the options of the rooms that the service and its tools build (pure). */
import type { SpeakerOptions } from './announcer/speakers/create';
import type { CameraSourceOptions } from './camera/camera-source';
import type { CameraConfig, Config, SpeakerConfig } from './config/schema';
import type { BrokerAccess } from './mqtt/access';
import { MODEL_FOLDER } from './places';
import type { WorkerSettings } from './vision/messages';

export function detectorOptions({ models }: Pick<Config, 'models'>): WorkerSettings {
  const { folder, threads, provider } = models;
  return { modelFolder: folder ?? MODEL_FOLDER, threads, provider };
}

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
  switch (speaker.kind) {
    case 'local':
      return { kind: 'local', device: speaker.device };
    case 'folder':
      return { kind: 'folder', directory: speaker.folder, paced: true };
    case 'rtp':
      return speaker;
    case 'onvif':
      return { kind: 'onvif', url: speaker.url, credentials: speakerCredentials(speaker) };
    default: {
      const { url, acceptAnyCertificate: acceptsAnyCertificate } = speaker;
      return { ...speaker, url, acceptsAnyCertificate, credentials: speakerCredentials(speaker) };
    }
  }
}

/** Null where no user is configured: some devices let everybody speak. */
function speakerCredentials({
  username,
  password = '',
}: {
  username?: string | undefined;
  password?: string | undefined;
}) {
  return username === undefined ? null : { username, password };
}

export function brokerAccess(mqtt: NonNullable<Config['mqtt']>): BrokerAccess {
  const { url, protocolVersion, username, password, caFile, certFile, keyFile, alpn } = mqtt;
  return {
    ...{ url, protocolVersion },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(alpn === undefined ? {} : { alpn }),
  };
}
