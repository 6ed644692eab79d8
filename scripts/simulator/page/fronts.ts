/** Many house fronts and walls from a number each: bricks, tiles, plaster, glass; and the windows that are lit at night. */
import type * as THREE from 'three';
import { type Random, randomFrom } from '../random';
import { canvasTexture } from './textures';

/** How many different fronts there are. */
export const FRONTS = 28;

interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly wide: number;
  readonly high: number;
}

function gridOf(style: number): Grid {
  const random = randomFrom(style + 1001);
  return {
    columns: random.integer(2, 7),
    rows: random.integer(2, 5),
    wide: random.between(0.35, 0.85),
    high: random.between(0.35, 0.8),
  };
}

type Place = readonly [x: number, y: number, width: number, height: number];

function windowsOf({ columns, rows, wide, high }: Grid, size: number): Place[] {
  const [cellX, cellY] = [size / columns, size / rows];
  return Array.from({ length: columns * rows }, (_, index): Place => {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    return [(column + (1 - wide) / 2) * cellX, (row + (1 - high) / 2) * cellY, wide * cellX, high * cellY];
  });
}

export function frontTexture(style: number): THREE.CanvasTexture {
  return canvasTexture(`front ${style}`, 256, (context, size) => {
    const random = randomFrom(style + 1101);
    const hue = random.between(0, 360);
    const wall = { hue, saturation: random.between(0, 26), light: random.between(34, 86) };
    context.fillStyle = `hsl(${wall.hue},${wall.saturation}%,${wall.light}%)`;
    context.fillRect(0, 0, size, size);
    random.pick([bricks, speckles, slabs, speckles])(context, random);
    for (const [x, y, width, height] of windowsOf(gridOf(style), size)) {
      context.fillStyle = `hsl(${hue},${random.between(0, 20)}%,${random.between(30, 90)}%)`;
      context.fillRect(x - 2, y - 2, width + 4, height + 4);
      context.fillStyle = `hsl(${random.between(190, 225)},${random.between(5, 35)}%,${random.between(12, 50)}%)`;
      context.fillRect(x, y, width, height);
      context.fillStyle = `rgba(255,255,255,${random.between(0, 0.3)})`;
      context.fillRect(x, y, width * random.next(), height);
      if (random.chance(0.25)) laundry(context, random, [x, y + height, width, 10]);
      if (random.chance(0.2)) {
        context.fillStyle = '#cfd0cd';
        context.fillRect(x + width * 0.3, y + height + 2, Math.min(18, width * 0.6), 11);
      }
    }
  });
}

type Texturing = (context: CanvasRenderingContext2D, random: Random) => void;

const bricks: Texturing = (context, random) => {
  const high = random.integer(5, 12);
  for (let y = 0; y < 256; y += high) {
    for (let x = (y / high) % 2 ? -high : 0; x < 256; x += high * 2) {
      context.fillStyle = `rgba(${random.chance(0.5) ? '0,0,0' : '255,240,220'},${random.between(0, 0.22)})`;
      context.fillRect(x, y, high * 2 - 1, high - 1);
    }
  }
};

const speckles: Texturing = (context, random) => {
  for (let index = 0; index < 2500; index += 1) {
    const shade = random.chance(0.5) ? 0 : 255;
    context.fillStyle = `rgba(${shade},${shade},${shade},${random.between(0.02, 0.16)})`;
    context.fillRect(random.between(0, 256), random.between(0, 256), random.between(1, 7), random.between(1, 9));
  }
};

const slabs: Texturing = (context, random) => {
  const wide = random.pick([32, 64, 128]);
  for (let y = 0; y < 256; y += 64) {
    for (let x = 0; x < 256; x += wide) {
      context.fillStyle = `rgba(0,0,0,${random.between(0, 0.18)})`;
      context.fillRect(x, y, wide - 2, 62);
    }
  }
};

function laundry(context: CanvasRenderingContext2D, random: Random, [x, y, width, height]: Place): void {
  for (let at = x; at < x + width - 6; at += random.between(6, 12)) {
    context.fillStyle = `hsl(${random.between(0, 360)},60%,${random.between(25, 80)}%)`;
    context.fillRect(at, y, 6, height + random.between(0, 12));
  }
}

/** Black, with some of the front's windows lit: an emissive map. */
export function litTexture(style: number): THREE.CanvasTexture {
  return canvasTexture(`lit ${style}`, 256, (context, size) => {
    const random = randomFrom(style + 1201);
    const share = random.between(0.05, 0.5);
    context.fillStyle = '#000';
    context.fillRect(0, 0, size, size);
    for (const [x, y, width, height] of windowsOf(gridOf(style), size)) {
      if (!random.chance(share)) continue;
      context.fillStyle = `hsl(${random.between(25, 55)},${random.between(20, 80)}%,${random.between(30, 75)}%)`;
      context.fillRect(x, y, width, height);
    }
  });
}

const WORDS = [
  '安全出行',
  '文明礼让',
  '超市',
  '银行',
  '烧烤',
  '学校',
  '招租',
  '医院',
  '服装',
  '茶',
  '宾馆',
  '网吧',
  '停车',
  '公交',
  '鲜花',
  '烟酒',
] as const;

/** How many different boards there are. */
export const BOARDS = 20;

/** Advertisements and notices: words, shapes, never a person. */
export function boardTexture(style: number): THREE.CanvasTexture {
  return canvasTexture(`board ${style}`, 256, (context, size) => {
    const random = randomFrom(style + 1301);
    const hue = random.between(0, 360);
    context.fillStyle = `hsl(${hue},${random.between(20, 85)}%,${random.between(20, 80)}%)`;
    context.fillRect(0, 0, size, size);
    for (let index = random.integer(2, 9); index > 0; index -= 1) {
      context.fillStyle = `hsla(${random.between(0, 360)},${random.between(20, 90)}%,${random.between(20, 90)}%,0.8)`;
      const [x, y, extent] = [random.between(0, size), random.between(0, size), random.between(12, 90)];
      context.beginPath();
      if (random.chance(0.5)) context.arc(x, y, extent / 2, 0, 7);
      else context.rect(x, y, extent, extent * random.between(0.2, 1.4));
      context.fill();
    }
    context.fillStyle = random.pick(['#ffffff', '#111111', '#ffe14a', '#c21717']);
    context.font = `bold ${random.integer(40, 84)}px "Noto Sans CJK SC", sans-serif`;
    context.textAlign = 'center';
    context.fillText(random.pick(WORDS), size / 2, random.between(70, 200));
  });
}
