/**
 * Names the colour of the clothes below a head (pure). Each sampled pixel is named in CIE L*a*b* (CIE 15:2004, D65);
 * the name needs a clear majority, otherwise the service says nothing about colour.
 */
import type { BoundingBox, ClothingColour } from '../domain';
import { containment } from '../geometry';
import type { Picture } from './preprocess';

/** Share of the samples that must carry the same name. */
const MIN_AGREEMENT = 0.55;
const SAMPLES_PER_SIDE = 10;
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
export function clothingColour(picture: Picture, head: BoundingBox): { name: ClothingColour; score: number } | null {
  const patch = chest(head);
  if (patch.y + patch.h / 2 > 1 || patch.x < 0 || patch.x + patch.w > 1) return null;
  const counts = new Map<ClothingColour, number>();
  let total = 0;
  for (let row = 0; row < SAMPLES_PER_SIDE; row++) {
    for (let column = 0; column < SAMPLES_PER_SIDE; column++) {
      const x = Math.floor((patch.x + ((column + 0.5) / SAMPLES_PER_SIDE) * patch.w) * picture.widthPx);
      const y = Math.floor((patch.y + ((row + 0.5) / SAMPLES_PER_SIDE) * patch.h) * picture.heightPx);
      if (x < 0 || y < 0 || x >= picture.widthPx || y >= picture.heightPx) continue;
      const p = (y * picture.widthPx + x) * 3;
      const name = colourName([picture.pixels[p] ?? 0, picture.pixels[p + 1] ?? 0, picture.pixels[p + 2] ?? 0]);
      total += 1;
      if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  if (best === undefined || best[1] < MIN_AGREEMENT * total) return null;
  return { name: best[0], score: best[1] / total };
}

/** Less chroma than this is a shade of grey. */
const NEUTRAL_CHROMA = 11;
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

/** The everyday name of an sRGB colour, channels 0–255; null between grey and white. */
export function colourName(rgb: readonly [number, number, number]): ClothingColour | null {
  const { lightness, chroma, hue } = toLch(rgb);
  if (chroma < NEUTRAL_CHROMA || lightness < 12) return neutralName(lightness);
  const name = HUES.find(([upTo]) => hue < upTo)?.[1] ?? 'pink';
  // Dark, dull orange or red is called brown; dark pink is red cloth in shade.
  if ((name === 'orange' || name === 'yellow') && lightness < 55 && chroma < 50) return 'brown';
  if (name === 'red' && lightness < 40 && chroma < 28) return 'brown';
  if (name === 'pink' && lightness < 45 && hue < 30) return 'red';
  if (name === 'red' && lightness > 68) return 'pink';
  return name;
}

function neutralName(lightness: number): ClothingColour | null {
  if (lightness < NEUTRAL_LIGHTNESS.black) return 'black';
  if (lightness <= NEUTRAL_LIGHTNESS.greyUntil) return 'grey';
  return lightness >= NEUTRAL_LIGHTNESS.whiteFrom ? 'white' : null;
}

/** sRGB (IEC 61966-2-1) to CIE L*C*h, D65, hue in degrees 0–360. */
export function toLch([red, green, blue]: readonly [number, number, number]): {
  lightness: number;
  chroma: number;
  hue: number;
} {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const fx = labCurve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const fy = labCurve(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const fz = labCurve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  const a = 500 * (fx - fy);
  const bb = 200 * (fy - fz);
  const hue = (Math.atan2(bb, a) * 180) / Math.PI;
  return { lightness: 116 * fy - 16, chroma: Math.hypot(a, bb), hue: hue < 0 ? hue + 360 : hue };
}

function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function labCurve(t: number): number {
  return t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29;
}
