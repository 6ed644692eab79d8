import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inconsistencies } from '../../../src/scoring/consistency';
import { readTracks, readTruth } from '../../../src/scoring/files';
import { boxAt, clipOf, LENGTH_S, truthOf } from '../../support/scored-clip';

const truth = truthOf([{ id: 'v1', x: 0.1, persons: [{ id: 'p1' }] }]);
const tracks = (untilS: number, x = 0.1) =>
  Array.from({ length: untilS }, (_, t) => ({
    t,
    riders: [
      { trackId: 1, box: boxAt(x) },
      { trackId: 2, box: boxAt(x) },
    ],
  }));
const square = { w: 500, h: 500 };

describe('files of one clip', () => {
  it('fit', () => {
    expect(inconsistencies(clipOf(truth, [{ x: 0.1, atS: 4, outcome: 'corrected' }]), [square])).toEqual([]);
  });

  it.each([
    [
      'a clip that ends early',
      clipOf(truth, [], tracks(8)),
      [],
      'shorter than its truth: tracks end at 7 s, the truth at 20 s',
    ],
    ['a clip that goes on', clipOf(truth, [], tracks(30)), [], 'longer than its truth'],
    [
      'an event after the end',
      clipOf(truth, [{ x: 0.1, atS: LENGTH_S + 60 }]),
      [],
      'events of another clip: one is at 80 s',
    ],
    [
      'pictures of another shape',
      clipOf(truth, []),
      [{ w: 1920, h: 1080 }],
      'seen in 1920×1080, the truth is 1000×1000',
    ],
    ['a vehicle no track knows', clipOf(truth, [{ x: 0.5, atS: 4 }]), [], 'names vehicle 5, which no track has'],
    [
      'boxes where nothing is',
      clipOf(truth, [], tracks(20, 0.8)),
      [],
      'none of 40 boxes lies where the truth has a vehicle',
    ],
  ])('do not fit: %s', (_case, clip, sizes, problem) => {
    expect(inconsistencies(clip, sizes)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anqi-score-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const written = (text: string): string => {
    const file = join(folder, 'file');
    writeFileSync(file, text);
    return file;
  };

  it('of truth is read as it is, and called simulated where it says nothing', () => {
    const { origin: _, ...silent } = truth;
    expect(readTruth(written(JSON.stringify(silent)))).toEqual(truth);
    expect(readTruth(written(JSON.stringify({ ...truth, origin: 'real' }))).origin).toBe('real');
  });

  it('of truth tells every problem with its place', () => {
    const { video, actors, frames } = truth;
    const bad = {
      video: { ...video, fps: 0 },
      actors,
      frames: [
        { ...frames[0], t: -1 },
        { t: 1, vehicles: [{ id: 'v1' }] },
      ],
    };
    const read = () => readTruth(written(JSON.stringify(bad)));
    for (const place of ['video.fps: ', 'frames[0].t: ', 'frames[1].vehicles[0].kind: ', 'frames[1].vehicles[0].box: '])
      expect(read).toThrow(place);
  });

  it('of truth has frames in order, inside the clip, of known people', () => {
    const [first, second, ...rest] = truth.frames;
    if (first === undefined || second === undefined) throw new Error('a truth of two frames');
    const stranger = { ...first, t: 25, vehicles: first.vehicles.map((one) => ({ ...one, id: 'v9' })) };
    const read = () => readTruth(written(JSON.stringify({ ...truth, frames: [second, first, ...rest, stranger] })));
    expect(read).toThrow('frames[1].t: 0 must be later than the 1 before it');
    expect(read).toThrow("frames[20].t: 25 lies after the clip's end (20 s)");
    expect(read).toThrow('frames[20]: "v9" is not among actors and their persons');
  });

  it('of tracks tells the line', () => {
    const good = JSON.stringify({ t: 0, frame: 0, riders: [] });
    expect(readTracks(written(`${good}\n`))).toEqual([{ t: 0, riders: [] }]);
    expect(() => readTracks(written(`${good}\n{"t": 1}\n`))).toThrow('line 2, riders: ');
    expect(() => readTracks(written(`${good}\n{"t":\n`))).toThrow('line 2: not JSON');
    expect(() => readTracks(join(folder, 'nowhere'))).toThrow('nowhere: cannot be read');
  });
});
