/**
 * Names the colour of the clothes below a head (pure). Each sampled pixel is named in CIE L*a*b* (CIE 15:2004, D65)
 * after adaptation to the light of the scene; the name needs a clear majority and must hold if the light was judged a little
 * wrong, otherwise the service says nothing about colour.
 */
import { type BoundingBox, CLOTHING_COLOURS, type ClothingColour } from '../domain';
import { containment } from '../geometry';
import { DAYLIGHT, LINEAR, type Light } from './colour-light';
import type { Picture } from './preprocess';

/** Share of the samples that must carry the same name. */
const MIN_AGREEMENT = 0.55;
const SAMPLES_PER_SIDE = 10;
/**
 * What the light may be as well, as gains of linear red, green and blue: a stop darker or lighter than the exposure suggests,
 * a little warmer or cooler. Chosen on 1,748 simulated chests in all lights (right names .74 → .84); on
 * 336 others it names .29 of the people instead of .46, rightly .78 instead of .65.
 */
const OTHER_LIGHTS = [
  [0.5, 0.5, 0.5],
  [2, 2, 2],
  [1.1, 1, 0.85],
  [0.9, 1, 1.15],
] as const;
/** Share of the chest that may be behind somebody. */
const MAX_HIDDEN = 0.3;

/** The chest below a head: one head wide either side of the middle is arms and background, so less than that. */
function chest(head: BoundingBox): BoundingBox {
  return { x: head.x - 0.1 * head.w, y: head.y + 1.45 * head.h, w: 1.2 * head.w, h: 1.1 * head.h };
}

/** Whether somebody nearer (a lower head on the same vehicle) sits before this chest: his clothes would be named instead. */
export function isChestHidden(head: BoundingBox, companions: readonly BoundingBox[]): boolean {
  const patch = chest(head);
  return companions.some((other) => {
    const isNearer = other !== head && other.y > head.y;
    const shoulders = { x: other.x - 0.8 * other.w, y: other.y, w: 2.6 * other.w, h: 1 };
    return isNearer && containment(patch, shoulders) > MAX_HIDDEN;
  });
}

/** @returns the colour and the share of samples that agree, or null when they do not or the chest is outside */
export function clothingColour(
  picture: Picture,
  head: BoundingBox,
  light: Light = DAYLIGHT,
): { name: ClothingColour; score: number } | null {
  const patch = chest(head);
  if (light.shows === 'nothing' || patch.y + patch.h / 2 > 1 || patch.x < 0 || patch.x + patch.w > 1) return null;
  const seen = new Map<ClothingColour, Samples>();
  let total = 0;
  for (let row = 0; row < SAMPLES_PER_SIDE; row++) {
    for (let column = 0; column < SAMPLES_PER_SIDE; column++) {
      const x = Math.floor((patch.x + ((column + 0.5) / SAMPLES_PER_SIDE) * patch.w) * picture.widthPx);
      const y = Math.floor((patch.y + ((row + 0.5) / SAMPLES_PER_SIDE) * patch.h) * picture.heightPx);
      if (x < 0 || y < 0 || x >= picture.widthPx || y >= picture.heightPx) continue;
      const p = (y * picture.widthPx + x) * 3;
      const [red, green, blue] = [picture.pixels[p] ?? 0, picture.pixels[p + 1] ?? 0, picture.pixels[p + 2] ?? 0];
      const name = colourName([red, green, blue], light);
      total += 1;
      if (name !== null) add(seen, name, [red, green, blue]);
    }
  }
  const best = CLOTHING_COLOURS.reduce((a, b) => (countOf(seen, b) > countOf(seen, a) ? b : a));
  const agreeing = countOf(seen, best);
  if (total === 0 || agreeing < MIN_AGREEMENT * total || !holds(best, seen.get(best), light)) return null;
  return { name: best, score: agreeing / total };
}

type Rgb = readonly [number, number, number];

/** Of the samples that carry one name. */
interface Samples {
  readonly count: number;
  readonly sum: Rgb;
}

function add(seen: Map<ClothingColour, Samples>, name: ClothingColour, [red, green, blue]: Rgb): void {
  const { count, sum } = seen.get(name) ?? { count: 0, sum: [0, 0, 0] };
  seen.set(name, { count: count + 1, sum: [sum[0] + red, sum[1] + green, sum[2] + blue] });
}

function countOf(seen: ReadonlyMap<ClothingColour, Samples>, name: ClothingColour): number {
  return seen.get(name)?.count ?? 0;
}

