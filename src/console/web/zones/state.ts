/** What has been drawn, and every step back. */
import { useReducer } from 'react';
import type { Camera } from '../camera';
import { type Kind, MAX_POINTS, type Point, rounded, type Zone } from './geometry';

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
  | { readonly kind: 'point'; readonly at: Point }
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

export interface Drawn extends Drawing {
  readonly canUndo: boolean;
  readonly add: (at: Point) => void;
  readonly finish: (as: Kind) => void;
  /** `isBegin`: a new movement, which one undo takes back as a whole. */
  readonly move: (zone: number, corner: number, to: { readonly point: Point; readonly isBegin: boolean }) => void;
  readonly removeCorner: (zone: number, corner: number) => void;
  readonly remove: (zone: number) => void;
  readonly clear: () => void;
  readonly undo: () => void;
}

export function useZones(camera: Pick<Camera, 'watch' | 'ignore'>): Drawn {
  const [{ now, before }, step] = useReducer(reduce, camera, begin);
  return {
    ...now,
    canUndo: before.length > 0,
    add: (at) => step({ kind: 'point', at }),
    finish: (as) => step({ kind: 'finish', as }),
    move: (zone, corner, { point, isBegin }) => step({ kind: 'move', zone, corner, to: point, isBegin }),
    removeCorner: (zone, corner) => step({ kind: 'removeCorner', zone, corner }),
    remove: (zone) => step({ kind: 'remove', zone }),
    clear: () => step({ kind: 'clear' }),
    undo: () => step({ kind: 'undo' }),
  };
}

function begin({ watch, ignore }: Pick<Camera, 'watch' | 'ignore'>): History {
  const of = (kind: Kind, polygons: readonly (readonly Point[])[]): Zone[] =>
    polygons.map((points) => ({ kind, points }));
  return { now: { zones: [...of('watch', watch), ...of('ignore', ignore)], open: [] }, before: [] };
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
      return open.length >= MAX_POINTS ? now : { zones, open: [...open, rounded(step.at)] };
    case 'finish':
      return open.length < 3 ? now : { zones: [...zones, { kind: step.as, points: open }], open: [] };
    case 'move':
      return {
        open,
        zones: withPoints(zones, step.zone, (points) =>
          points.map((point, corner) => (corner === step.corner ? rounded(step.to) : point)),
        ),
      };
    case 'removeCorner': {
      const left = withPoints(zones, step.zone, (points) => points.filter((_, corner) => corner !== step.corner));
      return { open, zones: left.filter(({ points }) => points.length >= 3) };
    }
    case 'remove':
      return { open, zones: zones.filter((_, index) => index !== step.zone) };
    case 'clear':
      return { open: [], zones: [] };
  }
}

function withPoints(
  zones: readonly Zone[],
  which: number,
  change: (points: readonly Point[]) => readonly Point[],
): Zone[] {
  return zones.map((zone, index) => (index === which ? { ...zone, points: change(zone.points) } : zone));
}
