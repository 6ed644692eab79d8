/** The junction round the actors: road, kerbs, zebra, buildings, trees, sky and light; drawn anew from a seed. */
import * as THREE from 'three';
import { type Random, randomFrom } from '../random';
import type { Scenario } from '../scenario';
import { Builder, roundedBox } from './shapes';

type Daylight = Scenario['daylight'];

interface LightRecipe {
  readonly sky: string;
  readonly horizon: string;
  readonly sun: number;
  readonly sunColour: number;
  readonly fill: number;
  readonly ground: number;
  readonly heightDeg: number;
}

const LIGHTS: Record<Daylight, LightRecipe> = {
  noon: {
    sky: '#6ea3d8',
    horizon: '#dfe5e8',
    sun: 2.6,
    sunColour: 0xfff4e4,
    fill: 1.25,
    ground: 0x7d776a,
    heightDeg: 52,
  },
  morning: {
    sky: '#88abd0',
    horizon: '#f1dfc4',
    sun: 2.1,
    sunColour: 0xffe0ba,
    fill: 1.1,
    ground: 0x857a68,
    heightDeg: 28,
  },
  overcast: {
    sky: '#b5bdc4',
    horizon: '#d4d8da',
    sun: 0.6,
    sunColour: 0xf1f4ff,
    fill: 1.7,
    ground: 0x8f8f8c,
    heightDeg: 62,
  },
  dusk: {
    sky: '#48597c',
    horizon: '#d3b79c',
    sun: 1.6,
    sunColour: 0xffcfa8,
    fill: 1.5,
    ground: 0x5e5a58,
    heightDeg: 24,
  },
};

/** Street in metres: kerbs left and right, the lane line between bikes and cars, the middle of the road. */
export const STREET = { leftKerb: -5.4, bikeLane: -1.2, middle: 5.4, rightKerb: 15 } as const;

export interface LightOptions {
  readonly daylight: Daylight;
  readonly sunDeg: number;
  readonly focus: THREE.Vector3;
}

export function addLight(scene: THREE.Scene, { daylight, sunDeg, focus }: LightOptions): void {
  const recipe = LIGHTS[daylight];
  scene.add(
    new THREE.HemisphereLight(
      new THREE.Color(recipe.horizon).lerp(new THREE.Color(0xe4ebf4), 0.55),
      recipe.ground,
      recipe.fill * 1.15,
    ),
  );
  const sun = new THREE.DirectionalLight(recipe.sunColour, recipe.sun);
  const height = (recipe.heightDeg * Math.PI) / 180;
  const around = (sunDeg * Math.PI) / 180;
  const direction = new THREE.Vector3(
    Math.sin(around) * Math.cos(height),
    Math.sin(height),
    Math.cos(around) * Math.cos(height),
  );
  sun.position.copy(focus).addScaledVector(direction, 40);
  sun.target.position.copy(focus);
  sun.castShadow = true;
  sun.shadow.mapSize.set(1024, 1024);
  Object.assign(sun.shadow.camera, { left: -14, right: 14, top: 14, bottom: -14, near: 5, far: 90 });
  sun.shadow.bias = -0.0006;
  sun.shadow.normalBias = 0.02;
  scene.add(sun, sun.target);
  scene.background = skyTexture(recipe);
  scene.fog = new THREE.Fog(recipe.horizon, 45, 170);
}

function skyTexture({ sky, horizon }: LightRecipe): THREE.Texture {
  return canvasTexture(`sky ${sky}`, 16, (context, size) => {
    const gradient = context.createLinearGradient(0, 0, 0, size);
    gradient.addColorStop(0, sky);
    gradient.addColorStop(0.6, horizon);
    gradient.addColorStop(1, horizon);
    context.fillStyle = gradient;
    context.fillRect(0, 0, size, size);
  });
}

export function buildStreet(seed: number): THREE.Group {
  const random = randomFrom(seed);
  const street = new THREE.Group();
  addGround(street, random);
  addMarks(street, random);
  addBuildings(street, random);
  addGreen(street, random);
  addFurniture(street, random);
  return street;
}

const PAINT = new THREE.MeshLambertMaterial({
  color: 0xd6d6d0,
  polygonOffset: true,
  polygonOffsetFactor: -2,
  polygonOffsetUnits: -2,
});
const YELLOW = new THREE.MeshLambertMaterial({
  color: 0xd2a53a,
  polygonOffset: true,
  polygonOffsetFactor: -2,
  polygonOffsetUnits: -2,
});

interface Patch {
  readonly x: number;
  readonly z: number;
  readonly width: number;
  readonly depth: number;
  readonly y?: number;
}

function flat(street: THREE.Group, { x, z, width, depth, y = 0.006 }: Patch, material: THREE.Material): THREE.Mesh {
  const mesh = new THREE.Mesh(new THREE.PlaneGeometry(width, depth), material);
  mesh.rotation.x = -Math.PI / 2;
  mesh.position.set(x, y, z);
  mesh.receiveShadow = true;
  street.add(mesh);
  return mesh;
}

