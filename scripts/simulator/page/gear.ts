/** Roofs over e-bikes, umbrellas, rain capes, and what lies on parked seats. Metres; front = +z. */
import * as THREE from 'three';
import { type Random, randomFrom } from '../random';
import type { Actor, ColourName } from '../scenario';
import { DARK, STEEL } from './cycle-parts';
import { colourOf } from './palette';
import { addBar, Builder, loft, roundedBox } from './shapes';

/** The awning of an e-bike: two poles at the handlebar, cloth from before the lamp to behind the seat. */
export function buildCanopy(name: ColourName, seed: number): THREE.Group {
  const random = randomFrom(seed + 101);
  const cloth = colourOf(name, random);
  const canopy = new Builder();
  const top = random.between(1.78, 1.95);
  for (const side of [-1, 1]) {
    addBar(canopy, 'metal', STEEL, {
      from: [side * 0.16, 0.95, 0.42],
      to: [side * 0.2, top - 0.06, 0.36],
      radius: 0.011,
    });
    addBar(canopy, 'metal', STEEL, { from: [side * 0.2, top - 0.06, 0.36], to: [side * 0.2, top, -0.5], radius: 0.01 });
  }
  const [half, front, back] = [random.between(0.36, 0.46), random.between(0.75, 1.0), random.between(-0.6, -0.95)];
  const columns = 8;
  const points: number[] = [];
  const index: number[] = [];
  for (let row = 0; row <= columns; row += 1) {
    for (let column = 0; column <= columns; column += 1) {
      const [along, across] = [row / columns, column / columns - 0.5];
      const droop = 0.34 * across * across + 0.3 * Math.max(0, 0.28 - along) + 0.12 * Math.max(0, along - 0.7);
      const narrow = 1 - 0.35 * Math.max(0, along - 0.6) - 0.4 * Math.max(0, 0.25 - along);
      points.push(across * 2 * half * narrow, top + 0.04 - droop, front + (back - front) * along);
      if (row < columns && column < columns) {
        const a = row * (columns + 1) + column;
        const b = a + columns + 1;
        index.push(a, a + 1, b, a + 1, b + 1, b, a, b, a + 1, a + 1, b, b + 1);
      }
    }
  }
  const sail = new THREE.BufferGeometry();
  sail.setAttribute('position', new THREE.Float32BufferAttribute(points, 3));
  sail.setIndex(index);
  const skin = sail.toNonIndexed();
  skin.computeVertexNormals();
  canopy.add(skin, random.pick(['cloth', 'cloth', 'stripes', 'blots']), cloth);
  return canopy.build();
}

/** An open umbrella; origin = the hand that holds it. */
export function buildUmbrella(name: ColourName, seed: number): THREE.Group {
  const random = randomFrom(seed + 202);
  const cloth = colourOf(name, random);
  const umbrella = new Builder();
  const radius = random.between(0.42, 0.56);
  const dome = new THREE.SphereGeometry(1, 8, 4, 0, Math.PI * 2, 0, Math.PI * 0.42).toNonIndexed();
  dome.computeVertexNormals();
  const scale: [number, number, number] = [radius, radius * 0.62, radius];
  const finish = random.pick(['cloth', 'cloth', 'blots', 'checks'] as const);
  umbrella.add(dome, finish, cloth, { at: [0, 0.42, 0], scale });
  umbrella.add(turnedInside(dome), 'cloth', cloth.clone().multiplyScalar(0.7), { at: [0, 0.415, 0], scale });
  addBar(umbrella, 'metal', DARK, { from: [0, -0.1, 0], to: [0, 0.42 + radius * 0.62, 0], radius: 0.011 });
  return umbrella.build();
}

function turnedInside(outside: THREE.BufferGeometry): THREE.BufferGeometry {
  const inside = outside.clone();
  const position = inside.getAttribute('position');
  const array = Float32Array.from(position.array);
  for (let corner = 0; corner + 8 < array.length; corner += 9) {
    const first = array.slice(corner, corner + 3);
    array.copyWithin(corner, corner + 3, corner + 6);
    array.set(first, corner + 3);
  }
  inside.setAttribute('position', new THREE.BufferAttribute(array, 3));
  inside.computeVertexNormals();
  return inside;
}

/** A rain cape: a cone of thin plastic from the neck over arms and handlebar. Added to a torso whose origin is the hips. */
export function addCape(builder: Builder, cloth: THREE.Color, random: Random): void {
  const phase = random.between(0, 6);
  const fold = (p: THREE.Vector3): number => 0.9 + 0.16 * Math.sin(Math.atan2(p.x, p.z) * 9 + p.y * 7 + phase);
  const long = random.between(0.18, 0.42);
  builder.add(
    loft(
      [
        { y: -long, halfWidth: 0.37, halfDepth: 0.36, forward: 0.16 },
        { y: -0.02, halfWidth: 0.33, halfDepth: 0.31, forward: 0.13 },
        { y: 0.22, halfWidth: 0.28, halfDepth: 0.24, forward: 0.09 },
        { y: 0.38, halfWidth: 0.225, halfDepth: 0.155, forward: 0.03 },
        { y: 0.45, halfWidth: 0.18, halfDepth: 0.115, forward: 0.005 },
        { y: 0.51, halfWidth: 0.075, halfDepth: 0.075 },
      ],
      fold,
      2.1,
    ),
    'gloss',
    cloth,
  );
}

type Load = Extract<Actor, { kind: 'parked' }>['load'];

/** Something left on the seat of a parked bike; origin = the seat. */
export function buildLoad(load: Exclude<Load, 'none'>, seed: number): THREE.Group {
  const random = randomFrom(seed + 303);
  const colour = colourOf(random.pick(['black', 'blue', 'red', 'grey', 'pink', 'green', 'orange']), random);
  const things = new Builder();
  switch (load) {
    case 'backpack':
      addBag(things, colour, random);
      break;
    case 'parcel':
      things.add(roundedBox(0.34, random.between(0.2, 0.45), 0.34, 0.02), 'matte', new THREE.Color(0x9a7448), {
        at: [0, 0.2, -0.3],
      });
      break;
    case 'ball':
      things.add(new THREE.SphereGeometry(random.between(0.11, 0.16), 18, 14), 'blots', colour, {
        at: [0, 0.15, random.between(-0.4, 0.1)],
      });
      break;
  }
  return things.build();
}

export function addBag(builder: Builder, colour: THREE.Color, random: Random): void {
  builder.add(roundedBox(0.3, 0.42, 0.18, 0.07), random.pick(['cloth', 'cloth', 'blots']), colour, {
    at: [0, 0.22, 0],
  });
  builder.add(roundedBox(0.22, 0.16, 0.06, 0.03), 'cloth', colour.clone().multiplyScalar(0.7), { at: [0, 0.13, 0.11] });
  for (const side of [-1, 1]) {
    builder.add(new THREE.TorusGeometry(0.12, 0.014, 6, 14), 'matte', DARK, {
      at: [side * 0.09, 0.26, -0.08],
      turn: [0, Math.PI / 2, 0],
    });
  }
}
