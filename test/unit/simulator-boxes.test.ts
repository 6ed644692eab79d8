import fc from 'fast-check';
import { annotate } from '../../scripts/simulator/coco';
import {
  boxAround,
  cutToPicture,
  hullArea,
  project,
  reach,
  unionOf,
  type Vector,
} from '../../scripts/simulator/geometry';
import type { ActorLabels, Seen } from '../../scripts/simulator/labels';
import { parseScenario } from '../../scripts/simulator/scenario';
import { momentAt } from '../../scripts/simulator/timeline';
import { truthFrame } from '../../scripts/simulator/truth';

const unit = fc.double({ min: -1, max: 1, noNaN: true });

describe('projection', () => {
  // A camera in the origin that looks along -z with 90 degrees: w = -z.
  const camera = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, -1, 0, 0, -0.2, 0];

  it.each([
    ['ahead', [0, 0, -5], [0.5, 0.5]],
    ['up and right', [5, 5, -5], [1, 0]],
    ['half way down', [0, -2.5, -5], [0.5, 0.75]],
  ] as const)('%s', (_case, point, expected) => {
    expect(project(camera, point)).toEqual(expected);
  });

  it('gives nothing for a point behind the camera', () => {
    expect(project(camera, [0, 0, 5])).toBeNull();
  });
});

describe('boxes', () => {
  it.each([
    ['inside', { x: 0.125, y: 0.25, w: 0.25, h: 0.5 }, { x: 0.125, y: 0.25, w: 0.25, h: 0.5 }],
    ['over the left edge', { x: -0.5, y: 0, w: 1, h: 0.5 }, { x: 0, y: 0, w: 0.5, h: 0.5 }],
    ['outside', { x: 1.1, y: 0, w: 1, h: 0.5 }, null],
  ])('cut to the picture: %s', (_case, box, expected) => {
    expect(cutToPicture(box)).toEqual(expected);
  });

  it('have none without points, and a union that holds both', () => {
    expect(boxAround([])).toBeNull();
    expect(
      unionOf([
        { x: 0, y: 0, w: 0.25, h: 0.25 },
        { x: 0.5, y: 0.5, w: 0.25, h: 0.5 },
      ]),
    ).toEqual({ x: 0, y: 0, w: 0.75, h: 1 });
  });

  it('hull area: a square with points inside, a line, and never more than the box', () => {
    expect(
      hullArea([
        [0, 0],
        [2, 0],
        [2, 2],
        [0, 2],
        [1, 1],
        [0.5, 1.5],
      ]),
    ).toBeCloseTo(4, 9);
    expect(
      hullArea([
        [0, 0],
        [1, 1],
        [2, 2],
      ]),
    ).toBeCloseTo(0, 9);
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, unit), { minLength: 3, maxLength: 40 }), (points) => {
        const box = boxAround(points);
        expect(hullArea(points)).toBeLessThanOrEqual((box?.w ?? 0) * (box?.h ?? 0) + 1e-9);
      }),
    );
  });
});

describe('a limb', () => {
  const distance = (a: Vector, b: Vector): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

  it('keeps the lengths of its bones wherever it reaches', () => {
    fc.assert(
      fc.property(fc.tuple(unit, unit, unit), (target) => {
        const { middle, end } = reach({ root: [0, 0, 0], target, upperM: 0.4, lowerM: 0.35, bend: [0.3, -1, 0.2] });
        expect(distance([0, 0, 0], middle)).toBeCloseTo(0.4, 5);
        if (Math.hypot(...target) > 0.1) expect(distance(middle, end)).toBeCloseTo(0.35, 5);
      }),
    );
  });

  it('gets to a target within reach', () => {
    const { end } = reach({ root: [0, 0, 0], target: [0.3, 0.2, 0.1], upperM: 0.4, lowerM: 0.35, bend: [0, -1, 0] });
    expect(distance(end, [0.3, 0.2, 0.1])).toBeCloseTo(0, 9);
  });
});

describe('labels', () => {
  const scenario = parseScenario(
    `name: a
durationS: 1
widthPx: 1000
heightPx: 500
camera: { position: [0, 4, 9], lookAt: [0, 1, 0] }
actors:
  - { id: v, kind: ebike, path: [{ t: 0, x: 0, z: 0 }], persons: [{ id: p1, helmet: {} }, { id: p2, seat: passenger }] }
  - { id: s, kind: pusher, path: [{ t: 0, x: 0, z: 0 }], persons: [{ id: p3 }] }
  - { id: k, kind: parked, path: [{ t: 0, x: 0, z: 0 }] }`,
    'film.yaml',
  );
  const moment = momentAt(scenario, 0);
  const seen = (x: number, y: number, visibleRatio = 0.9): Seen => ({ box: { x, y, w: 0.1, h: 0.2 }, visibleRatio });
  const labels: ActorLabels[] = [
    {
      id: 'v',
      vehicle: seen(0.4, 0.6),
      persons: [
        { id: 'p1', body: seen(0.42, 0.4), head: seen(0.43, 0.3) },
        { id: 'p2', body: seen(0.45, 0.4), head: seen(0.46, 0.28, 0.2) },
      ],
    },
    { id: 's', vehicle: seen(0.7, 0.6), persons: [{ id: 'p3', body: seen(0.75, 0.5), head: seen(0.75, 0.4) }] },
    { id: 'k', vehicle: seen(1.2, 0.6), persons: [] },
  ];

  it('in COCO: helmets, bare heads, riders with their vehicle, people beside theirs; hidden ones are crowds', () => {
    const annotations = annotate({ scenario, moment, labels }, { imageId: 3, firstId: 10 });
    const short = annotations.map(({ category_id, iscrowd, person_id, vehicle_id, ridden }) => [
      category_id,
      iscrowd,
      person_id ?? vehicle_id,
      ridden,
    ]);
    expect(short).toEqual([
      [3, 0, 'v', true],
      [5, 0, 'v', undefined],
      [4, 0, 'p1', undefined],
      [1, 0, 'p1', undefined],
      [4, 0, 'p2', undefined],
      [2, 1, 'p2', undefined],
      [3, 0, 's', false],
      [6, 0, 'p3', undefined],
      [2, 0, 'p3', undefined],
    ]);
    expect(annotations.map(({ id }) => id)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18]);
    expect(annotations[0]?.bbox).toEqual([400, 300, 100, 100]);
    expect(annotations[1]?.bbox).toEqual([400, 140, 160, 260]);
  });

  it('in the truth: the group box holds its riders, a pusher is a pedestrian beside an unridden vehicle', () => {
    const truth = truthFrame(scenario, { moment, labels, frame: 0 });
    expect(truth.vehicles.map(({ id, ridden, persons }) => [id, ridden, persons.length])).toEqual([
      ['v', true, 2],
      ['s', false, 0],
    ]);
    const [group] = truth.vehicles;
    expect(group?.box).toEqual({ x: 0.4, y: 0.28, w: 0.16, h: 0.52 });
    expect(group?.persons.map(({ state, head }) => [state, head !== null])).toEqual([
      ['worn', true],
      ['not_worn', false],
    ]);
    expect(truth.pedestrians).toMatchObject([{ id: 'p3', kind: 'pusher' }]);
  });
});
