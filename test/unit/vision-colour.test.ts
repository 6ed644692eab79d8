/** Names of clothing colours, and which part of the picture is asked. */
import fc from 'fast-check';
import type { ClothingColour } from '../../src/domain';
import { clothingColour, colourName, isChestHidden, toLch } from '../../src/vision/colour';
import type { Picture } from '../../src/vision/preprocess';

type Rgb = readonly [number, number, number];

/** The same cloth under a share of the light: sRGB made linear, dimmed, and back (IEC 61966-2-1). */
function inShade(rgb: Rgb, light: number): Rgb {
  const dim = (channel: number): number => {
    const c = channel / 255;
    const linear = light * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return Math.round(255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055));
  };
  return [dim(rgb[0]), dim(rgb[1]), dim(rgb[2])];
}

// Published CIE L*a*b* values (D65, 2°) of the sRGB primaries and mixtures, as lightness, chroma and hue.
it.each<[string, Rgb, number, number, number]>([
  ['red', [255, 0, 0], 53.24, 104.55, 40.0],
  ['green', [0, 255, 0], 87.73, 119.78, 136.02],
  ['blue', [0, 0, 255], 32.3, 133.81, 306.29],
  ['yellow', [255, 255, 0], 97.14, 96.91, 102.85],
  ['cyan', [0, 255, 255], 91.11, 50.12, 196.39],
  ['magenta', [255, 0, 255], 60.32, 115.55, 328.23],
])('%s has its place in CIE L*C*h', (_name, rgb, lightness, chroma, hue) => {
  const found = toLch(rgb);
  expect(Math.abs(found.lightness - lightness)).toBeLessThan(0.05);
  expect(Math.abs(found.chroma - chroma)).toBeLessThan(0.1);
  expect(Math.abs(found.hue - hue)).toBeLessThan(0.1);
});

it('grey has no chroma', () => {
  for (const level of [0, 40, 128, 255]) expect(toLch([level, level, level]).chroma).toBeLessThan(0.05);
  expect(toLch([255, 255, 255]).lightness).toBeCloseTo(100, 1);
});

// CSS colours by the name people give them, and cloth as cameras see it.
it.each<[string, Rgb, ClothingColour]>([
  ['black', [0, 0, 0], 'black'],
  ['a black jacket with a blue cast', [28, 29, 36], 'black'],
  ['white', [255, 255, 255], 'white'],
  ['whitesmoke', [245, 245, 245], 'white'],
  ['a white shirt under a blue sky', [205, 210, 220], 'white'],
  ['grey', [128, 128, 128], 'grey'],
  ['slategray-like cloth', [120, 122, 128], 'grey'],
  ['red', [255, 0, 0], 'red'],
  ['crimson', [220, 20, 60], 'red'],
  ['firebrick', [178, 34, 34], 'red'],
  ['maroon', [128, 0, 0], 'red'],
  ['orange', [255, 165, 0], 'orange'],
  ['darkorange', [255, 140, 0], 'orange'],
  ['gold', [255, 215, 0], 'yellow'],
  ['yellow', [255, 255, 0], 'yellow'],
  ['lightyellow', [255, 255, 224], 'yellow'],
  ['a delivery jacket', [255, 195, 0], 'yellow'],
  ['a fluorescent yellow vest', [204, 255, 0], 'yellow'],
  ['green', [0, 128, 0], 'green'],
  ['limegreen', [50, 205, 50], 'green'],
  ['forestgreen', [34, 139, 34], 'green'],
  ['seagreen', [46, 139, 87], 'green'],
  ['blue', [0, 0, 255], 'blue'],
  ['navy', [0, 0, 128], 'blue'],
  ['mediumblue', [0, 0, 205], 'blue'],
  ['royalblue', [65, 105, 225], 'blue'],
  ['dodgerblue', [30, 144, 255], 'blue'],
  ['skyblue', [135, 206, 235], 'blue'],
  ['steelblue', [70, 130, 180], 'blue'],
  ['jeans', [60, 80, 120], 'blue'],
  ['purple', [128, 0, 128], 'purple'],
  ['rebeccapurple', [102, 51, 153], 'purple'],
  ['darkviolet', [148, 0, 211], 'purple'],
  ['pink', [255, 192, 203], 'pink'],
  ['hotpink', [255, 105, 180], 'pink'],
  ['deeppink', [255, 20, 147], 'pink'],
  ['saddlebrown', [139, 69, 19], 'brown'],
  ['sienna', [160, 82, 45], 'brown'],
])('%s is called by its everyday name', (_name, rgb, expected) => expect(colourName(rgb)).toBe(expected));

