/** The picture with its zones: taps add corners, corners are dragged with finger or mouse and moved with the arrow keys. */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import type { Output } from '../../contract';
import { useWords } from '../words';
import { type Kind, type Point, snapped, type Zone } from './geometry';
import type { Drawn } from './state';

type View = Output<'cameraView'>;

const WIDTH = 1000;
const COLOURS: Readonly<Record<Kind, string>> = {
  watch: '#00e5a0',
  approach: '#ffd54a',
  travel: '#7dd3fc',
  ignore: '#ff6b6b',
};
/** A finger covers about 9 mm; of a phone's width that is a sixth. */
const GRIP = 34;
const STEP: Readonly<Record<string, Point>> = {
  ArrowLeft: [-0.01, 0],
  ArrowRight: [0.01, 0],
  ArrowUp: [0, -0.01],
  ArrowDown: [0, 0.01],
};

interface CanvasProps {
  readonly picture: string;
  readonly view: View;
  readonly drawn: Drawn;
  readonly kind: Kind;
}

export function ZoneCanvas({ picture, view, drawn, kind }: CanvasProps) {
  const { say } = useWords();
  const svg = useRef<SVGSVGElement>(null);
  const [held, setHeld] = useState<{ readonly zone: number; readonly corner: number }>();
  const height = (WIDTH * view.heightPx) / view.widthPx;
  const pointOf = (event: PointerEvent): Point => {
    const { left, top, width, height: high } = svg.current?.getBoundingClientRect() ?? new DOMRect();
    return snapped([(event.clientX - left) / width, (event.clientY - top) / high]);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be drawn in; corners are buttons of their own
    <svg
      ref={svg}
      className="zone-canvas"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="group"
      aria-label={say('cameras.picture')}
      onPointerDown={(event) => {
        if (event.button === 0) drawn.add(pointOf(event), kind);
      }}
      onPointerMove={(event) => {
        if (held !== undefined) drawn.move(held.zone, held.corner, { point: pointOf(event), isBegin: false });
      }}
      onPointerUp={() => setHeld(undefined)}
      onPointerCancel={() => setHeld(undefined)}
    >
      <image href={picture} width={WIDTH} height={height} preserveAspectRatio="none" />
      <Heads view={view} height={height} />
      {drawn.zones.map((zone, index) => (
        <Shape
          // biome-ignore lint/suspicious/noArrayIndexKey: a zone has no other name
          key={index}
          zone={zone}
          height={height}
          name={say('zones.nth', { kind: say(`zones.${zone.kind}`), number: index + 1 })}
          onHold={(corner, event) => {
            event.stopPropagation();
            svg.current?.setPointerCapture(event.pointerId);
            setHeld({ zone: index, corner });
            drawn.move(index, corner, { point: pointOf(event), isBegin: true });
          }}
          onKey={(corner, event) => moveByKey(event, { drawn, zone: index, corner, points: zone.points })}
        />
      ))}
      <Open points={drawn.open} kind={kind} height={height} />
    </svg>
  );
}

interface KeyMove {
  readonly drawn: Drawn;
  readonly zone: number;
  readonly corner: number;
  readonly points: readonly Point[];
}

function moveByKey(event: KeyboardEvent, { drawn, zone, corner, points }: KeyMove): void {
  const step = STEP[event.key];
  const [x, y] = points[corner] ?? [0, 0];
  if (step !== undefined) drawn.move(zone, corner, { point: [x + step[0], y + step[1]], isBegin: true });
  else if (event.key === 'Delete' || event.key === 'Backspace') drawn.removeCorner(zone, corner);
  else return;
  event.preventDefault();
}

interface ShapeProps {
  readonly zone: Zone;
  readonly height: number;
  readonly name: string;
  readonly onHold: (corner: number, event: PointerEvent) => void;
  readonly onKey: (corner: number, event: KeyboardEvent) => void;
}

function Shape({ zone: { kind, points }, height, name, onHold, onKey }: ShapeProps) {
  const { say } = useWords();
  const colour = COLOURS[kind];
  return (
    <g>
      {kind === 'travel' ? (
        <Arrow points={points} height={height} />
      ) : (
        <polygon
          points={pathOf(points, height)}
          fill={colour}
          fillOpacity={0.22}
          stroke={colour}
          strokeWidth={5}
          pointerEvents="none"
        />
      )}
      {points.map(([x, y], corner) => (
        // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG
        <circle
          // biome-ignore lint/suspicious/noArrayIndexKey: a corner has no other name
          key={corner}
          className="zone-corner"
          role="button"
          tabIndex={0}
          aria-label={say('zones.corner', { zone: name, number: corner + 1 })}
          cx={x * WIDTH}
          cy={y * height}
          r={GRIP}
          stroke={colour}
          onPointerDown={(event) => onHold(corner, event)}
          onKeyDown={(event) => onKey(corner, event)}
        />
      ))}
    </g>
  );
}

/** Its head is an eighth of the picture's width. */
function Arrow({ points, height }: { readonly points: readonly Point[]; readonly height: number }) {
  const [[fromX, fromY], [toX, toY]] = [points[0] ?? [0, 0], points[1] ?? [0, 0]];
  const angle = Math.atan2((toY - fromY) * height, (toX - fromX) * WIDTH);
  const barb = (turn: number): string => {
    const reach = WIDTH / 16;
    return `${toX * WIDTH - reach * Math.cos(angle + turn)},${toY * height - reach * Math.sin(angle + turn)}`;
  };
  const path = `${pathOf(points, height)} ${barb(0.5)} ${toX * WIDTH},${toY * height} ${barb(-0.5)}`;
  return <polyline points={path} fill="none" stroke={COLOURS.travel} strokeWidth={12} pointerEvents="none" />;
}

function Open({
  points,
  kind,
  height,
}: {
  readonly points: readonly Point[];
  readonly kind: Kind;
  readonly height: number;
}) {
  const colour = COLOURS[kind];
  return (
    <g pointerEvents="none">
      <polyline points={pathOf(points, height)} fill="none" stroke={colour} strokeWidth={5} strokeDasharray="14 8" />
      {points.map(([x, y], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a corner has no other name
        <circle key={index} cx={x * WIDTH} cy={y * height} r={12} fill={colour} stroke="#000" />
      ))}
    </g>
  );
}

/** Heads lately seen, at their size: orange where they are too small to judge. */
function Heads({ view, height }: { readonly view: View; readonly height: number }) {
  return (
    <g pointerEvents="none">
      {view.heads.map(({ x, y, px }, index) => (
        <circle
          // biome-ignore lint/suspicious/noArrayIndexKey: heads have no names
          key={index}
          cx={x * WIDTH}
          cy={y * height}
          r={(px / Math.max(1, view.heightPx)) * height * 0.5}
          fill="none"
          stroke={px >= view.minHeadPx ? '#7dd3fc' : '#fb923c'}
          strokeWidth={3}
        />
      ))}
    </g>
  );
}

function pathOf(points: readonly Point[], height: number): string {
  return points.map(([x, y]) => `${x * WIDTH},${y * height}`).join(' ');
}
