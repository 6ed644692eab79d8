/**
 * What a scenario file may say: one zod schema is the source of types, defaults and limits.
 * World: metres on the ground, the stop line lies on z = 0, riders come from negative z and ride towards positive z;
 * x grows to the right of a camera that looks at them. Angles in degrees, 0 = towards positive z.
 */
import { parse } from 'yaml';
import { z } from 'zod';
import { CLOTHING_COLOURS } from '../../src/domain';
import { fromTraffic, trafficSchema } from './traffic';
import { DAYLIGHTS, EASES, HAIR_STYLES, HEADWEAR, HELMET_SHAPES, PATTERNS, PROPS, STOWED } from './vocabulary';

const colour = z.enum(CLOTHING_COLOURS);
const metres = z.number().min(-200).max(200);
const point = z.tuple([metres, metres, metres]);

const helmet = z.strictObject({
  shape: z.enum(HELMET_SHAPES).default('three_quarter'),
  colour: colour.default('white'),
  visor: z.enum(['none', 'clear', 'dark']).default('none'),
  trim: z.enum(['none', 'ears', 'vents', 'peak']).default('none'),
  /** Where it is until it is put on. */
  stowed: z.enum(STOWED).default('basket'),
  /** From this second it sits on the head; 0 = always, null = never. */
  onAtS: z.number().min(0).nullable().default(0),
  /** Instead of onAtS: so long after the end of this prompt to its wearer (1 = the first). Only a reactive run has prompts. */
  afterPrompt: z.strictObject({ number: z.int().min(1).max(9), delayS: z.number().min(0).max(60) }).optional(),
  /** How long putting it on takes, from the first movement of the hands. */
  takesS: z.number().min(0.3).max(10).default(1.2),
});

const person = z.strictObject({
  id: z.string().min(1),
  seat: z.enum(['driver', 'passenger', 'child']).default('driver'),
  heightM: z.number().min(0.8).max(2.1).default(1.68),
  garment: z.enum(['shirt', 'jacket', 'tshirt', 'cape']).default('shirt'),
  pattern: z.enum(PATTERNS).default('plain'),
  upperColour: colour.default('blue'),
  lowerColour: colour.default('black'),
  skin: z.number().min(0).max(1).default(0.3),
  /** What a body is made of: people, or the dummies of shop windows. */
  surface: z.enum(['skin', 'pale_plastic', 'dark_plastic']).default('skin'),
  hair: z.enum([...HAIR_STYLES, 'curly']).default('short'),
  hairColour: z.enum(['black', 'brown', 'grey', 'auburn', 'white', 'blond']).default('black'),
  headwear: z.enum(HEADWEAR).default('none'),
  headwearColour: colour.default('grey'),
  glasses: z.boolean().default(false),
  mask: z.boolean().default(false),
  backpack: colour.nullable().default(null),
  /** An open umbrella in the right hand. */
  umbrella: colour.nullable().default(null),
  /** Where the person looks, besides small movements: to the left is positive. */
  headYawDeg: z.number().min(-80).max(80).default(0),
  helmet: helmet.nullable().default(null),
  /** A passenger gets off at this second and is gone; who walks on is a pedestrian of the file's own. */
  getsOffAtS: z.number().min(0).nullable().default(null),
});

const waypoint = z.strictObject({
  t: z.number().min(0),
  x: metres,
  z: metres,
  headingDeg: z.number().min(-360).max(360).optional(),
  /** How the leg that ends here is travelled. */
  ease: z.enum(EASES).default('linear'),
});

const path = z.array(waypoint).min(1);

const twoWheeler = {
  id: z.string().min(1),
  colour: colour.default('white'),
  path,
  basket: z.boolean().default(true),
  topBox: z.boolean().default(false),
  /** The sun and rain roof of an e-bike. */
  canopy: colour.nullable().default(null),
};

const actor = z.discriminatedUnion('kind', [
  z.strictObject({ ...twoWheeler, kind: z.literal('ebike'), persons: z.array(person).min(1).max(3) }),
  z.strictObject({ ...twoWheeler, kind: z.literal('motorcycle'), persons: z.array(person).min(1).max(3) }),
  z.strictObject({ ...twoWheeler, kind: z.literal('bicycle'), persons: z.array(person).min(1).max(2) }),
  z.strictObject({ ...twoWheeler, kind: z.literal('tricycle'), persons: z.array(person).min(1).max(3) }),
  z.strictObject({
    ...twoWheeler,
    kind: z.literal('parked'),
    model: z.enum(['ebike', 'bicycle']).default('ebike'),
    helmet: helmet.nullable().default(null),
    /** What lies on the seat. */
    load: z.enum(['none', 'backpack', 'parcel', 'ball']).default('none'),
  }),
  z.strictObject({
    ...twoWheeler,
    kind: z.literal('mannequin'),
    /** none: it stands on the ground. */
    model: z.enum(['none', 'ebike', 'bicycle']).default('none'),
    persons: z.array(person).length(1),
  }),
  z.strictObject({
    id: z.string().min(1),
    kind: z.literal('prop'),
    model: z.enum(PROPS),
    colour: colour.default('white'),
    path,
  }),
  z.strictObject({
    ...twoWheeler,
    kind: z.literal('pusher'),
    model: z.enum(['ebike', 'bicycle']).default('ebike'),
    persons: z.array(person).length(1),
  }),
  z.strictObject({ id: z.string().min(1), kind: z.literal('pedestrian'), path, persons: z.array(person).length(1) }),
  z.strictObject({
    id: z.string().min(1),
    kind: z.literal('car'),
    model: z.enum(['saloon', 'suv', 'van', 'truck', 'bus']).default('saloon'),
    colour: colour.default('grey'),
    path,
  }),
]);

