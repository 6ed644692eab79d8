import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Hearing } from '../../scripts/simulator/hearing';
import { checkScenario, parseScenario, ScenarioError } from '../../scripts/simulator/scenario';
import { momentAt, personsOf, placeAt } from '../../scripts/simulator/timeline';
import { trafficDraft, trafficText } from '../../scripts/simulator/traffic-scene';
import { isRidden } from '../../scripts/simulator/vocabulary';

const CAMERA = { position: [0, 5, 12], lookAt: [0, 1, 0] };
const scene = (traffic: unknown, more: object = {}) =>
  checkScenario({ name: 'made', durationS: 30, camera: CAMERA, traffic, ...more }, 'made.yaml');
const problems = (traffic: unknown): readonly string[] => {
  try {
    scene(traffic);
    return [];
  } catch (thrown) {
    if (thrown instanceof ScenarioError) return thrown.problems;
    throw thrown;
  }
};

describe('traffic in short', () => {
  it('comes, waits at its place and leaves', () => {
    const [rider] = scene([{ id: 'v1', x: -3, z: -2, arrivesS: 5, leavesS: 20, driver: {} }]).actors;
    const at = (tS: number) => placeAt(rider?.path ?? [], tS);
    expect(at(0.9)).toBeNull();
    expect(at(3)?.z).toBeLessThan(-3);
    expect(at(12)).toMatchObject({ x: -3, z: -2, speedMps: 0 });
    expect(at(22)?.z).toBeGreaterThan(0);
    expect(at(25)).toBeNull();
  });

  it('passes through without a stop at the speed that was asked for', () => {
    const [rider] = scene([{ id: 'v1', x: -3, z: 0, arrivesS: 8, passesMps: 5, driver: {} }]).actors;
    expect(placeAt(rider?.path ?? [], 8)?.z).toBeCloseTo(0, 6);
    expect(placeAt(rider?.path ?? [], 8)?.speedMps).toBeCloseTo(5, 6);
  });

  it.each([
    ['on', 0],
    ['off', null],
    [undefined, 'none'],
  ])('helmet: %s', (helmet, onAtS) => {
    const [rider] = scene([{ id: 'v1', x: 0, arrivesS: 1, driver: helmet === undefined ? {} : { helmet } }]).actors;
    const [driver] = rider === undefined ? [] : personsOf(rider);
    expect(driver?.helmet === null ? 'none' : driver?.helmet?.onAtS).toBe(onAtS);
  });

  it('draws the looks nobody asked for from the seed, and keeps those somebody asked for', () => {
    const looks = (seed: number) =>
      scene([{ id: 'v1', x: 0, arrivesS: 1, driver: { upperColour: 'pink' } }], { seed }).actors[0];
    expect(looks(1)).toEqual(looks(1));
    expect(looks(1)).not.toEqual(looks(2));
    for (const seed of [1, 2, 3]) expect(JSON.stringify(looks(seed))).toContain('"upperColour":"pink"');
  });

  it.each<[string, unknown, string]>([
    ['a key nobody knows', { id: 'v1', x: 0, arrivesS: 1, speed: 3 }, 'traffic[0]: Unrecognized key: "speed"'],
    ['a place that is missing', { id: 'v1', arrivesS: 1 }, 'traffic[0].x: '],
    [
      'a colour nobody can name',
      { id: 'v1', x: 0, arrivesS: 1, driver: { upperColour: 'mauve' } },
      'traffic[0].driver.upperColour: ',
    ],
    [
      'an id of a person',
      { id: 'v1', x: 0, arrivesS: 1, driver: { id: 'me' } },
      'traffic[0].driver: id and seat follow',
    ],
    [
      'leaving before arriving',
      { id: 'v1', x: 0, arrivesS: 9, leavesS: 4 },
      'traffic[0].leavesS: must be later than arrivesS',
    ],
  ])('tells the place of %s', (_case, ride, problem) => {
    expect(problems([ride])).toEqual([expect.stringContaining(problem)]);
  });
});

describe('reactions', () => {
  const scenario = scene([
    { id: 'v1', x: 0, arrivesS: 1, driver: { helmet: { afterPrompt: { number: 2, delayS: 3 } } } },
  ]);
  const stateAt = (hearing: Hearing, tS: number) =>
    momentAt(scenario, tS, hearing.reactions).actors[0]?.persons[0]?.state;

  it('puts the helmet on so long after the prompt that was waited for, and not before', () => {
    const hearing = new Hearing(scenario);
    hearing.meet('i1', 'v1-driver');
    hearing.hear('i1', 8);
    expect(stateAt(hearing, 25)).toBe('not_worn');
    hearing.hear('i1', 16);
    expect(stateAt(hearing, 18.9)).toBe('not_worn');
    expect(stateAt(hearing, 19)).toBe('worn');
  });

  it.each<[string, (hearing: Hearing) => void]>([
    ['nothing was said', () => undefined],
    [
      'somebody else was meant',
      (hearing) => [hearing.meet('i1', 'v2-driver'), hearing.hear('i1', 5), hearing.hear('i1', 9)],
    ],
    [
      'nothing was played',
      (hearing) => [hearing.meet('i1', 'v1-driver'), hearing.hear('i1', null), hearing.hear('i1', null)],
    ],
    [
      'the incident means nobody',
      (hearing) => [hearing.meet('i1', null), hearing.hear('i1', 5), hearing.hear('i1', 9)],
    ],
  ])('does nothing where %s', (_case, happens) => {
    const hearing = new Hearing(scenario);
    happens(hearing);
    expect(stateAt(hearing, 29)).toBe('not_worn');
  });
});

it('whoever gets off is gone from the vehicle', () => {
  const scenario = scene([{ id: 'v1', x: 0, arrivesS: 1, driver: {}, passenger: { getsOffAtS: 10 } }]);
  const aboard = (tS: number) => momentAt(scenario, tS).actors[0]?.persons.map(({ isThere }) => isThere);
  expect([aboard(9), aboard(10)]).toEqual([
    [true, true],
    [true, false],
  ]);
});

describe('made-up scenarios', () => {
  it('are the same for the same seed, and the file says the same as the draft', () => {
    fc.assert(
      fc.property(fc.nat(100_000), (seed) => {
        const draft = trafficDraft(seed);
        expect(trafficText(draft)).toBe(trafficText(trafficDraft(seed)));
        expect(parseScenario(trafficText(draft), 'x')).toEqual(checkScenario(draft, 'x'));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the committed set', () => {
  const folder = join(__dirname, '../../scripts/simulator/set');
  const set = readdirSync(folder).map((name) => ({
    name,
    scenario: parseScenario(readFileSync(join(folder, name), 'utf8'), name),
  }));

  it('has at least 40 scenarios with 150 people, by day and by night', () => {
    const people = set.flatMap(({ scenario }) => scenario.actors.flatMap(personsOf));
    expect(set.length).toBeGreaterThanOrEqual(40);
    expect(people.length).toBeGreaterThanOrEqual(150);
    const lights = new Set(set.map(({ scenario }) => scenario.daylight));
    for (const light of ['noon', 'dusk', 'night', 'low_sun'] as const) expect(lights).toContain(light);
  });

  it('has every kind of vehicle that is ridden', () => {
    const kinds = new Set(set.flatMap(({ scenario }) => scenario.actors.filter(isRidden).map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(['bicycle', 'ebike', 'motorcycle', 'tricycle']);
  });

  it('names every scenario after its file', () => {
    expect(set.map(({ scenario }) => `${scenario.name}.yaml`)).toEqual(set.map(({ name }) => name));
  });
});
