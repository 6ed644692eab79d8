/** The inference worker looks where it is asked to: real models on a frame of the junction film. */
import { join } from 'node:path';
import { openRecording } from '../../src/camera/recording';
import type { Detection, Frame } from '../../src/domain';
import { MODEL_FOLDER } from '../../src/places';
import type { Interest } from '../../src/vision/attention';
import { Detector } from '../../src/vision/detector';

const FILM = join(__dirname, '../clips/junction-demo.mp4');
/** Two ridden e-bikes stand at the light then. */
const CROSSING_AT_S = 24;
const detector = new Detector({ modelFolder: MODEL_FOLDER, threads: 1 });
let frame: Frame;

beforeAll(async () => {
  const recording = await openRecording(FILM, { fps: 1, cameraId: 'film' });
  for await (const one of recording.frames(new AbortController().signal)) {
    if (one.capturedAtMs >= CROSSING_AT_S * 1000) {
      frame = { ...one, pixels: Uint8Array.from(one.pixels) };
      break;
    }
    recording.release(one.pixels);
  }
}, 60_000);
afterAll(() => detector.close());

async function groups(...attention: Parameters<Detector['detect']>[1] & object): Promise<readonly Detection[]> {
  const { detections } = await detector.detect({ ...frame, pixels: Uint8Array.from(frame.pixels) }, attention);
  return detections.filter((one) => one.label === 'rider_group' && one.confidence > 0.5);
}

it('looks at everybody it was told nothing of', async () => {
  const found = await groups();
  expect(found.length).toBeGreaterThan(1);
  for (const one of found) {
    expect(one.heads.length).toBeGreaterThan(0);
    expect(one.isPassedOver).toBeUndefined();
    for (const head of one.heads) expect(head.sharpness).toBeGreaterThan(0);
  }
});

it.each<[Interest, number, boolean]>([
  ['settled', 200, true],
  ['settled', 600, false],
  ['undecided', 200, false],
  ['watched', 200, false],
])('passes over a %s vehicle looked at %i ms ago: %s', async (interest, waitedMs, isPassedOver) => {
  const [first, ...others] = await groups();
  if (first === undefined) throw new Error('no rider in the frame');
  const again = await groups({ box: first.box, interest, waitedMs });
  const same = again.find((one) => one.box.x === first.box.x);
  expect(same?.isPassedOver === true).toBe(isPassedOver);
  expect(same?.heads).toEqual(isPassedOver ? [] : first.heads);
  expect(again.filter((one) => one !== same)).toEqual(others);
});
