/** The microphone of this device, from the moment it hears something until it is let go. */
import worklet from './capture-worklet?worker&url';
import { levelDb, wavOf } from './wav';

/** Browsers give a microphone only to pages that came by https, or from the device itself. */
export const HAS_MICROPHONE = window.isSecureContext && navigator.mediaDevices !== undefined;

export type MicrophoneTrouble = 'denied' | 'absent' | 'failed';

export class MicrophoneError extends Error {
  constructor(
    readonly trouble: MicrophoneTrouble,
    cause: unknown,
  ) {
    super(trouble, { cause });
  }
}

/** As it is: what makes speech pleasant on the telephone cuts its consonants off. */
const RAW: MediaTrackConstraints = {
  channelCount: 1,
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};

/** A Bluetooth microphone takes a few seconds. */
const LONGEST_WAIT_MS = 10_000;

export interface Hearing {
  /** Lets the microphone go. @returns the take as WAV */
  readonly stop: () => Blob;
}

/** Resolves when the first sound arrives: then it is time to speak. @throws MicrophoneError */
export async function hear(onLevel: (levelDb: number, heardMs: number) => void, signal: AbortSignal): Promise<Hearing> {
  const context = new AudioContext();
  let stream: MediaStream | undefined;
  const letGo = (): void => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    if (context.state !== 'closed') void context.close();
  };
  signal.addEventListener('abort', letGo, { once: true });
  try {
    // All that takes time comes before the microphone: what it hears first is heard.
    await context.audioWorklet.addModule(worklet);
    stream = await navigator.mediaDevices.getUserMedia({ audio: RAW }).catch((error: unknown) => {
      throw new MicrophoneError(troubleOf(error), error);
    });
    signal.throwIfAborted();
    const node = new AudioWorkletNode(context, 'capture');
    const stretches: Float32Array[] = [];
    const first = new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', reject, { once: true });
      setTimeout(reject, LONGEST_WAIT_MS);
      node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
        if (signal.aborted) return;
        stretches.push(data);
        onLevel(levelDb(data), (stretches.length * data.length * 1000) / context.sampleRate);
        resolve();
      };
    });
    first.catch(() => undefined); // nobody waits for it when the next line fails
    // It has to lead somewhere to be asked for sound; it gives none.
    context.createMediaStreamSource(stream).connect(node).connect(context.destination);
    await context.resume();
    await first;
    return {
      stop: () => {
        letGo();
        return wavOf(stretches, context.sampleRate);
      },
    };
  } catch (error) {
    letGo();
    throw error instanceof MicrophoneError ? error : new MicrophoneError('failed', error);
  }
}

function troubleOf(error: unknown): MicrophoneTrouble {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'absent' : 'failed';
}
