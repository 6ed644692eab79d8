/** How the peers are started, and what they need. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../src/errors';
import { PACKAGE_ROOT } from '../../src/places';
import { loadModel } from '../../src/vision/manifest';
import { readThresholds } from '../../src/vision/thresholds';
import { ANALYSED_FPS } from './rounds';

/** Debian's own: another Python of the machine has other packages. */
const PYTHON = '/usr/bin/python3';
const HERE = join(PACKAGE_ROOT, 'scripts/benchmark');
const LIMIT_MS = 60_000;

/** From the camera's address to a command line. */
export type Peer = (url: string) => [command: string, args: readonly string[]];

/** @throws Error that says what to install */
export async function openCvPeer(modelFolder: string, folder: string, python = PYTHON): Promise<Peer> {
  await promisify(execFile)(python, ['-c', 'import cv2, onnx'], { timeout: LIMIT_MS }).catch((cause: unknown) => {
    const cure = 'sudo apt-get install python3-opencv python3-onnx (scripts/bench does it by itself)';
    throw new Error(`the Python peer needs OpenCV and ONNX for ${python}: ${cure}`, { cause });
  });
  const { path, options } = detectorIn(modelFolder);
  await mkdir(folder, { recursive: true });
  const cut = join(folder, 'detector-for-opencv.onnx');
  await promisify(execFile)(python, [join(HERE, 'opencv_detector.py'), path, cut], { timeout: LIMIT_MS }).catch(
    (cause: unknown) => {
      throw new Error(`the rider detector cannot be cut for OpenCV: ${messageOf(cause)}`, { cause });
    },
  );
  return (url) => [python, [join(HERE, 'peer_opencv.py'), url, cut, ...options]];
}

export function nodePeer(modelFolder: string): Peer {
  const { path, options } = detectorIn(modelFolder);
  return (url) => [process.execPath, [join(__dirname, 'peer-node.js'), url, path, ...options]];
}

/** Size, pictures a second, score and overlap: those of the service. */
function detectorIn(modelFolder: string): { readonly path: string; readonly options: readonly string[] } {
  const { manifest, modelPath } = loadModel(modelFolder, 'rider-detector');
  const [, height = 0, width = 0] = manifest.input.shape;
  const { confirm, nmsIou } = readThresholds((name) => {
    const model = loadModel(modelFolder, name);
    return { path: model.manifestPath, thresholds: model.manifest.thresholds };
  })['rider-detector'];
  return { path: modelPath, options: [width, height, ANALYSED_FPS, confirm, nmsIou].map(String) };
}