const scenario = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/, 'lower-case letters, digits and dashes only (it names the files)'),
  durationS: z.number().min(0.04).max(600),
  fps: z.number().min(1).max(60).default(12.5),
  widthPx: z.int().min(64).max(3840).multipleOf(2).default(1280),
  heightPx: z.int().min(64).max(2160).multipleOf(2).default(720),
  seed: z.int().min(0).default(1),
  daylight: z.enum([...DAYLIGHTS, 'low_sun', 'night']).default('noon'),
  weather: z.enum(['dry', 'rain', 'fog']).default('dry'),
  /** rich: many house fronts, signs, lit windows, and the faults of a street camera's lens and sensor. */
  scenery: z.enum(['plain', 'rich']).default('plain'),
  /** Degrees the sun stands to the right of the camera's back. */
  sunDeg: z.number().min(-180).max(180).default(35),
  camera: z.strictObject({
    position: point,
    lookAt: point,
    /** Vertical field of view. */
    fovDeg: z.number().min(4).max(110).default(26),
    rollDeg: z.number().min(-20).max(20).default(0),
  }),
  /** What the camera's encoder leaves of the picture. */
  compression: z.enum(['light', 'medium', 'strong']).default('light'),
  /** Riders in short, who come, wait and leave; they become actors. */
  traffic: trafficSchema,
  actors: z.array(actor).max(60).default([]),
});

export type Scenario = Omit<z.output<typeof scenario>, 'traffic'>;
export type Actor = Scenario['actors'][number];
export type Person = z.output<typeof person>;
export type Helmet = z.output<typeof helmet>;
export type Waypoint = z.output<typeof waypoint>;
export type Camera = Scenario['camera'];
export type ColourName = (typeof CLOTHING_COLOURS)[number];

/** Every problem of one scenario at once, each with its path. */
export class ScenarioError extends Error {
  constructor(
    readonly source: string,
    readonly problems: readonly string[],
  ) {
    super(`${source}: ${problems.length} problem(s)\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ScenarioError';
  }
}

/** Scenario of a YAML text; `source` names it in errors. Throws ScenarioError. */
export function parseScenario(text: string, source: string): Scenario {
  let document: unknown;
  try {
    document = parse(text);
  } catch (thrown) {
    throw new ScenarioError(source, [`not YAML: ${thrown instanceof Error ? thrown.message : String(thrown)}`]);
  }
  return checkScenario(document, source);
}

/** The same for a value that was built in memory. */
export function checkScenario(document: unknown, source: string): Scenario {
  const result = scenario.safeParse(document);
  if (!result.success) {
    throw new ScenarioError(
      source,
      result.error.issues.map(({ path: where, message }) => `${pathText(where)}: ${message}`),
    );
  }
  const { traffic, ...written } = result.data;
  const riders = z.array(actor).safeParse(fromTraffic(traffic, written));
  if (!riders.success)
    throw new ScenarioError(
      source,
      riders.error.issues.map((issue) => trafficProblem(issue, traffic)),
    );
  const whole = { ...written, actors: [...written.actors, ...riders.data] };
  const problems = contradictions(whole, written.actors.length);
  if (problems.length > 0) throw new ScenarioError(source, problems);
  return whole;
}

/** In the words of the short form, which knows seats and no list of persons. */
function trafficProblem(
  { path: [index, part, place, ...rest], message }: z.core.$ZodIssue,
  traffic: z.output<typeof trafficSchema>,
): string {
  const ride = typeof index === 'number' ? traffic[index] : undefined;
  const seats = (['driver', 'passenger', 'child'] as const).filter((seat) => ride?.[seat] !== undefined);
  const seat = part === 'persons' && typeof place === 'number' ? seats[place] : undefined;
  const where = seat === undefined ? [part, place, ...rest].filter((step) => step !== undefined) : [seat, ...rest];
  return `traffic${pathText([index ?? 0, ...where])}: ${message}`;
}

function pathText(where: readonly PropertyKey[]): string {
  const text = where.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text.replace(/^\./, '') || '(the whole file)';
}

/** What a schema cannot say: unique ids, times that grow, one driver on each vehicle. */
function contradictions({ actors }: Scenario, written: number): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const claim = (id: string, where: string): void => {
    if (seen.has(id)) problems.push(`${where}.id: "${id}" is used twice; ids of actors and persons must differ`);
    seen.add(id);
  };
  actors.forEach((one, index) => {
    const where = index < written ? `actors[${index}]` : `traffic[${index - written}]`;
    claim(one.id, where);
    one.path.forEach((waypointHere, step) => {
      const before = one.path[step - 1];
      if (before && waypointHere.t <= before.t) {
        problems.push(`${where}.path[${step}].t: ${waypointHere.t} must be later than the ${before.t} before it`);
      }
    });
    if (!('persons' in one)) return;
    one.persons.forEach((who, place) => {
      claim(who.id, `${where}.persons[${place}]`);
    });
    const drivers = one.persons.filter(({ seat }) => seat === 'driver').length;
    if (drivers !== 1) problems.push(`${where}.persons: exactly one must have seat "driver", found ${drivers}`);
  });
  return problems;
}
