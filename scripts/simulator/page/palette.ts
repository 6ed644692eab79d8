/** What the named colours look like: a hue range each, so that two blue shirts differ as real ones do. */
import * as THREE from 'three';
import type { Random } from '../random';
import type { ColourName, Person } from '../scenario';

/** [hue from, hue to, saturation from, to, lightness from, to], hue in degrees, the rest 0–1. */
const RANGES: Record<ColourName, readonly [number, number, number, number, number, number]> = {
  black: [200, 240, 0, 0.15, 0.02, 0.08],
  white: [40, 220, 0, 0.1, 0.86, 0.95],
  grey: [200, 230, 0, 0.08, 0.35, 0.58],
  red: [354, 364, 0.7, 0.9, 0.34, 0.46],
  orange: [20, 30, 0.85, 0.95, 0.46, 0.54],
  yellow: [46, 54, 0.85, 0.95, 0.48, 0.56],
  green: [110, 150, 0.45, 0.7, 0.24, 0.38],
  blue: [220, 236, 0.7, 0.92, 0.28, 0.42],
  purple: [268, 285, 0.4, 0.6, 0.32, 0.46],
  pink: [335, 348, 0.6, 0.85, 0.68, 0.8],
  brown: [22, 32, 0.35, 0.5, 0.2, 0.3],
};

export function colourOf(name: ColourName, random: Random): THREE.Color {
  const [hueFrom, hueTo, satFrom, satTo, lightFrom, lightTo] = RANGES[name];
  const hue = (random.between(hueFrom, hueTo) % 360) / 360;
  return new THREE.Color().setHSL(hue, random.between(satFrom, satTo) * 0.92, random.between(lightFrom, lightTo));
}

const PLASTIC = { pale_plastic: 0xdedad4, dark_plastic: 0x2b2a2c } as const;

/** From light to deeply tanned; or the plastic of a dummy. */
export function skinOf({ skin, surface }: Pick<Person, 'skin' | 'surface'>): THREE.Color {
  if (surface !== 'skin') return new THREE.Color(PLASTIC[surface]);
  return new THREE.Color(0xe8b48e).lerp(new THREE.Color(0x7d4f33), skin);
}

const HAIR = {
  black: 0x0d0b0a,
  brown: 0x2a1a10,
  grey: 0x77746f,
  auburn: 0x4c2412,
  white: 0xc9c6c0,
  blond: 0x8d6a35,
} as const;

export function hairOf(name: keyof typeof HAIR): THREE.Color {
  return new THREE.Color(HAIR[name]);
}
