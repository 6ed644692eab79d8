import fc from 'fast-check';
import { annotate, CATEGORIES } from '../../scripts/simulator/coco';
import type { ActorLabels, Seen } from '../../scripts/simulator/labels';
import { NEGATIVE_KINDS, negativeKind, negativeScene } from '../../scripts/simulator/negative-scene';
import { randomScene } from '../../scripts/simulator/random-scene';
import { type Actor, parseScenario, type Scenario } from '../../scripts/simulator/scenario';
import { withoutPeople } from '../../scripts/simulator/stills';
import { momentAt, personsOf } from '../../scripts/simulator/timeline';
import { varietyScene } from '../../scripts/simulator/variety-scene';
import { hairScene, waitingScene } from '../../scripts/simulator/waiting-scene';

const seeds = fc.integer({ min: 0, max: 99_999_999 });
const RIDING: readonly Actor['kind'][] = ['ebike', 'bicycle'];
const sceneOf = (seed: number): Scenario[] => Array.from({ length: 260 }, (_, index) => varietyScene(seed + index));

/** Everything of an actor in one place of the picture. */
function seenEverywhere({ actors }: Scenario, seen: Seen): ActorLabels[] {
  return actors.map((actor) => ({
    id: actor.id,
    vehicle: actor.kind === 'pedestrian' || actor.kind === 'prop' ? null : seen,
    persons: personsOf(actor).map(({ id }) => ({ id, body: seen, head: seen })),
  }));
}

