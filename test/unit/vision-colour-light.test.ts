/** Cloth keeps its name in the light of lamps, sky and shade, or has none where nobody could tell. */
import type { ClothingColour } from '../../src/domain';
import { colourName } from '../../src/vision/colour';
import { DAYLIGHT, type Light, lightOf } from '../../src/vision/colour-light';
import type { Picture } from '../../src/vision/preprocess';

type Rgb = readonly [number, number, number];

/** Linear sRGB of white in a light (Planckian and daylight chromaticities); the last one is a high-pressure sodium lamp. */
const LAMPS = {
  daylight: [1, 1, 1],
  'a warm lamp of 3000 K': [1.767, 0.846, 0.273],
  'a lamp of 4000 K': [1.415, 0.924, 0.533],
  'open shade of 9000 K': [0.86, 1.01, 1.31],
  'deep shade of 12,000 K': [0.777, 1.012, 1.541],
  'sodium light': [2.52, 0.646, 0.02],
} as const satisfies Record<string, Rgb>;
type Lamp = keyof typeof LAMPS;

const CLOTH = {
  red: [200, 25, 40],
  yellow: [240, 200, 20],
  green: [40, 140, 60],
  blue: [40, 80, 190],
  purple: [120, 30, 140],
  white: [235, 235, 235],
  black: [30, 30, 32],
} as const satisfies Partial<Record<ClothingColour, Rgb>>;

/** The same thing in another light: sRGB made linear, lit, and back (IEC 61966-2-1), as a camera without white balance would. */
function lit(rgb: Rgb, lamp: Lamp, exposure = 1): Rgb {
  const gains = LAMPS[lamp];
  const brightest = Math.max(...gains);
  const channel = (i: 0 | 1 | 2): number => {
    const c = rgb[i] / 255;
    const linear = (exposure * gains[i] * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) / brightest;
    return Math.round(255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055));
  };
  return [channel(0), channel(1), channel(2)];
}

/** A street: 60 % asphalt, concrete and sky, the rest trees, bricks and a blue lorry; 64 × 36 px. */
function street(change: (rgb: Rgb) => Rgb): Picture {
  const greys: readonly Rgb[] = [
    [96, 95, 93],
    [150, 149, 146],
    [205, 206, 208],
  ];
  const things: readonly Rgb[] = [
    [60, 95, 45],
    [150, 80, 65],
    [45, 75, 150],
  ];
  const pixels = new Uint8Array(64 * 36 * 3);
  for (let i = 0; i < 64 * 36; i++) {
    const set = (i * 7) % 10 < 6 ? greys : things;
    pixels.set(change(set[i % 3] ?? [0, 0, 0]), i * 3);
  }
  return { widthPx: 64, heightPx: 36, pixels };
}

const lightIn = (lamp: Lamp, exposure = 1): Light => lightOf(street((rgb) => lit(rgb, lamp, exposure)));

const USABLE = Object.keys(LAMPS).filter((lamp): lamp is Lamp => lamp !== 'sodium light');
// Bright cloth alone: in the lamp's picture the darkest channel limits the exposure.
describe.each(USABLE)('in %s', (lamp) => {
  it.each(Object.keys(CLOTH).filter((name): name is keyof typeof CLOTH => name in CLOTH))('%s cloth', (name) => {
    const found = colourName(lit(CLOTH[name], lamp), lightIn(lamp));
    // White in a weak light is grey or not named; yellow may be any dull yellow. Neither may be called something else.
    const allowed = name === 'white' ? ['white', 'grey', null] : name === 'yellow' ? ['yellow', null] : [name];
    expect(allowed).toContain(found);
  });

  it('nothing grey has a colour', () => {
    const light = lightIn(lamp);
    for (const level of [70, 110, 150, 200]) {
      expect(['grey', 'white', 'black', null]).toContain(colourName(lit([level, level, level], lamp), light));
    }
  });
});

it('without adaptation a lamp would give white cloth a colour it has not', () => {
  const white = lit(CLOTH.white, 'a warm lamp of 3000 K');
  expect(['orange', 'yellow', 'brown']).toContain(colourName(white, DAYLIGHT));
});

it('sodium light shows no colour', () => expect(lightIn('sodium light').shows).toBe('nothing'));

it('a camera in its black-and-white mode shows none either', () => {
  const grey = ([r, g, b]: Rgb): Rgb => {
    const level = Math.round(0.3 * r + 0.59 * g + 0.11 * b);
    return [level, level, level];
  };
  expect(lightOf(street(grey)).shows).toBe('nothing');
});

it('in the dark nothing is black or brown, because everything would be', () => {
  const light = lightIn('daylight', 0.08);
  expect(light.shows).toBe('chroma');
  for (const rgb of [CLOTH.black, CLOTH.white, CLOTH.yellow, [110, 70, 40]] as const) {
    expect(['black', 'brown', 'grey']).not.toContain(colourName(lit(rgb, 'daylight', 0.08), light));
  }
});

it.each<[string, Rgb]>([
  ['a brick wall', [150, 80, 65]],
  ['a hedge', [60, 95, 45]],
  ['a blue lorry', [45, 75, 150]],
])('%s that fills two thirds of the picture is not taken for the light', (_case, thing) => {
  let n = 0;
  const light = lightOf(street((rgb) => (n++ % 3 < 2 ? thing : rgb)));
  expect(colourName([128, 128, 128], light)).toBe('grey');
});
