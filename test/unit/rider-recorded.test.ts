/**
 * What the models saw in two excerpts of a film in which nobody rides (the file says how it is written): dummies of shop
 * windows on and behind parked e-bikes, and people who walk and push past them, whose tracks go over from one to the other.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BoundingBox, Detection, HeadDetection } from '../../src/domain';
import { type Rider, Riders } from '../../src/rider/riders';
import { Tracker } from '../../src/tracker/tracker';
import { riderRules, THRESHOLDS } from '../support/rules';

type Numbers4 = readonly [number, number, number, number];
type RecordedHead = readonly [...Numbers4, ...Numbers4, number];
type Recorded = readonly ['g' | 'v' | 'p', number, ...Numbers4, readonly RecordedHead[]];

interface Recording {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly excerpts: readonly { readonly fromS: number; readonly frames: readonly (readonly Recorded[])[] }[];
}

const FRAME_MS = 200;
const LABELS = { g: 'rider_group', v: 'two_wheeler', p: 'person' } as const;
const recording: Recording = JSON.parse(readFileSync(join(__dirname, '../clips/nobody-rides.detections.json'), 'utf8'));

const boxOf = ([x, y, w, h]: readonly number[]): BoundingBox => ({ x: x ?? 0, y: y ?? 0, w: w ?? 0, h: h ?? 0 });

function headOf(head: RecordedHead): HeadDetection {
  const [confidence, worn, notWorn, unreadable] = [head[4], head[5], head[6], head[7]];
  return { box: boxOf(head), confidence, worn, notWorn, unreadable, sharpness: head[8] };
}

function detectionOf([label, confidence, x, y, w, h, heads]: Recorded): Detection {
  return { label: LABELS[label], confidence, box: { x, y, w, h }, heads: heads.map(headOf) };
}

/** Everybody taken for a rider, frame by frame. */
function ridersIn(frames: readonly (readonly Recorded[])[]): Rider[] {
  const { confirm, track, confirmAfterMs } = THRESHOLDS['rider-detector'];
  const tracker = new Tracker({ confirmConfidence: confirm, minConfidence: track, confirmAfterMs, lostForMs: 3000 });
  const { widthPx, heightPx } = recording;
  const riders = new Riders(riderRules({ heightPx, aspect: widthPx / heightPx }));
  return frames.flatMap((frame, i) => {
    const vehicles = frame.map(detectionOf).filter(({ label }) => label !== 'person');
    return riders.update(tracker.update(vehicles, i * FRAME_MS).tracks, i * FRAME_MS);
  });
}

it.each(recording.excerpts)('nobody is spoken to in the twelve seconds from $fromS s on', ({ frames }) => {
  const seen = ridersIn(frames);
  // The dummies are taken for riders, some of them without a helmet: it is up to their never coming or moving.
  expect(seen.flatMap(({ persons }) => persons).length).toBeGreaterThan(50);
  expect(seen.filter(({ isAddressable }) => isAddressable)).toEqual([]);
});
