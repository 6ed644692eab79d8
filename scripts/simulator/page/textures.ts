/** Drawn surfaces: asphalt, paving, house fronts, shops. Each is drawn once and kept. */
import * as THREE from 'three';
import { randomFrom } from '../random';

const textures = new Map<string, THREE.CanvasTexture>();

export function canvasTexture(
  name: string,
  size: number,
  draw: (context: CanvasRenderingContext2D, size: number) => void,
): THREE.CanvasTexture {
  const known = textures.get(name);
  if (known) return known;
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser has no 2D canvas');
  draw(context, size);
  const texture = new THREE.CanvasTexture(canvas);
  texture.colorSpace = THREE.SRGBColorSpace;
  texture.wrapS = THREE.RepeatWrapping;
  texture.wrapT = THREE.RepeatWrapping;
  texture.anisotropy = 1;
  textures.set(name, texture);
  return texture;
}

export function repeated(texture: THREE.CanvasTexture, across: number, along: number): THREE.Texture {
  const copy = texture.clone();
  copy.repeat.set(across, along);
  return copy;
}

export function asphaltTexture(tone: number): THREE.CanvasTexture {
  return canvasTexture(`asphalt ${tone}`, 512, (context, size) => {
    const random = randomFrom(tone + 11);
    const base = [118, 96, 134, 150][tone] ?? 118;
    context.fillStyle = `rgb(${base},${base - 1},${base - 3})`;
    context.fillRect(0, 0, size, size);
    for (let index = 0; index < 60; index += 1) {
      const shade = base + random.between(-12, 12);
      context.fillStyle = `rgba(${shade},${shade},${shade},0.25)`;
      context.beginPath();
      context.ellipse(
        random.between(0, size),
        random.between(0, size),
        random.between(20, 90),
        random.between(15, 60),
        random.between(0, 3),
        0,
        7,
      );
      context.fill();
    }
    for (let index = 0; index < 16000; index += 1) {
      const shade = base + random.between(-34, 34);
      context.fillStyle = `rgba(${shade},${shade},${shade},0.5)`;
      context.fillRect(random.between(0, size), random.between(0, size), 2, 2);
    }
    context.strokeStyle = 'rgba(30,30,32,0.5)';
    for (let crack = 0; crack < 3; crack += 1) {
      let [x, y] = [random.between(0, size), random.between(0, size)];
      context.beginPath();
      context.moveTo(x, y);
      for (let step = 0; step < 14; step += 1) {
        x += random.between(-14, 14);
        y += random.between(2, 18);
        context.lineTo(x, y);
      }
      context.stroke();
    }
  });
}

export function pavingTexture(tone: number): THREE.CanvasTexture {
  return canvasTexture(`paving ${tone}`, 256, (context, size) => {
    const random = randomFrom(tone + 31);
    const hue = [20, 30, 40][tone] ?? 30;
    context.fillStyle = '#77736c';
    context.fillRect(0, 0, size, size);
    for (let y = 0; y < size; y += 32) {
      for (let x = -32; x < size; x += 64) {
        context.fillStyle = `hsl(${hue},${random.between(4, 16)}%,${random.between(48, 60)}%)`;
        context.fillRect(x + ((y / 32) % 2) * 32 + 1, y + 1, 62, 30);
      }
    }
  });
}

export function facadeTexture(style: number): THREE.CanvasTexture {
  return canvasTexture(`facade ${style}`, 256, (context, size) => {
    const random = randomFrom(style + 51);
    const wall =
      ['#c9beab', '#b9bcbe', '#d8cfc0', '#a58d78', '#cdb49a', '#9aa5ad', '#c6c9c4', '#b5a79a'][style] ?? '#bbb';
    context.fillStyle = wall;
    context.fillRect(0, 0, size, size);
    const columns = 3 + (style % 3);
    for (let row = 0; row < 3; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const [width, height] = [(size / columns) * 0.55, size * 0.17];
        const [x, y] = [(column + 0.22) * (size / columns), (row + 0.25) * (size / 3)];
        context.fillStyle = 'rgba(235,235,230,0.8)';
        context.fillRect(x - 3, y - 3, width + 6, height + 6);
        context.fillStyle = `hsl(${random.between(195, 220)},${random.between(10, 25)}%,${random.between(20, 42)}%)`;
        context.fillRect(x, y, width, height);
        context.fillStyle = 'rgba(255,255,255,0.12)';
        context.fillRect(x, y, width * random.between(0.2, 0.5), height);
        if (random.chance(0.4)) {
          context.fillStyle = '#d8d8d4';
          context.fillRect(x + width * 0.2, y + height + 6, width * 0.5, 12);
        }
      }
      context.fillStyle = 'rgba(0,0,0,0.12)';
      context.fillRect(0, (row + 1) * (size / 3) - 3, size, 3);
    }
  });
}

const SHOP_SIGNS = [
  '便利店',
  '水果超市',
  '药房',
  '五金日杂',
  '手机维修',
  '包子铺',
  '电动车行',
  '理发店',
  '文具店',
  '羊肉面馆',
] as const;

/** How many different shops there are. */
export const SHOPS = SHOP_SIGNS.length;

export function shopTexture(style: number): THREE.CanvasTexture {
  return canvasTexture(`shop ${style}`, 512, (context, size) => {
    const random = randomFrom(style + 71);
    context.fillStyle = '#4c4a47';
    context.fillRect(0, 0, size, size);
    for (let bay = 0; bay < 4; bay += 1) {
      context.fillStyle = `hsl(${random.between(190, 230)},12%,${random.between(14, 34)}%)`;
      context.fillRect(bay * 128 + 6, 170, 116, 330);
      context.fillStyle = `hsla(${random.between(20, 60)},60%,70%,0.35)`;
      context.fillRect(bay * 128 + 14, 190, random.between(30, 90), random.between(60, 240));
    }
    const hue = random.between(0, 360);
    context.fillStyle = `hsl(${hue},65%,36%)`;
    context.fillRect(0, 30, size, 120);
    context.fillStyle = random.chance(0.5) ? '#fff7e0' : '#ffe14a';
    context.font = 'bold 88px "Noto Sans CJK SC", "Noto Serif CJK SC", sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(SHOP_SIGNS[style] ?? '', size / 2, 92);
  });
}