function addGround(street: THREE.Group, random: Random): void {
  const tone = random.integer(0, 3);
  const asphalt = repeated(asphaltTexture(tone), 40, 40);
  flat(street, { x: 0, z: -40, width: 300, depth: 300, y: 0 }, new THREE.MeshLambertMaterial({ map: asphalt }));
  const tiles = pavingTexture(random.integer(0, 2));
  const { leftKerb, rightKerb } = STREET;
  const kerbs = new Builder();
  const stone = new THREE.Color(0x9a9892);
  for (const [edge, side] of [
    [leftKerb, -1],
    [rightKerb, 1],
  ] as const) {
    const paving = new THREE.MeshLambertMaterial({ map: repeated(tiles, 8, 60) });
    const slab = flat(street, { x: edge + side * 5.1, z: -62, width: 10, depth: 124, y: 0.14 }, paving);
    slab.receiveShadow = true;
    kerbs.add(new THREE.BoxGeometry(0.22, 0.15, 124), 'matte', stone, { at: [edge, 0.075, -62] });
    kerbs.add(new THREE.BoxGeometry(10, 0.15, 0.22), 'matte', stone, { at: [edge + side * 5, 0.075, 0] });
  }
  street.add(kerbs.build());
}

function addMarks(street: THREE.Group, random: Random): void {
  const { leftKerb, bikeLane, middle, rightKerb } = STREET;
  flat(street, { x: (leftKerb + middle) / 2, z: 0.9, width: middle - leftKerb - 0.4, depth: 0.35 }, PAINT);
  for (let x = leftKerb + 0.6; x < rightKerb - 0.3; x += 1.05) flat(street, { x, z: 4, width: 0.5, depth: 3 }, PAINT);
  flat(street, { x: bikeLane, z: -31, width: 0.14, depth: 62 }, PAINT);
  for (const x of [middle - 0.12, middle + 0.12]) flat(street, { x, z: -31, width: 0.12, depth: 62 }, YELLOW);
  for (const x of [(bikeLane + middle) / 2, (middle + rightKerb) / 2]) {
    for (let z = -3; z > -60; z -= 6) flat(street, { x, z, width: 0.13, depth: 3 }, PAINT);
  }
  if (random.chance(0.75)) {
    const marks = ['#9a3b33', '#3f7350', '#74706a'] as const;
    const lane = new THREE.MeshLambertMaterial({ color: random.pick(marks), transparent: true, opacity: 0.55 });
    flat(
      street,
      { x: (leftKerb + bikeLane) / 2, z: -8.2, width: bikeLane - leftKerb - 0.2, depth: 16, y: 0.004 },
      lane,
    );
  }
}

function addBuildings(street: THREE.Group, random: Random): void {
  for (const [edge, side] of [
    [STREET.leftKerb, -1],
    [STREET.rightKerb, 1],
  ] as const) {
    let z = -6;
    while (z > -95) {
      const width = random.between(8, 20);
      const height = random.between(7, 26);
      addHouse(street, { x: edge + side * (random.between(9, 11) + 5), z: z - width / 2, width, height, side }, random);
      z -= width + random.between(0, 3);
    }
  }
  // Rows across both ends close the view.
  for (const [z, facing] of [
    [-108, 1],
    [58, -1],
  ] as const) {
    let x = -75;
    while (x < 80) {
      const width = random.between(10, 22);
      addHouse(street, { x: x + width / 2, z, width, height: random.between(10, 38), side: 0, facing }, random);
      x += width + random.between(0, 3);
    }
  }
}

interface House {
  readonly x: number;
  readonly z: number;
  readonly width: number;
  readonly height: number;
  /** -1, 1: stands along the left or right side; 0: stands across the street. */
  readonly side: number;
  /** Across the street: 1 looks towards positive z, -1 back. */
  readonly facing?: number;
}

function addHouse(street: THREE.Group, { x, z, width, height, side, facing = 1 }: House, random: Random): void {
  const style = random.integer(0, 7);
  const front = new THREE.MeshLambertMaterial({
    map: repeated(facadeTexture(style), Math.max(1, Math.round(width / 9)), Math.max(1, Math.round(height / 9))),
  });
  const depth = 10;
  const house = new THREE.Mesh(
    new THREE.BoxGeometry(side === 0 ? width : depth, height, side === 0 ? depth : width),
    front,
  );
  house.position.set(x, height / 2, z);
  street.add(house);
  const shop = new THREE.MeshLambertMaterial({ map: shopTexture(random.integer(0, 9)) });
  const sign = new THREE.Mesh(new THREE.PlaneGeometry(width - 0.6, 4), shop);
  sign.position.set(
    side === 0 ? x : x - side * (depth / 2 + 0.06),
    2,
    side === 0 ? z + facing * (depth / 2 + 0.06) : z,
  );
  sign.rotation.y = side === 0 ? (facing > 0 ? 0 : Math.PI) : -side * (Math.PI / 2);
  street.add(sign);
}

