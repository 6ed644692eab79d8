/** What people wear on their heads besides caps, hoods and helmets. Origin: centre of the skull; front = +z. */
import * as THREE from 'three';
import type { Random } from '../random';
import type { Helmet } from '../scenario';
import { type Builder, shell } from './shapes';

const DEGREE = Math.PI / 180;

/** Wound cloth: a cap with thick rolls round it. */
export function addTurban(builder: Builder, colour: THREE.Color, random: Random): void {
  builder.add(
    shell({
      radii: [0.098, 0.142, 0.118],
      rim: (azimuth) => (10 - 18 * Math.abs(azimuth / Math.PI)) * DEGREE,
      bulge: (azimuth, elevation) => 1 + 0.05 * Math.sin(elevation * 14 + azimuth * 2),
      shade: (azimuth, elevation) => 0.85 + 0.25 * Math.sin(elevation * 14 + azimuth * 2),
    }),
    'cloth',
    colour,
  );
  for (let roll = 0; roll < 3; roll += 1) {
    builder.add(new THREE.TorusGeometry(0.094 - roll * 0.01, 0.026, 7, 20), 'cloth', colour, {
      at: [0, 0.05 + roll * 0.034, -0.004],
      turn: [Math.PI / 2 + random.between(-0.25, 0.25), random.between(-0.2, 0.2), 0],
      scale: [0.92, 1.12, 1],
    });
  }
}

/** A scarf over the hair, round the cheeks and down on the shoulders. */
export function addHeadscarf(builder: Builder, colour: THREE.Color, random: Random): void {
  const fold = random.between(0, 6);
  builder.add(
    shell({
      radii: [0.094, 0.128, 0.116],
      rim: (azimuth) => (Math.abs(azimuth) < 0.8 ? 36 - Math.abs(azimuth) * 30 : -84) * DEGREE,
      bulge: (azimuth, elevation) =>
        1 + 0.02 * Math.sin(azimuth * 7 + elevation * 5 + fold) + (elevation < -0.5 ? 0.14 : 0),
    }),
    'cloth',
    colour,
    { at: [0, -0.004, -0.008] },
  );
  builder.add(new THREE.SphereGeometry(1, 12, 8), 'cloth', colour.clone().multiplyScalar(0.85), {
    at: [0, -0.15, 0.0],
    scale: [0.12, 0.075, 0.11],
  });
}

/** A straw or cloth hat with a brim all round. */
export function addSunHat(builder: Builder, colour: THREE.Color, random: Random): void {
  builder.add(shell({ radii: [0.092, 0.13, 0.112], rim: () => 14 * DEGREE }), 'cloth', colour);
  const wide = random.between(0.16, 0.24);
  builder.add(new THREE.ConeGeometry(wide, 0.05, 24, 1, true), 'cloth', colour.clone().multiplyScalar(0.9), {
    at: [0, 0.04, 0],
  });
  builder.add(new THREE.ConeGeometry(wide, 0.045, 24), 'cloth', colour.clone().multiplyScalar(0.55), {
    at: [0, 0.036, 0],
  });
}

/** A knitted cap, with or without a bobble. */
export function addBeanie(builder: Builder, colour: THREE.Color, random: Random): void {
  builder.add(
    shell({
      radii: [0.09, 0.132, 0.112],
      rim: () => 12 * DEGREE,
      shade: (azimuth) => 0.85 + 0.22 * Math.sin(azimuth * 26),
    }),
    'cloth',
    colour,
  );
  builder.add(new THREE.TorusGeometry(0.094, 0.017, 7, 20), 'cloth', colour.clone().multiplyScalar(0.8), {
    at: [0, 0.034, 0],
    turn: [Math.PI / 2, 0, 0],
    scale: [0.94, 1.16, 1.4],
  });
  if (random.chance(0.4))
    builder.add(new THREE.SphereGeometry(0.036, 8, 7), 'cloth', colour.clone().multiplyScalar(1.3), {
      at: [0, 0.15, 0],
    });
}

/** Ears, air slots or a long peak on a helmet. */
export function addTrim(builder: Builder, trim: Helmet['trim'], colour: THREE.Color): void {
  switch (trim) {
    case 'none':
      return;
    case 'ears':
      for (const side of [-1, 1]) {
        builder.add(new THREE.ConeGeometry(0.034, 0.075, 8), 'gloss', colour, {
          at: [side * 0.072, 0.142, 0.02],
          turn: [0, 0, -side * 0.45],
        });
      }
      return;
    case 'vents':
      for (const slot of [-2, -1, 0, 1, 2]) {
        builder.add(new THREE.SphereGeometry(1, 8, 6), 'matte', new THREE.Color(0x0c0c0e), {
          at: [slot * 0.032, 0.118 - Math.abs(slot) * 0.008, 0.055],
          turn: [0.55, 0, -slot * 0.2],
          scale: [0.008, 0.012, 0.06],
        });
      }
      return;
    case 'peak':
      builder.add(
        new THREE.CylinderGeometry(1, 1, 0.1, 16, 1, false, -Math.PI / 2, Math.PI),
        'gloss',
        colour.clone().multiplyScalar(0.8),
        { at: [0, 0.06, 0.1], turn: [0.12, 0, 0], scale: [0.1, 0.08, 0.13] },
      );
      return;
  }
}
