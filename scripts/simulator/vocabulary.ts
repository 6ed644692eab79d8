/** The words of a scenario. */

export const HELMET_SHAPES = ['half', 'three_quarter', 'full_face'] as const;
export const HAIR_STYLES = ['short', 'crop', 'bob', 'long', 'ponytail', 'bun', 'bald'] as const;
export const HEADWEAR = ['none', 'cap', 'hood', 'turban', 'headscarf', 'sunhat', 'beanie'] as const;
export const PATTERNS = ['plain', 'stripes', 'checks', 'blots'] as const;
export const PROPS = [
  'poster',
  'globe_lamp',
  'lantern',
  'balloon',
  'bollard',
  'traffic_light',
  'parasol',
  'backpack',
  'helmet_stand',
  'sign',
] as const;
export const DAYLIGHTS = ['noon', 'morning', 'overcast', 'dusk'] as const;
export const EASES = ['linear', 'brake', 'accelerate', 'smooth'] as const;
export const STOWED = ['basket', 'arm', 'mirror', 'seat'] as const;
/** What is ridden: everybody on it counts as a rider. */
export const RIDDEN = ['ebike', 'motorcycle', 'bicycle', 'tricycle'] as const;

export function isRidden({ kind }: { readonly kind: string }): boolean {
  return RIDDEN.some((one) => one === kind);
}