function addGreen(street: THREE.Group, random: Random): void {
  const trees = new Builder();
  for (const [edge, side] of [
    [STREET.leftKerb, -1],
    [STREET.rightKerb, 1],
  ] as const) {
    for (let z = random.between(-3, -9); z > -90; z -= random.between(6, 11))
      addTree(trees, { x: edge + side * random.between(1.2, 1.8), z }, random);
    if (random.chance(0.7)) {
      for (let z = -14; z > -60; z -= 1.1) {
        trees.add(new THREE.IcosahedronGeometry(1, 1), 'cloth', leaf(random), {
          at: [edge + side * 3.6, 0.4, z],
          scale: [random.between(0.45, 0.6), random.between(0.4, 0.6), 0.75],
        });
      }
    }
  }
  street.add(trees.build());
}

function leaf(random: Random): THREE.Color {
  return new THREE.Color().setHSL(random.between(0.22, 0.36), random.between(0.25, 0.5), random.between(0.14, 0.27));
}

function addTree(trees: Builder, { x, z }: { readonly x: number; readonly z: number }, random: Random): void {
  const height = random.between(2.6, 3.8);
  trees.add(new THREE.CylinderGeometry(0.1, 0.17, height, 8), 'cloth', new THREE.Color(0x4a3b2e), {
    at: [x, height / 2, z],
  });
  for (let index = 0; index < 16; index += 1) {
    const size = random.between(0.55, 1.15);
    const blob = new THREE.IcosahedronGeometry(1, 1);
    trees.add(blob, 'cloth', leaf(random), {
      at: [x + random.between(-1.3, 1.3), height + random.between(-0.3, 2.4), z + random.between(-1.3, 1.3)],
      turn: [random.between(0, 3), random.between(0, 3), 0],
      scale: [size, size * 0.8, size],
    });
  }
}

function addFurniture(street: THREE.Group, random: Random): void {
  const things = new Builder();
  const white = new THREE.Color(0xdcdedd);
  const grey = new THREE.Color(0x8b9094);
  const pole = (x: number, z: number, height: number, radius = 0.07): void => {
    things.add(new THREE.CylinderGeometry(radius, radius * 1.2, height, 10), 'matte', grey, { at: [x, height / 2, z] });
  };
  for (let z = -12; z > -80; z -= 22) {
    for (const [x, side] of [
      [STREET.leftKerb - 0.6, 1],
      [STREET.rightKerb + 0.6, -1],
    ] as const) {
      pole(x, z, 8);
      things.add(roundedBox(1.8, 0.1, 0.24, 0.04), 'matte', grey, { at: [x + side * 0.9, 8, z] });
    }
  }
  if (random.chance(0.7)) {
    // The white railing between the directions.
    for (let z = -4; z > -56; z -= 2.4) {
      pole(STREET.middle, z, 1.05, 0.03);
      for (const y of [0.25, 0.95])
        things.add(new THREE.BoxGeometry(0.05, 0.05, 2.4), 'matte', white, { at: [STREET.middle, y, z - 1.2] });
      for (let bar = 0; bar < 8; bar += 1)
        things.add(new THREE.BoxGeometry(0.025, 0.7, 0.025), 'matte', white, {
          at: [STREET.middle, 0.6, z - 0.3 * bar],
        });
    }
  }
  if (random.chance(0.6)) {
    const x = STREET.leftKerb - random.between(2.4, 3.2);
    pole(x, -5, 3, 0.05);
    const plate = new THREE.Color().setHSL(random.pick([0.6, 0.02, 0.38]), 0.7, 0.35);
    things.add(roundedBox(0.8, 0.8, 0.05, 0.1), 'gloss', plate, { at: [x, 2.7, -4.9] });
  }
  for (let index = random.integer(0, 4); index > 0; index -= 1) {
    const [x, z] = [STREET.middle - 0.8, -2 - index * 3.1];
    things.add(new THREE.ConeGeometry(0.17, 0.65, 14), 'cloth', new THREE.Color(0xd9541e), { at: [x, 0.36, z] });
    things.add(new THREE.CylinderGeometry(0.095, 0.125, 0.12, 14), 'cloth', white, { at: [x, 0.38, z] });
  }
  street.add(things.build());
}

const textures = new Map<string, THREE.CanvasTexture>();

function canvasTexture(
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

function repeated(texture: THREE.CanvasTexture, across: number, along: number): THREE.Texture {
  const copy = texture.clone();
  copy.repeat.set(across, along);
  return copy;
}

function asphaltTexture(tone: number): THREE.CanvasTexture {
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

function pavingTexture(tone: number): THREE.CanvasTexture {
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

function facadeTexture(style: number): THREE.CanvasTexture {
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

function shopTexture(style: number): THREE.CanvasTexture {
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
