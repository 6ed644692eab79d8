/**
 * The light a picture was taken in, so that cloth can be named as it looks in daylight (pure): what is nearly grey in
 * the scene shows the colour of the light, if that is one that lamps and skies have. Adaptation after Bradford, in linear light.
 */
import type { Picture } from './preprocess';

export interface Light {
  /** Linear sRGB as captured → CIE XYZ under D65; rows of a 3×3 matrix. */
  readonly toXyz: readonly number[];
  /**
   * `colour`: names may be given. `chroma`: too dark to tell black from any other dark cloth. `nothing`: the camera is in
   * its black-and-white night mode, or the lamps lack a part of the spectrum (sodium).
   */
  readonly shows: 'colour' | 'chroma' | 'nothing';
}

/** Rows of 3×3 matrices. sRGB primaries and D65 white (IEC 61966-2-1); cone responses after Bradford (Lam 1985). */
const SRGB_TO_XYZ: readonly number[] = [0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505];
const BRADFORD: readonly number[] = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296];
const FROM_BRADFORD: readonly number[] = [
  0.9869929, -0.1470543, 0.1599627, 0.4323053, 0.5183603, 0.0492912, -0.0085287, 0.0400428, 0.9684867,
];

/** Plain daylight: nothing is adapted. */
export const DAYLIGHT: Light = { toXyz: SRGB_TO_XYZ, shows: 'colour' };

/** sRGB (IEC 61966-2-1) 8 bits → linear 0–1. */
export const LINEAR: Float64Array = Float64Array.from({ length: 256 }, (_, code) => {
  const c = code / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
});

/** Points looked at, of the whole picture. */
const SAMPLES = { columns: 32, rows: 18 };
/** Codes outside are noise, or clipped in some channel: they say nothing of the light. */
const USABLE = { from: 12, to: 248 };
/** A channel spread above this is no noise of a grey picture; a coloured scene has it in at least this share of points. */
const COLOURED = { spread: 14, share: 0.02 };
/** Median linear luminance below which dark cloth has no name: L* 22, a street lit by a few lamps. */
const DARK_LUMINANCE = 0.035;

/**
 * Lights as ln(R/G), ln(B/G) of white in linear sRGB: Planckian 2300–4000 K (Kim et al. 2002), CIE daylight 5000–12000 K.
 * 2000 K sodium light lies beyond: it has no blue at all.
 */
const LIGHTS: readonly (readonly [number, number])[] = [
  [1.114, -2.09],
  [0.874, -1.429],
  [0.737, -1.132],
  [0.561, -0.79],
  [0.426, -0.549],
  [0.186, -0.303],
  [0, 0],
  [-0.112, 0.179],
  [-0.205, 0.327],
  [-0.264, 0.421],
];
/** Off that line by so much at most: the green of fluorescent lamps, the magenta of cheap diodes. */
const MAX_TINT = 0.12;
/** Points nearer than this to a light are what it makes of grey things. */
const GREY_RADIUS = 0.22;
const REFINEMENTS = 4;
/** A coloured light is believed when it explains this many times the grey that plain daylight does: no brick wall is a lamp. */
const MUCH_BETTER = 2;
/** … and when at least this share of the points is grey in it. */
const MIN_GREY_SHARE = 0.15;
/** Where half the scene has less blue than this (ln(B/G), about 2500 K uncorrected), it cannot be given back. */
const STARVED_BLUE = -1.7;

type Chromaticity = readonly [number, number];
const NEUTRAL: Chromaticity = [0, 0];

export function lightOf(picture: Picture): Light {
  const { points, coloured, medianLuminance, medianBlue } = survey(picture);
  if (coloured < COLOURED.share || medianBlue < STARVED_BLUE) return { toXyz: SRGB_TO_XYZ, shows: 'nothing' };
  const shows = medianLuminance < DARK_LUMINANCE ? 'chroma' : 'colour';
  return { toXyz: adaptation(estimate(points)), shows };
}

interface Survey {
  /** ln(R/G), ln(B/G) of the usable points, one after the other. */
  readonly points: Float64Array;
  /** Share of the points with a colour. */
  readonly coloured: number;
  readonly medianLuminance: number;
  /** Of ln(B/G). */
  readonly medianBlue: number;
}

