/** Cutting and scaling pictures, against slow exact references. */
import fc from 'fast-check';
import { letterbox, type Picture, resample, type SourceRect } from '../../src/vision/preprocess';

const PADDING = 114;

/** A picture of noise: neighbouring pixels differ as much as they can. */
function noise(widthPx: number, heightPx: number, seed = 1): Picture {
  let state = seed;
  const pixels = Uint8Array.from({ length: widthPx * heightPx * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { widthPx, heightPx, pixels };
}

function flat(widthPx: number, heightPx: number, value: number): Picture {
  return { widthPx, heightPx, pixels: new Uint8Array(widthPx * heightPx * 3).fill(value) };
}

function cut(source: Picture, rect: SourceRect, size: { widthPx: number; heightPx: number }): Uint8Array {
  const pixels = new Uint8Array(size.widthPx * size.heightPx * 3);
  resample(source, rect, { pixels, offset: 0, strideBytes: size.widthPx * 3, ...size });
  return pixels;
}

const at = ({ widthPx, heightPx, pixels }: Picture, x: number, y: number, channel: number): number =>
  x < 0 || y < 0 || x >= widthPx || y >= heightPx ? PADDING : (pixels[(y * widthPx + x) * 3 + channel] ?? Number.NaN);

/** Mean over the area of the source that a target pixel covers, cut pixels counting by their share. */
function areaAverage(source: Picture, rect: SourceRect, size: { widthPx: number; heightPx: number }): number[] {
  const result: number[] = [];
  const cellW = rect.w / size.widthPx;
  const cellH = rect.h / size.heightPx;
  for (let ty = 0; ty < size.heightPx; ty++) {
    for (let tx = 0; tx < size.widthPx; tx++) {
      const [x0, y0] = [rect.x + tx * cellW, rect.y + ty * cellH];
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let y = Math.floor(y0); y < y0 + cellH; y++) {
          for (let x = Math.floor(x0); x < x0 + cellW; x++) {
            const w = Math.min(x + 1, x0 + cellW) - Math.max(x, x0);
            const h = Math.min(y + 1, y0 + cellH) - Math.max(y, y0);
            sum += Math.max(0, w) * Math.max(0, h) * at(source, x, y, channel);
          }
        }
        result.push(sum / (cellW * cellH));
      }
    }
  }
  return result;
}

function largestGap(found: Uint8Array, wanted: readonly number[]): number {
  expect(found).toHaveLength(wanted.length);
  return wanted.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (found[i] ?? Number.NaN))), 0);
}