it.each<[string, Rgb, ClothingColour]>([
  ['red', [220, 20, 40], 'red'],
  ['blue', [40, 80, 200], 'blue'],
  ['green', [30, 150, 60], 'green'],
  ['yellow', [255, 220, 0], 'yellow'],
  ['purple', [128, 0, 128], 'purple'],
])('%s cloth keeps its name in half the light', (_name, rgb, expected) => {
  expect([1, 0.75, 0.5].map((light) => colourName(inShade(rgb, light)))).toEqual(Array(3).fill(expected));
});

it.each([150, 165, 175])('a neutral cloth of sRGB %d may be grey in the sun or white in the shade: no name', (level) =>
  expect(colourName([level, level, level + 4])).toBeNull(),
);

it('white cloth in deep shade is grey at most, black cloth stays black in any light', () => {
  expect(colourName(inShade([245, 245, 245], 0.2))).toBe('grey');
  for (const light of [1, 0.5, 0.1]) expect(colourName(inShade([35, 35, 38], light))).toBe('black');
});

describe('the clothes below a head', () => {
  const HEAD = { x: 0.4, y: 0.2, w: 0.1, h: 0.1 };

  /** 100 × 100 px: `rgbAt` paints a pixel. */
  function picture(rgbAt: (x: number, y: number) => Rgb): Picture {
    const pixels = new Uint8Array(100 * 100 * 3);
    for (let y = 0; y < 100; y++) for (let x = 0; x < 100; x++) pixels.set(rgbAt(x, y), (y * 100 + x) * 3);
    return { widthPx: 100, heightPx: 100, pixels };
  }

  const blue: Rgb = [20, 60, 200];
  const red: Rgb = [210, 20, 30];

  it('are between one and a half and two and a half heads below its top', () => {
    const isChest = (x: number, y: number) => x >= 39 && x < 51 && y >= 34 && y < 46;
    expect(
      clothingColour(
        picture((x, y) => (isChest(x, y) ? blue : red)),
        HEAD,
      ),
    ).toEqual({ name: 'blue', score: 1 });
    expect(
      clothingColour(
        picture((x, y) => (isChest(x, y) ? red : blue)),
        HEAD,
      ),
    ).toEqual({ name: 'red', score: 1 });
  });

  it('of two colours in equal parts have no name, of two in unequal parts that of the larger', () => {
    expect(
      clothingColour(
        picture((x) => (x < 45 ? blue : red)),
        HEAD,
      ),
    ).toBeNull();
    expect(
      clothingColour(
        picture((x) => (x < 48 ? blue : red)),
        HEAD,
      ),
    ).toEqual({
      name: 'blue',
      score: expect.closeTo(0.75, 0.1),
    });
  });

  const nameOf = (rgb: Rgb) =>
    clothingColour(
      picture(() => rgb),
      HEAD,
    )?.name ?? null;

  it.each<[string, Rgb, ClothingColour | null]>([
    ['a dark grey that is black with half of the light', [70, 70, 72], null],
    ['a rust that is orange in more light and brown in less', [200, 105, 60], null],
    ['a yellowish green that is yellow under a cooler lamp', [158, 190, 60], null],
    ['black cloth in the shade', [25, 25, 27], 'black'],
    ['a fluorescent vest', [215, 235, 40], 'yellow'],
    ['a red jacket', [200, 30, 40], 'red'],
  ])('%s: %j is called %s', (_case, rgb, name) => expect(nameOf(rgb)).toBe(name));

  it('are not called one thing now and another with a stop more or less of light', () => {
    const channel = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(channel, channel, channel), (rgb) => {
        const names = [nameOf(rgb), nameOf(inShade(rgb, 0.5))].filter((name) => name !== null);
        expect(new Set(names).size).toBeLessThan(2);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['left of the picture', { ...HEAD, x: 0 }],
    ['right of the picture', { ...HEAD, x: 0.9 }],
    ['below the picture', { ...HEAD, y: 0.85 }],
  ])('%s have no name', (_case, head) =>
    expect(
      clothingColour(
        picture(() => blue),
        head,
      ),
    ).toBeNull(),
  );
});

describe('a chest', () => {
  const head = { x: 0.5, y: 0.3, w: 0.04, h: 0.06 };
  it.each([
    ['is hidden by the driver before it', { x: 0.49, y: 0.33, w: 0.05, h: 0.07 }, true],
    ['is seen beside somebody two heads away', { x: 0.65, y: 0.33, w: 0.05, h: 0.07 }, false],
    ['is seen before somebody further away', { x: 0.5, y: 0.25, w: 0.03, h: 0.05 }, false],
  ])('%s', (_case, other, isHidden) => expect(isChestHidden(head, [head, other])).toBe(isHidden));
});