function survey({ widthPx, heightPx, pixels }: Picture): Survey {
  const { columns, rows } = SAMPLES;
  const points = new Float64Array(columns * rows * 2);
  const blues = new Float64Array(columns * rows);
  const luminance = new Float64Array(columns * rows);
  let used = 0;
  let coloured = 0;
  for (let i = 0; i < luminance.length; i++) {
    const x = Math.floor((((i % columns) + 0.5) / columns) * widthPx);
    const y = Math.floor(((Math.floor(i / columns) + 0.5) / rows) * heightPx);
    const p = (y * widthPx + x) * 3;
    const red = pixels[p] ?? 0;
    const green = pixels[p + 1] ?? 0;
    const blue = pixels[p + 2] ?? 0;
    luminance[i] = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    const high = Math.max(red, green, blue);
    if (high - Math.min(red, green, blue) > COLOURED.spread) coloured += 1;
    if (high < USABLE.from || high > USABLE.to) continue;
    // Code 0 counts as 1: a logarithm needs some light.
    const g = linear(Math.max(1, green));
    const v = Math.log(linear(Math.max(1, blue)) / g);
    points[2 * used] = Math.log(linear(Math.max(1, red)) / g);
    points[2 * used + 1] = v;
    blues[used] = v;
    used += 1;
  }
  return {
    points: points.subarray(0, 2 * used),
    coloured: coloured / luminance.length,
    medianLuminance: median(luminance),
    medianBlue: median(blues.subarray(0, used)),
  };
}

function linear(code: number): number {
  return LINEAR[code] ?? 0;
}

function median(values: Float64Array): number {
  return values.sort()[values.length >> 1] ?? 0;
}

/** The light that explains most points as grey; daylight unless another does so much better. */
function estimate(points: Float64Array): Chromaticity {
  const plain = refined(points, NEUTRAL);
  const tried = LIGHTS.map((start) => refined(points, start));
  const best = tried.reduce((a, b) => (b.greys > a.greys ? b : a), plain);
  const isBelieved = best.greys > MUCH_BETTER * plain.greys && best.greys > MIN_GREY_SHARE * (points.length / 2);
  return isBelieved ? best.at : plain.at;
}

/** Moves to the mean of the points that are grey in the light assumed, a few times over. */
function refined(points: Float64Array, start: Chromaticity): { readonly at: Chromaticity; readonly greys: number } {
  let at = start;
  let greys = 0;
  for (let i = 0; i < REFINEMENTS; i++) {
    const [atU, atV] = at;
    let sumU = 0;
    let sumV = 0;
    greys = 0;
    for (let p = 0; p < points.length; p += 2) {
      const u = points[p] ?? 0;
      const v = points[p + 1] ?? 0;
      if ((u - atU) * (u - atU) + (v - atV) * (v - atV) > GREY_RADIUS * GREY_RADIUS) continue;
      sumU += u;
      sumV += v;
      greys += 1;
    }
    if (greys === 0) break;
    at = plausible([sumU / greys, sumV / greys]);
  }
  return { at, greys };
}

/** The nearest light there is, with a little tint. */
function plausible([u, v]: Chromaticity): Chromaticity {
  let best: Chromaticity = NEUTRAL;
  let distance = Number.POSITIVE_INFINITY;
  for (let i = 1; i < LIGHTS.length; i++) {
    const [[fromU, fromV] = NEUTRAL, [toU, toV] = NEUTRAL] = [LIGHTS[i - 1], LIGHTS[i]];
    const [du, dv] = [toU - fromU, toV - fromV];
    const along = Math.max(0, Math.min(1, ((u - fromU) * du + (v - fromV) * dv) / (du * du + dv * dv)));
    const [onU, onV] = [fromU + along * du, fromV + along * dv];
    const away = Math.hypot(u - onU, v - onV);
    if (away >= distance) continue;
    distance = away;
    const tint = away > MAX_TINT ? MAX_TINT / away : 1;
    best = [onU + (u - onU) * tint, onV + (v - onV) * tint];
  }
  return best;
}

/** What makes white of the light's colour. */
function adaptation([u, v]: Chromaticity): number[] {
  const [r, b] = [Math.exp(u), Math.exp(v)];
  const luminance = 0.2126 * r + 0.7152 + 0.0722 * b;
  const toCones = product(BRADFORD, SRGB_TO_XYZ);
  const white = applied(toCones, [1, 1, 1]);
  const lit = applied(toCones, [r / luminance, 1 / luminance, b / luminance]);
  const gains = white.map((one, i) => one / (lit[i] ?? 1));
  return product(
    FROM_BRADFORD,
    toCones.map((value, i) => value * (gains[Math.floor(i / 3)] ?? 1)),
  );
}

function applied(matrix: readonly number[], [x, y, z]: readonly [number, number, number]): number[] {
  return [0, 3, 6].map((row) => (matrix[row] ?? 0) * x + (matrix[row + 1] ?? 0) * y + (matrix[row + 2] ?? 0) * z);
}

function product(left: readonly number[], right: readonly number[]): number[] {
  return left.map((_, i) => {
    const [row, column] = [i - (i % 3), i % 3];
    return [0, 1, 2].reduce((sum, k) => sum + (left[row + k] ?? 0) * (right[3 * k + column] ?? 0), 0);
  });
}
