import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomScene } from '../../scripts/simulator/random-scene';
import { parseScenario, ScenarioError } from '../../scripts/simulator/scenario';

const CAMERA = 'camera: { position: [0, 4, 10], lookAt: [0, 1, 0] }';
const RIDER = '{ id: v1, kind: ebike, persons: [{ id: p1 }], path: [{ t: 0, x: 0, z: 0 }] }';

function problemsOf(text: string): readonly string[] {
  try {
    parseScenario(text, 'film.yaml');
  } catch (thrown) {
    if (thrown instanceof ScenarioError) return thrown.problems;
    throw thrown;
  }
  return [];
}

describe('a scenario file', () => {
  it('gets its defaults', () => {
    const scenario = parseScenario(`name: small\ndurationS: 2\n${CAMERA}\nactors: [${RIDER}]`, 'film.yaml');
    expect(scenario).toMatchObject({ fps: 12.5, widthPx: 1280, heightPx: 720, daylight: 'noon' });
    expect(scenario.actors[0]).toMatchObject({
      kind: 'ebike',
      colour: 'white',
      persons: [{ seat: 'driver', helmet: null }],
    });
  });

  it('names every problem at once, each with its path', () => {
    const problems = problemsOf(`name: Small Film\ndurationS: 0\nfpss: 3\n${CAMERA}\nactors: [{ id: v1, kind: boat }]`);
    const joined = problems.join('\n');
    for (const part of ['name:', 'durationS:', 'fpss', 'actors[0].kind:']) expect(joined).toContain(part);
  });

  it.each([
    ['text that is not YAML', 'actors: [', 'not YAML'],
    ['an empty file', '', '(the whole file)'],
    [
      'an unknown colour',
      `name: a\ndurationS: 1\n${CAMERA}\nactors: [{ id: c, kind: car, colour: beige, path: [{ t: 0, x: 0, z: 0 }] }]`,
      'actors[0].colour',
    ],
    [
      'an id used twice',
      `name: a\ndurationS: 1\n${CAMERA}\nactors: [${RIDER}, ${RIDER}]`,
      'actors[1].id: "v1" is used twice',
    ],
    [
      'times that do not grow',
      `name: a\ndurationS: 1\n${CAMERA}\nactors: [{ id: c, kind: car, path: [{ t: 3, x: 0, z: 0 }, { t: 3, x: 1, z: 0 }] }]`,
      'actors[0].path[1].t: 3 must be later',
    ],
    [
      'a vehicle without a driver',
      `name: a\ndurationS: 1\n${CAMERA}\nactors: [{ id: v, kind: ebike, persons: [{ id: p, seat: passenger }], path: [{ t: 0, x: 0, z: 0 }] }]`,
      'exactly one must have seat "driver", found 0',
    ],
  ])('refuses %s', (_case, text, expected) => {
    expect(problemsOf(text).join('\n')).toContain(expected);
  });

  it('of the demo is valid', () => {
    const file = join(__dirname, '../../scripts/simulator/scenarios/junction-demo.yaml');
    expect(problemsOf(readFileSync(file, 'utf8'))).toEqual([]);
  });
});

describe('random scenes', () => {
  it('are valid, always have a rider, and keep their actors apart', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const { actors } = randomScene(seed);
      expect(actors.some(({ kind }) => kind === 'ebike' || kind === 'bicycle')).toBe(true);
      const spots = actors.filter(({ kind }) => kind !== 'car').map(({ path }) => path[Math.floor(path.length / 2)]);
      for (const [index, one] of spots.entries()) {
        for (const other of spots.slice(index + 1)) {
          if (one && other) expect(Math.hypot(one.x - other.x, one.z - other.z)).toBeGreaterThan(0.1);
        }
      }
    }
  });

  it('are the same for the same seed and differ between seeds', () => {
    expect(randomScene(7)).toEqual(randomScene(7));
    expect(randomScene(7).camera).not.toEqual(randomScene(8).camera);
  });
});