describe.each([
  ['street', randomScene],
  ['variety', varietyScene],
  ['waiting', waitingScene],
  ['hair', hairScene],
  ['negatives', negativeScene],
] as const)('a made-up %s scene', (_name, make) => {
  it('is the same for the same seed and another for the next', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(make(seed)).toEqual(make(seed));
        expect(make(seed).camera).not.toEqual(make(seed + 1).camera);
      }),
      { numRuns: 40 },
    );
  });

  it('has labels inside the picture only, each with its own id', () => {
    const box = fc.record({
      x: fc.double({ min: -0.5, max: 1.2, noNaN: true }),
      y: fc.double({ min: -0.5, max: 1.2, noNaN: true }),
      w: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
      h: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
    });
    fc.assert(
      fc.property(seeds, box, (seed, place) => {
        const scenario = make(seed);
        const labels = seenEverywhere(scenario, { box: place, visibleRatio: 0.9 });
        const all = annotate({ scenario, moment: momentAt(scenario, 0.1), labels }, { imageId: 1, firstId: 5 });
        for (const { bbox } of all) {
          const [x, y, w, h] = bbox;
          expect(Math.min(x, y, w, h)).toBeGreaterThanOrEqual(0);
          expect(x + w).toBeLessThanOrEqual(scenario.widthPx + 0.1);
          expect(y + h).toBeLessThanOrEqual(scenario.heightPx + 0.1);
        }
        expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe('negatives', () => {
  it('have nobody riding, whatever the seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(negativeScene(seed).actors.filter(({ kind }) => RIDING.includes(kind))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('come in every kind equally often', () => {
    const kinds = Array.from({ length: NEGATIVE_KINDS.length * 3 }, (_, index) => negativeKind(9_000_000 + index));
    for (const kind of NEGATIVE_KINDS) expect(kinds.filter((one) => one === kind)).toHaveLength(3);
  });

  it('are labelled with vehicles alone, their ids without a gap', () => {
    const pushing = NEGATIVE_KINDS.findIndex((_, index) => negativeKind(9_000_000 + index) === 'pushers');
    const scenario = negativeScene(9_000_000 + pushing);
    const labels = seenEverywhere(scenario, { box: { x: 0.4, y: 0.4, w: 0.2, h: 0.2 }, visibleRatio: 0.9 });
    const all = annotate({ scenario, moment: momentAt(scenario, 0.1), labels }, { imageId: 1, firstId: 7 });
    const kept = withoutPeople(all);
    const vehicles = CATEGORIES.find(({ name }) => name === 'two_wheeler')?.id;
    expect(all.length).toBeGreaterThan(kept.length);
    expect(kept.map(({ category_id }) => category_id)).toEqual(kept.map(() => vehicles));
    expect(kept.map(({ id }) => id)).toEqual(kept.map((_, index) => 7 + index));
  });
});

describe('variety', () => {
  const scenes = sceneOf(2_100_000);
  const actors = scenes.flatMap((scene) => scene.actors);

  it('keeps dummies and posters for the negatives', () => {
    expect(actors.filter(({ kind }) => kind === 'mannequin' || kind === 'prop')).toEqual([]);
  });

  it('leaves some pictures without riders, with parked helmets, pushers and pedestrians among them', () => {
    const riderless = scenes.filter((scene) => scene.actors.every(({ kind }) => !RIDING.includes(kind)));
    expect(riderless.length / scenes.length).toBeGreaterThan(0.08);
    expect(riderless.length / scenes.length).toBeLessThan(0.25);
    const bystanders = riderless.flatMap((scene) => scene.actors);
    for (const kind of ['pusher', 'pedestrian']) expect(bystanders.map((actor) => String(actor.kind))).toContain(kind);
    expect(bystanders.some((actor) => actor.kind === 'parked' && actor.helmet !== null)).toBe(true);
  });

  it('shows night, rain and fog, canopies, capes, umbrellas, every headwear and three on one bike', () => {
    const persons = actors.flatMap(personsOf);
    expect(new Set(scenes.map(({ daylight }) => daylight))).toContain('night');
    expect(new Set(scenes.map(({ weather }) => weather))).toEqual(new Set(['dry', 'rain', 'fog']));
    expect(new Set(persons.map(({ headwear }) => headwear)).size).toBe(7);
    expect(persons.some(({ garment }) => garment === 'cape')).toBe(true);
    expect(persons.some(({ umbrella }) => umbrella !== null)).toBe(true);
    expect(actors.some((actor) => actor.kind === 'ebike' && actor.canopy !== null)).toBe(true);
    expect(actors.some((actor) => actor.kind === 'ebike' && actor.persons.length === 3)).toBe(true);
  });
});

describe('hair', () => {
  const seedsOf = Array.from({ length: 200 }, (_, index) => 7_100_000 + index);
  const heads = (make: (seed: number) => Scenario) =>
    seedsOf.flatMap((seed) => make(seed).actors.flatMap(personsOf)).filter(({ headwear }) => headwear === 'none');
  const share = (all: ReturnType<typeof heads>, wanted: (person: (typeof all)[number]) => boolean) =>
    all.filter(wanted).length / all.length;

  it('is grey or white on a third of the heads instead of a fifth, and fewer wear a helmet', () => {
    const [hair, waiting] = [heads(hairScene), heads(waitingScene)];
    const isGrey = ({ hairColour }: (typeof hair)[number]) => hairColour === 'grey' || hairColour === 'white';
    expect(share(hair, isGrey)).toBeGreaterThan(0.3);
    expect(share(waiting, isGrey)).toBeLessThan(0.25);
    const wears = ({ helmet }: (typeof hair)[number]) => helmet?.onAtS === 0;
    expect(share(hair, wears)).toBeLessThan(share(waiting, wears));
  });
});

describe('labels of heads and dummies', () => {
  const scenario = parseScenario(
    `name: a
durationS: 1
camera: { position: [0, 4, 9], lookAt: [0, 1, 0] }
actors:
  - { id: v, kind: ebike, path: [{ t: 0, x: 0, z: 0 }], persons: [
      { id: worn, helmet: { shape: full_face, colour: black } },
      { id: scarf, seat: passenger, headwear: headscarf, headwearColour: pink, hair: long } ] }
  - { id: w, kind: pedestrian, path: [{ t: 0, x: 0, z: 0 }], persons: [{ id: tied, hair: bun, hairColour: grey }] }
  - { id: m, kind: mannequin, model: ebike, path: [{ t: 0, x: 0, z: 0 }], persons: [{ id: dummy, helmet: {} }] }
  - { id: b, kind: prop, model: poster, path: [{ t: 0, x: 0, z: 0 }] }`,
    'film.yaml',
  );
  const labels = seenEverywhere(scenario, { box: { x: 0.4, y: 0.4, w: 0.2, h: 0.2 }, visibleRatio: 0.9 });
  const all = annotate({ scenario, moment: momentAt(scenario, 0), labels }, { imageId: 1, firstId: 1 });

  it('say what is on the head', () => {
    const heads = all.filter(({ sub }) => sub !== undefined);
    expect(heads.map(({ person_id, sub, colour }) => [person_id, sub, colour])).toEqual([
      ['worn', 'fullface', 'black'],
      ['scarf', 'headscarf', 'pink'],
      ['tied', 'hair-tied', 'grey'],
    ]);
  });

  it('give a dummy no head, its bike no rider, and a poster nothing', () => {
    const [bike, ...more] = all.filter(({ vehicle_id, person_id }) => vehicle_id === 'm' || person_id === 'dummy');
    expect(bike).toMatchObject({ category_id: 3, ridden: false });
    expect(more).toEqual([]);
    expect(all.filter(({ vehicle_id }) => vehicle_id === 'b')).toEqual([]);
  });
});
