/** What has been drawn, and every step back. */
import { useReducer } from 'react';
import type { Camera } from '../camera';
import { CORNERS, type Kind, type Point, rounded, type Zone } from './geometry';

interface Drawing {
  readonly zones: readonly Zone[];
  /** Corners of a zone that is not closed yet. */
  readonly open: readonly Point[];
}

interface History {
  readonly now: Drawing;
  readonly before: readonly Drawing[];
}

type Step =
  | { readonly kind: 'point'; readonly at: Point; readonly as: Kind }
  | { readonly kind: 'finish'; readonly as: Kind }
  | {
      readonly kind: 'move';
      readonly zone: number;
      readonly corner: number;
      readonly to: Point;
      readonly isBegin: boolean;
    }
  | { readonly kind: 'removeCorner'; readonly zone: number; readonly corner: number }
  | { readonly kind: 'remove'; readonly zone: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'undo' };

const MAX_HISTORY = 100;

type Drawable = Pick<Camera, 'watch' | 'approach' | 'travel' | 'ignore'>;

export interface Drawn extends Drawing {
  readonly canUndo: boolean;
  readonly add: (at: Point, as: Kind) => void;
  readonly finish: (as: Kind) => void;
  /** `isBegin`: a new movement, which one undo takes back as a whole. */
  readonly move: (zone: number, corner: number, to: { readonly point: Point; readonly isBegin: boolean }) => void;
  readonly removeCorner: (zone: number, corner: number) => void;
  readonly remove: (zone: number) => void;
  readonly clear: () => void;
  readonly undo: () => void;
}

export function useZones(camera: Drawable): Drawn {
  const [{ now, before }, step] = useReducer(reduce, camera, begin);
  return {
    ...now,
    canUndo: before.length > 0,
    add: (at, as) => step({ kind: 'point', at, as }),
    finish: (as) => step({ kind: 'finish', as }),
    move: (zone, corner, { point, isBegin }) => step({ kind: 'move', zone, corner, to: point, isBegin }),
    removeCorner: (zone, corner) => step({ kind: 'removeCorner', zone, corner }),
    remove: (zone) => step({ kind: 'remove', zone }),
    clear: () => step({ kind: 'clear' }),
    undo: () => step({ kind: 'undo' }),
  };
}

function begin({ watch, approach, travel, ignore }: Drawable): History {
  const of = (kind: Kind, polygons: readonly (readonly Point[])[]): Zone[] =>
    polygons.map((points) => ({ kind, points }));
  const arrows = travel === null ? [] : [travel];
  const zones = [...of('watch', watch), ...of('approach', approach), ...of('travel', arrows), ...of('ignore', ignore)];
  return { now: { zones, open: [] }, before: [] };
}

function reduce(history: History, step: Step): History {
  const { now, before } = history;
  if (step.kind === 'undo') return { now: before.at(-1) ?? now, before: before.slice(0, -1) };
  const next = drawingAfter(now, step);
  if (next === now) return history;
  const keeps = step.kind !== 'move' || step.isBegin;
  return { now: next, before: keeps ? [...before, now].slice(-MAX_HISTORY) : before };
}

function drawingAfter(now: Drawing, step: Exclude<Step, { readonly kind: 'undo' }>): Drawing {
  const { zones, open } = now;
  switch (step.kind) {
    case 'point':
      return open.length >= CORNERS[step.as].max ? now : { zones, open: [...open, rounded(step.at)] };
    case 'finish':
      if (open.length < CORNERS[step.as].min) return now;
      return { zones: [...othersThan(step.as, zones), { kind: step.as, points: open }], open: [] };
    case 'move':
      return {
        open,
        zones: withPoints(zones, step.zone, (points) =>
          points.map((point, corner) => (corner === step.corner ? rounded(step.to) : point)),
        ),
      };
    case 'removeCorner': {
      const left = withPoints(zones, step.zone, (points) => points.filter((_, corner) => corner !== step.corner));
      return { open, zones: left.filter(({ kind, points }) => points.length >= CORNERS[kind].min) };
    }
    case 'remove':
      return { open, zones: zones.filter((_, index) => index !== step.zone) };
    case 'clear':
      return { open: [], zones: [] };
  }
}

/** There is one arrow: a new one takes its place. */
function othersThan(kind: Kind, zones: readonly Zone[]): readonly Zone[] {
  return kind === 'travel' ? zones.filter((zone) => zone.kind !== 'travel') : zones;
}

function withPoints(
  zones: readonly Zone[],
  which: number,
  change: (points: readonly Point[]) => readonly Point[],
): Zone[] {
  return zones.map((zone, index) => (index === which ? { ...zone, points: change(zone.points) } : zone));
}
