/** Sun, sky and haze of a time of day. */
import * as THREE from 'three';
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
};

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
