/** Where heads are on their vehicle (pure). */
import type { BoundingBox, Detection } from '../domain';
import { centre, type Point } from '../geometry';

/** A rider sits over the vehicle. With two heads the middle lies between them; at the border of the picture it is cut off. */
export function isOverVehicle({ heads, box }: Detection, maxOffAxis: number): boolean {
  const [head] = heads;
  if (head === undefined || heads.length > 1 || box.x <= 0 || box.x + box.w >= 1) return true;
  return Math.abs(relative(head.box, box)[0] - 0.5) <= maxOffAxis;
}

/** The head's middle, 0–1 of the vehicle's box. */
export function relative(head: BoundingBox, vehicle: BoundingBox): Point {
  const [x, y] = centre(head);
  return [(x - vehicle.x) / vehicle.w, (y - vehicle.y) / vehicle.h];
}
