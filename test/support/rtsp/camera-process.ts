/** Watches the camera in CAMERA_URL until it is killed, and says each state on stdout. Bundled and run by a test. */
import { CameraSource } from '../../../src/camera/camera-source';
import { createLogger } from '../../../src/runtime/logger';

async function watch(): Promise<void> {
  const camera = new CameraSource(
    // Nothing but the death of this process is to end ffmpeg.
    { id: 'c1', url: process.env.CAMERA_URL ?? '', transport: 'tcp', fps: 5, stallTimeoutMs: 3_600_000 },
    { log: createLogger({ level: 'warn' }), onState: ({ state }) => process.stdout.write(`${state}\n`) },
  );
  for await (const frame of camera.frames(new AbortController().signal)) camera.release(frame.pixels);
}

void watch();