describe('shrinking', () => {
  it.each([2, 3])('by %d is the mean of the pixels to the nearest grey level, noise included', (factor) => {
    const source = noise(24 * factor, 18 * factor);
    const rect = { x: 0, y: 0, w: source.widthPx, h: source.heightPx };
    const size = { widthPx: 24, heightPx: 18 };
    expect(largestGap(cut(source, rect, size), areaAverage(source, rect, size))).toBeLessThanOrEqual(0.5 + 1e-9);
  });

  it('by 3 with part of the rectangle outside counts the outside as padding', () => {
    const source = noise(30, 30);
    const rect = { x: -15, y: 18, w: 30, h: 24 };
    const size = { widthPx: 10, heightPx: 8 };
    expect(largestGap(cut(source, rect, size), areaAverage(source, rect, size))).toBeLessThanOrEqual(1);
  });

  it('by any factor leaves an even area even and shifts no edge by more than a target pixel', () => {
    const halves = noise(300, 90);
    halves.pixels.forEach((_, i) => {
      halves.pixels[i] = Math.floor(i / 3) % 300 < 150 ? 20 : 220;
    });
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 299 }), (widthPx) => {
        const row = cut(halves, { x: 0, y: 0, w: 300, h: 90 }, { widthPx, heightPx: 1 });
        const reds = Array.from({ length: widthPx }, (_, i) => row[i * 3] ?? -1);
        const wrong = reds.filter((value, i) => {
          const centre = ((i + 0.5) * 300) / widthPx;
          return Math.abs(centre - 150) > 300 / widthPx && value !== (centre < 150 ? 20 : 220);
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

it.each([1.1, 1.25, 1.4, 1.5, 1.8, 2, 2.4, 2.9, 3])('by %p leaves no source pixel out', (factor) => {
  const size = { widthPx: 20, heightPx: 1 };
  const widthPx = Math.round(size.widthPx * factor);
  for (let x = 0; x < widthPx; x++) {
    const source = flat(widthPx, 1, 0);
    source.pixels.fill(255, x * 3, x * 3 + 3);
    expect(cut(source, { x: 0, y: 0, w: widthPx, h: 1 }, size).some((value) => value > 0)).toBe(true);
  }
});

it('of a mirrored picture is the mirror of the picture scaled', () => {
  const source = noise(300, 12);
  const mirrored = (picture: Picture): Picture => {
    const { widthPx, heightPx } = picture;
    const pixels = new Uint8Array(picture.pixels.length);
    for (let y = 0; y < heightPx; y++)
      for (let x = 0; x < widthPx; x++)
        for (let c = 0; c < 3; c++) pixels[(y * widthPx + x) * 3 + c] = at(picture, widthPx - 1 - x, y, c);
    return { widthPx, heightPx, pixels };
  };
  for (const widthPx of [128, 400]) {
    const scaled = (picture: Picture): Picture => {
      const size = { widthPx, heightPx: 12 };
      return { ...size, pixels: cut(picture, { x: 0, y: 0, w: 300, h: 12 }, size) };
    };
    expect(largestGap(scaled(mirrored(source)).pixels, [...mirrored(scaled(source)).pixels])).toBeLessThanOrEqual(1);
  }
});

describe('enlarging', () => {
  it('is bilinear between pixel centres', () => {
    const source: Picture = { widthPx: 2, heightPx: 1, pixels: Uint8Array.from([0, 10, 100, 200, 30, 0]) };
    // The pixel between both centres, cut in two: its halves lie a quarter and three quarters of the way.
    const inner = cut(source, { x: 0.5, y: 0.5, w: 1, h: 0.0001 }, { widthPx: 2, heightPx: 1 });
    expect([...inner]).toEqual([50, 15, 75, 150, 25, 25]);
  });

  it('by 1 copies', () => {
    const source = noise(7, 5);
    expect(cut(source, { x: 0, y: 0, w: 7, h: 5 }, { widthPx: 7, heightPx: 5 })).toEqual(source.pixels);
  });

  it('keeps within the values around it', () => {
    const source = flat(6, 6, 77);
    const pixels = cut(source, { x: 1, y: 1, w: 4, h: 4 }, { widthPx: 13, heightPx: 11 });
    expect(new Set(pixels)).toEqual(new Set([77]));
  });

  it('of a ramp is the ramp', () => {
    const ramp = flat(20, 4, 0);
    for (let i = 0; i < ramp.pixels.length; i++) ramp.pixels[i] = 10 * (Math.floor(i / 3) % 20);
    const rect = { x: 4, y: 1, w: 8, h: 2 };
    const pixels = cut(ramp, rect, { widthPx: 32, heightPx: 4 });
    for (let x = 0; x < 32; x++) expect(pixels[x * 3]).toBe(Math.round(10 * (rect.x + (x + 0.5) / 4 - 0.5)));
  });
});

it.each<[string, SourceRect]>([
  ['left of the picture', { x: -40, y: 0, w: 20, h: 20 }],
  ['below the picture', { x: 0, y: 40, w: 60, h: 60 }],
])('what lies %s is padding grey', (_case, rect) => {
  const pixels = cut(noise(30, 30), rect, { widthPx: 15, heightPx: 15 });
  expect(new Set(pixels)).toEqual(new Set([PADDING]));
});

it('writes only its own part of a batch', () => {
  const pixels = new Uint8Array(3 * 12).fill(9);
  resample(
    flat(4, 4, 200),
    { x: 0, y: 0, w: 4, h: 4 },
    { pixels, offset: 12, strideBytes: 6, widthPx: 2, heightPx: 2 },
  );
  expect([...pixels]).toEqual([...Array(12).fill(9), ...Array(12).fill(200), ...Array(12).fill(9)]);
});

describe('the letterbox', () => {
  it.each([
    ['1080p into 640×384', 192, 108, { widthPx: 64, heightPx: 38 }, { scale: 3, w: 64, h: 36 }],
    ['a tall picture', 50, 200, { widthPx: 64, heightPx: 40 }, { scale: 5, w: 10, h: 40 }],
    ['a picture of the same shape', 128, 80, { widthPx: 64, heightPx: 40 }, { scale: 2, w: 64, h: 40 }],
    ['a picture smaller than the input', 32, 10, { widthPx: 64, heightPx: 40 }, { scale: 0.5, w: 64, h: 20 }],
  ])('of %s fills the top left and pads the rest', (_case, widthPx, heightPx, size, wanted) => {
    const pixels = new Uint8Array(size.widthPx * size.heightPx * 3);
    expect(letterbox(flat(widthPx, heightPx, 200), { pixels, ...size })).toEqual({ scale: wanted.scale });
    const wrong: string[] = [];
    for (let y = 0; y < size.heightPx; y++) {
      for (let x = 0; x < size.widthPx; x++) {
        // The outermost row of an enlarged picture is mixed with the padding around it.
        const isEdge = wanted.scale < 1 && (x === 0 || y === 0 || x === wanted.w - 1 || y === wanted.h - 1);
        const value = pixels[(y * size.widthPx + x) * 3];
        if (!isEdge && value !== (x < wanted.w && y < wanted.h ? 200 : PADDING)) wrong.push(`${x},${y}: ${value}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('leaves nothing of the picture before', () => {
    const size = { widthPx: 64, heightPx: 40 };
    const pixels = new Uint8Array(64 * 40 * 3).fill(255);
    letterbox(flat(192, 108, 0), { pixels, ...size });
    expect(new Set(pixels)).toEqual(new Set([0, PADDING]));
  });
});
