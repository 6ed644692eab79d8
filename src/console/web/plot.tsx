/** One plot of counts as bars, or of per cent as a line, drawn by uPlot; the same numbers stand in a table beside it. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';

export interface Series {
  readonly label: string;
  readonly colour: string;
  readonly kind: 'bars' | 'percent';
  readonly values: readonly (number | null)[];
}

export interface PlotProps {
  readonly title: string;
  /** Under the x axis, one for each value. */
  readonly names: readonly string[];
  readonly series: readonly Series[];
}

const HEIGHT_PX = 240;
const MANY_PX = 60;

export function Plot({ title, names, series }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const data: uPlot.AlignedData = [names.map((_, index) => index), ...series.map(({ values }) => [...values])];
    const plot = new uPlot(optionsOf(element.clientWidth, names, series), data, element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [names, series]);
  return <div ref={place} className="plot" role="img" aria-label={title} />;
}

function optionsOf(width: number, names: readonly string[], series: readonly Series[]): uPlot.Options {
  const bars = uPlot.paths.bars?.({ size: [0.6, 40] });
  const hasPercent = series.some(({ kind }) => kind === 'percent');
  return {
    width,
    height: HEIGHT_PX,
    legend: { live: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.6, names.length - 0.4] },
      y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] },
      percent: { range: [0, 100] },
    },
    axes: [
      {
        splits: () => names.map((_, index) => index),
        values: (_, splits) => splits.map((index) => names[index] ?? ''),
        // As many names as there is room for.
        filter: (_, splits) => {
          const step = Math.max(1, Math.ceil(splits.length / Math.max(1, width / MANY_PX)));
          return splits.map((index) => (index % step === 0 ? index : null));
        },
        grid: { show: false },
      },
      {
        scale: 'y',
        size: 44,
        values: (_, splits) => splits.map((value) => (Number.isInteger(value) ? String(value) : '')),
      },
      ...(hasPercent
        ? [
            {
              scale: 'percent',
              side: 1,
              size: 44,
              grid: { show: false },
              values: (_: uPlot, splits: number[]) => splits.map((value) => `${value}%`),
            },
          ]
        : []),
    ],
    series: [
      {},
      ...series.map(({ label, colour, kind }) =>
        kind === 'bars'
          ? {
              label,
              stroke: colour,
              fill: colour,
              scale: 'y',
              points: { show: false },
              ...(bars === undefined ? {} : { paths: bars }),
            }
          : {
              label,
              stroke: colour,
              width: 3,
              scale: 'percent',
              spanGaps: true,
              points: { show: true, size: 8, fill: colour },
            },
      ),
    ],
  };
}