/** Whether what was seen on average would be called the same in every light it may have been seen in. */
function holds(name: ClothingColour, samples: Samples | undefined, light: Light): boolean {
  if (samples === undefined) return false;
  const [red, green, blue] = samples.sum.map((sum) => Math.round(sum / samples.count));
  const mean: Rgb = [red ?? 0, green ?? 0, blue ?? 0];
  return OTHER_LIGHTS.every((gains) => {
    const toXyz = light.toXyz.map((value, i) => value * (gains[i % 3] ?? 1));
    return colourName(mean, { ...light, toXyz }) === name;
  });
}

/** Less chroma than this is a shade of grey; up to the next it may be a grey in a light that is not quite known: no name. */
const NEUTRAL_CHROMA = 10;
const COLOUR_CHROMA = 14;
/**
 * Upper ends of the hue ranges in degrees of h(ab), from common cloth dyes: fluorescent vests (115) are yellow,
 * pure sRGB blue (306) and navy are blue.
 */
const HUES: readonly (readonly [number, ClothingColour])[] = [
  [18, 'pink'],
  [48, 'red'],
  [74, 'orange'],
  [116, 'yellow'],
  [205, 'green'],
  [308, 'blue'],
  [338, 'purple'],
  [360, 'pink'],
];

/** L* of neutral cloth: between grey and white it is grey cloth in the sun or a white shirt in the shade, nobody can tell. */
const NEUTRAL_LIGHTNESS = { black: 30, greyUntil: 58, whiteFrom: 74 };
/** Hue in degrees. */
const MOST_YELLOW_BROWN = 85;
/** Darker than this a hue is noise. */
const MIN_LIGHTNESS = 12;

/** The everyday name of an sRGB colour, channels 0–255; null where nobody could be sure. */
export function colourName([red, green, blue]: Rgb, light: Light = DAYLIGHT): ClothingColour | null {
  toLab(red, green, blue, light);
  return labName(light);
}

/** L*, a*, b* of the last pixel: no object per pixel. */
const lab = new Float64Array(3);

function labName({ shows }: Light): ClothingColour | null {
  const [lightness = 0, a = 0, b = 0] = lab;
  const chroma = Math.hypot(a, b);
  if (chroma < NEUTRAL_CHROMA || lightness < MIN_LIGHTNESS) return shows === 'chroma' ? null : neutralName(lightness);
  if (chroma < COLOUR_CHROMA) return null;
  const hue = (Math.atan2(b, a) * (180 / Math.PI) + 360) % 360;
  const name = HUES.find(([upTo]) => hue < upTo)?.[1] ?? 'pink';
  // Dark, dull orange or red is called brown, unless everything is dark; dull yellow may be olive, or yellow in shade.
  const isDull = lightness < 55 && chroma < 50;
  if (name === 'yellow' && isDull && hue > MOST_YELLOW_BROWN) return null;
  if ((name === 'orange' || name === 'yellow') && isDull) return shows === 'chroma' ? null : 'brown';
  if (name === 'red' && lightness < 40 && chroma < 28) return shows === 'chroma' ? null : 'brown';
  // Dark pink is red cloth in shade.
  if (name === 'pink' && lightness < 45 && hue < 30) return 'red';
  if (name === 'red' && lightness > 68) return 'pink';
  return name;
}

function neutralName(lightness: number): ClothingColour | null {
  if (lightness < NEUTRAL_LIGHTNESS.black) return 'black';
  if (lightness <= NEUTRAL_LIGHTNESS.greyUntil) return 'grey';
  return lightness >= NEUTRAL_LIGHTNESS.whiteFrom ? 'white' : null;
}

/** sRGB to CIE L*C*h, hue in degrees 0–360. */
export function toLch(
  [red, green, blue]: Rgb,
  light: Light = DAYLIGHT,
): { lightness: number; chroma: number; hue: number } {
  toLab(red, green, blue, light);
  const [lightness = 0, a = 0, b = 0] = lab;
  return { lightness, chroma: Math.hypot(a, b), hue: (Math.atan2(b, a) * (180 / Math.PI) + 360) % 360 };
}

function toLab(red: number, green: number, blue: number, { toXyz: m }: Light): void {
  const [r, g, b] = [LINEAR[red] ?? 0, LINEAR[green] ?? 0, LINEAR[blue] ?? 0];
  const fx = labCurve(((m[0] ?? 0) * r + (m[1] ?? 0) * g + (m[2] ?? 0) * b) / 0.95047);
  const fy = labCurve((m[3] ?? 0) * r + (m[4] ?? 0) * g + (m[5] ?? 0) * b);
  const fz = labCurve(((m[6] ?? 0) * r + (m[7] ?? 0) * g + (m[8] ?? 0) * b) / 1.08883);
  lab[0] = 116 * fy - 16;
  lab[1] = 500 * (fx - fy);
  lab[2] = 200 * (fy - fz);
}

function labCurve(t: number): number {
  return t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29;
}
