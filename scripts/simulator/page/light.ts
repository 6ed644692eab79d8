/** Sun, sky and haze of a time of day. */
import * as THREE from 'three';
import { randomFrom } from '../random';
import type { Scenario } from '../scenario';
import { canvasTexture } from './textures';

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
  low_sun: {
    sky: '#8fa6c4',
    horizon: '#ffd9a0',
    sun: 3.4,
    sunColour: 0xffc27a,
    fill: 1.1,
    ground: 0x6a5a4a,
    heightDeg: 9,
  },
  night: {
    sky: '#05070d',
    horizon: '#1a1a22',
    sun: 0.12,
    sunColour: 0x9fb4e0,
    fill: 0.34,
    ground: 0x1d1a18,
    heightDeg: 60,
  },
};

/** Share of the light on the ground that comes from the sun: what a shadow takes away there. */
export function shadeOf(daylight: Daylight, weather: Scenario['weather']): number {
  if (daylight === 'night') return 0;
  const { sun, fill, heightDeg } = LIGHTS[daylight];
  const { sun: sunShare, fill: fillShare } = WEATHER[weather];
  const direct = sun * sunShare * Math.sin((heightDeg * Math.PI) / 180);
  // Seen through the picture's gamma, half the light is 0.73 of the brightness.
  return 1 - (1 - direct / (direct + fill * 1.15 * fillShare)) ** (1 / 2.2);
}

export interface LightOptions {
  readonly daylight: Daylight;
  readonly weather: Scenario['weather'];
  readonly sunDeg: number;
  readonly focus: THREE.Vector3;
  /** Street lamps of a night differ by it. */
  readonly seed: number;
}

/** What clouds leave of the sun and of the sky's light, and how far one sees: haze from, to (metres). */
const WEATHER: Record<Scenario['weather'], { sun: number; fill: number; haze: readonly [number, number] }> = {
  dry: { sun: 1, fill: 1, haze: [45, 170] },
  rain: { sun: 0.25, fill: 1.05, haze: [25, 110] },
  fog: { sun: 0.3, fill: 1.1, haze: [6, 62] },
};

export function addLight(scene: THREE.Scene, { daylight, weather, sunDeg, focus, seed }: LightOptions): void {
  const recipe = LIGHTS[daylight];
  const { sun: sunShare, fill: fillShare, haze } = WEATHER[weather];
  const sky = new THREE.Color(recipe.horizon).lerp(new THREE.Color(0xe4ebf4), 0.55);
  scene.add(new THREE.HemisphereLight(sky, recipe.ground, recipe.fill * 1.15 * fillShare));
  if (daylight === 'night') addLamps(scene, focus, seed);
  const sun = new THREE.DirectionalLight(recipe.sunColour, recipe.sun * sunShare);
  const height = (recipe.heightDeg * Math.PI) / 180;
  const around = (sunDeg * Math.PI) / 180;
  const direction = new THREE.Vector3(
    Math.sin(around) * Math.cos(height),
    Math.sin(height),
    Math.cos(around) * Math.cos(height),
  );
  sun.position.copy(focus).addScaledVector(direction, 40);
  sun.target.position.copy(focus);
  sun.castShadow = daylight !== 'night';
  sun.shadow.mapSize.set(1024, 1024);
  Object.assign(sun.shadow.camera, { left: -14, right: 14, top: 14, bottom: -14, near: 5, far: 90 });
  sun.shadow.bias = -0.0006;
  sun.shadow.normalBias = 0.02;
  scene.add(sun, sun.target);
  scene.background = weather === 'dry' ? skyTexture(recipe) : new THREE.Color(recipe.horizon);
  scene.fog = new THREE.Fog(recipe.horizon, ...haze);
}

const LAMP_COLOURS = [0xffa552, 0xffc98a, 0xfff0d8, 0xdfe9ff] as const;

/** Four street lamps round the focus, always four: a shader is compiled for each number of lights. */
function addLamps(scene: THREE.Scene, focus: THREE.Vector3, seed: number): void {
  const random = randomFrom(seed + 505);
  const colour = random.pick(LAMP_COLOURS);
  const bright = random.between(18, 110);
  for (let index = 0; index < 4; index += 1) {
    const lamp = new THREE.PointLight(colour, bright * random.between(0.3, 1.4), 0, 2);
    const [side, along] = [index % 2 === 0 ? -1 : 1, index < 2 ? 1 : -1];
    lamp.position.set(
      focus.x + side * random.between(2, 8),
      random.between(4, 8),
      focus.z + along * random.between(0, 9),
    );
    scene.add(lamp);
  }
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
