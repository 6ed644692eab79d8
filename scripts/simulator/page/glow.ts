/** Lamps that shine into the camera: where they are in the picture, how large their halo is. */
import * as THREE from 'three';
import type { Vector } from '../geometry';
import type { Actor, Scenario } from '../scenario';
import type { Body } from './cast';

export interface Glow {
  /** 0–1 of the picture. */
  readonly x: number;
  readonly y: number;
  /** Of the picture's height. */
  readonly radiusRatio: number;
  /** 0–255 each. */
  readonly colour: readonly [number, number, number];
  readonly strength: number;
}

interface Lamp {
  readonly at: Vector;
  readonly ahead: 1 | -1;
  readonly colour: Glow['colour'];
}

const WHITE = [255, 246, 220] as const;
const RED = [255, 40, 25] as const;

const CYCLE: readonly Lamp[] = [
  { at: [0, 0.82, 0.56], ahead: 1, colour: WHITE },
  { at: [0, 0.72, -0.92], ahead: -1, colour: RED },
];

function lampsOf(actor: Actor): readonly Lamp[] {
  switch (actor.kind) {
    case 'ebike':
      return CYCLE;
    case 'car':
      return [0.66, -0.66].flatMap((x): Lamp[] => [
        { at: [x, 0.74, 2.35], ahead: 1, colour: WHITE },
        { at: [x, 0.8, -2.3], ahead: -1, colour: RED },
      ]);
    default:
      return [];
  }
}

interface Sight {
  readonly scenario: Scenario;
  readonly camera: THREE.PerspectiveCamera;
  readonly bodies: readonly Body[];
}

/** Lamps are lit at night and in bad weather; those behind somebody do not show. */
export function glowsOf({ scenario, camera, bodies }: Sight): Glow[] {
  const isNight = scenario.daylight === 'night';
  if (!isNight && scenario.weather === 'dry') return [];
  const shown = bodies.filter(({ root }) => root.visible);
  return shown.flatMap((body) =>
    lampsOf(body.actor).flatMap((lamp): Glow[] => {
      const at = body.root.localToWorld(new THREE.Vector3(...lamp.at));
      const ahead = new THREE.Vector3(0, 0, lamp.ahead).applyQuaternion(
        body.root.getWorldQuaternion(new THREE.Quaternion()),
      );
      const away = camera.position.clone().sub(at);
      const facing = ahead.dot(away.clone().normalize());
      const spot = at.clone().project(camera);
      if (facing < 0.25 || Math.abs(spot.x) > 1.1 || Math.abs(spot.y) > 1.1 || spot.z > 1) return [];
      const others = shown.filter((other) => other !== body).map(({ root }) => root);
      if (isHidden(at, away, others)) return [];
      const metre = 1 / (2 * away.length() * Math.tan((camera.fov * Math.PI) / 360));
      const strength = facing ** 3 * (lamp.colour === RED ? 0.35 : 0.85) * (isNight ? 1 : 0.4);
      return [
        {
          x: (spot.x + 1) / 2,
          y: (1 - spot.y) / 2,
          radiusRatio: metre * 0.9 * strength,
          colour: lamp.colour,
          strength,
        },
      ];
    }),
  );
}

function isHidden(at: THREE.Vector3, away: THREE.Vector3, others: readonly THREE.Object3D[]): boolean {
  const ray = new THREE.Raycaster(at, away.clone().normalize(), 0, away.length());
  return ray.intersectObjects([...others], true).length > 0;
}
