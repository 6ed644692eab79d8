/** A made-up scenario of everyday traffic at a light, in short form: who comes, who wears what, who puts it on and when. */
import { CLOTHING_COLOURS } from '../../src/domain';
import { type Random, randomFrom } from './random';
import { checkScenario } from './scenario';
import type { Draft } from './scene-kit';

/** Few streets: a new one costs as much as many frames. */
const STREETS = 3;
const LANES_M = [-4.5, -3.1, -1.7, -0.2] as const;

/** Cameras on the far side of the junction; the narrower the picture, the longer the lens, so that heads keep their size. */
const CAMERAS: readonly [Draft, ...Draft[]] = [
  { position: [1.5, 5, 12], lookAt: [-2.2, 0.8, -1.6], fovDeg: 15 },
  { position: [4.2, 4.4, 11], lookAt: [-2.0, 0.85, -1.8], fovDeg: 17 },
  { position: [-6, 4.8, 11.5], lookAt: [-2.2, 0.8, -1.8], fovDeg: 16 },
  { position: [3, 6.5, 15], lookAt: [-2.2, 0.8, -1.8], fovDeg: 12.5 },
];
const SKIES: readonly [Draft, ...Draft[]] = [
  { daylight: 'noon' },
  { daylight: 'morning', sunDeg: -60 },
  { daylight: 'overcast' },
  { daylight: 'dusk', sunDeg: 110 },
  { daylight: 'night', scenery: 'rich' },
  { daylight: 'night', scenery: 'rich' },
  { daylight: 'overcast', weather: 'rain', scenery: 'rich' },
  { daylight: 'noon', scenery: 'rich', compression: 'medium' },
];

/** Riders come within these seconds and leave together when it turns green. */
const COMES = { from: 1.6, to: 4 } as const;
const GREEN_S = { short: 25, long: 33 } as const;
/** Until everybody is out of the picture, and known to be. */
const CLEARS_S = 7;

/** The scenario as it is written in its file. */
export function trafficDraft(seed: number): Draft {
  const random = randomFrom(seed * 7919 + 13);
  // A second prompt comes late: then nobody else is to be spoken to.
  const isPatient = random.chance(0.25);
  const greenS = isPatient ? GREEN_S.long : GREEN_S.short;
  const riders = LANES_M.slice(0, random.integer(3, 4));
  const asked = isPatient ? 1 : 2;
  const draft = {
    name: `traffic-${seed}`,
    durationS: greenS + CLEARS_S,
    ...{ fps: 5, widthPx: 1280, heightPx: 720, seed: seed % STREETS },
    ...random.pick(SKIES),
    camera: random.pick(CAMERAS),
    traffic: riders.map((x, index) => ride(random, { x, index, greenS, isAsked: index < asked, isPatient })),
    actors: bystanders(random),
  };
  checkScenario(draft, draft.name);
  return draft;
}

interface Slot {
  readonly x: number;
  readonly index: number;
  readonly greenS: number;
  /** May be bare-headed. */
  readonly isAsked: boolean;
  readonly isPatient: boolean;
}

function ride(random: Random, { x, index, greenS, isAsked, isPatient }: Slot): Draft {
  const kind = random.pick(['ebike', 'ebike', 'ebike', 'ebike', 'motorcycle', 'bicycle', 'tricycle']);
  const carries = kind !== 'bicycle' && random.chance(0.35);
  return {
    id: `v${index + 1}`,
    kind,
    x: tenth(x + random.between(-0.15, 0.15)),
    z: tenth(random.between(-2.6, -1.2)),
    arrivesS: tenth(random.between(COMES.from, COMES.to)),
    leavesS: tenth(greenS + random.between(0, 0.6)),
    ...(kind === 'tricycle' && random.chance(0.4) ? { canopy: random.pick(CLOTHING_COLOURS) } : {}),
    driver: isAsked ? bareHeaded(random, isPatient) : { helmet: 'on' },
    ...(carries ? { passenger: random.chance(0.6) ? { helmet: 'on' } : {} } : {}),
  };
}

function bareHeaded(random: Random, isPatient: boolean): Draft {
  if (random.chance(0.15)) return { helmet: 'on' };
  const headwear = random.chance(0.15) ? { headwear: random.pick(['cap', 'hood', 'sunhat']) } : {};
  if (random.chance(0.3)) return { ...headwear, ...(random.chance(0.5) ? { helmet: 'off' } : {}) };
  const afterPrompt = { number: isPatient ? 2 : 1, delayS: tenth(random.between(1.5, 4)) };
  return { ...headwear, helmet: { afterPrompt, stowed: random.pick(['basket', 'arm', 'mirror']) } };
}

function bystanders(random: Random): Draft[] {
  const crossesFrom = random.chance(0.5) ? -7.5 : 7.5;
  const startS = tenth(random.between(2, 12));
  const crosser = {
    kind: random.chance(0.35) ? 'pusher' : 'pedestrian',
    id: 'crosser',
    persons: [person(random, 'crosser-p')],
    path: [
      { t: startS, x: crossesFrom, z: 3.4 },
      { t: startS + 12, x: -crossesFrom, z: 3.4 },
    ],
  };
  const parked = {
    ...{ id: 'parked', kind: 'parked', colour: random.pick(CLOTHING_COLOURS) },
    helmet: random.chance(0.5) ? { colour: random.pick(CLOTHING_COLOURS), stowed: 'mirror', onAtS: null } : null,
    path: [{ t: 0, x: -6.2, z: tenth(random.between(-4, -2.5)), headingDeg: 60 }],
  };
  return [...(random.chance(0.6) ? [crosser] : []), ...(random.chance(0.5) ? [parked] : [])];
}

function person(random: Random, id: string): Draft {
  return { id, upperColour: random.pick(CLOTHING_COLOURS), hair: random.pick(['short', 'bob', 'ponytail', 'crop']) };
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** As a file that people read and change: a line for each rider. */
export function trafficText(draft: Draft): string {
  const inline = (value: unknown): string =>
    JSON.stringify(value)
      .replace(/"([a-zA-Z_][\w-]*)":/g, '$1: ')
      .replace(/"([a-z_][\w-]*)"/g, (quoted, word: string) => (RESERVED.has(word) ? quoted : word))
      .replace(/,/g, ', ')
      .replace(/\{/g, '{ ')
      .replace(/\}/g, ' }');
  const lines = Object.entries(draft).flatMap(([key, value]) => {
    if (!Array.isArray(value)) return [`${key}: ${inline(value)}`];
    return value.length === 0 ? [] : [`${key}:`, ...value.map((item) => `  - ${inline(item)}`)];
  });
  return `${lines.join('\n')}\n`;
}

/** Words that YAML takes for something else. */
const RESERVED: ReadonlySet<string> = new Set(['on', 'off', 'yes', 'no', 'true', 'false', 'null', 'y', 'n']);
