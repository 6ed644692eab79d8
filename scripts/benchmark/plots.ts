/** How cost grows with cameras, riders and backlog, as SVG (pure). */
import { drawn, type Line, type Plot } from '../../src/evaluation/drawing';
import { percentile } from '../../src/runtime/percentile';
import { framesPerCore, median, msPerPicture, type Round, SETUPS, type ServiceRound, totalOf } from './rounds';
import { droppedPercent, type Results, servicesOf, stagesOf } from './rows';

type Point = readonly [x: number, y: number];

interface Series {
  readonly title: string;
  readonly points: readonly Point[];
}

interface Chart {
  readonly name: string;
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly Series[];
  /** Numbers written along the x axis. */
  readonly xs: readonly number[];
  /** A backlog is shown on powers of two. */
  readonly isLogarithmic?: boolean;
}

const EMPTY = '未测量 / not measured';
const TICKS = 5;
const CAMERAS = '1080p25 摄像机 / cameras (H.264)';

export function benchmarkPlots({ rounds, riders, drains }: Results): Plot[] {
  const cameras = growing(rounds);
  const numbers = rounds.map((_, index) => index + 1);
  const drained = drains.map(({ events }) => events);
  return [
    {
      ...{ name: 'cpu', title: '处理器用量 / CPU by stage', xTitle: CAMERAS, yTitle: '核 / cores' },
      ...{ series: stageSeries(cameras), xs: cameras.map(({ cameras: n }) => n) },
    },
    {
      ...{ name: 'analysed', title: '每路分析帧率 / Analysed per camera', xTitle: CAMERAS, yTitle: '每秒 / a second' },
      series: [{ title: 'the slowest camera', points: along(cameras, (one) => Math.min(...one.analysedPerS)) }],
      xs: cameras.map(({ cameras: n }) => n),
    },
    {
      ...{ name: 'dropped', title: '丢弃的画面 / Dropped pictures', xTitle: CAMERAS, yTitle: '%' },
      series: [{ title: 'of all', points: along(cameras, droppedPercent) }],
      xs: cameras.map(({ cameras: n }) => n),
    },
    {
      ...{ name: 'delay', title: '采集到判定 / Capture → decision', xTitle: CAMERAS, yTitle: '毫秒 / ms' },
      series: [0.5, 0.95, 0.99].map((share) => ({
        title: `p${100 * share}`,
        points: cameras.map(
          ({ cameras: n, services }): Point => [
            n,
            percentile(
              services.flatMap((one) => one.decidedAfterMs),
              share,
            ),
          ],
        ),
      })),
      xs: cameras.map(({ cameras: n }) => n),
    },
    {
      ...{ name: 'memory', title: '内存 / Memory', xTitle: CAMERAS, yTitle: 'MB' },
      series: [
        { title: 'with ffmpeg', points: along(cameras, ({ allMb }) => allMb) },
        { title: 'the Node process', points: along(cameras, ({ nodeMb }) => nodeMb) },
      ],
      xs: cameras.map(({ cameras: n }) => n),
    },
    {
      ...{ name: 'peers', title: '每核处理的画面 / Camera pictures per core second', xTitle: '轮次 / round' },
      ...{ yTitle: '画面 / pictures', series: peerSeries(rounds), xs: numbers },
    },
    {
      ...{ name: 'floor', title: '相对下限 / Against the floor', xTitle: '轮次 / round' },
      ...{ yTitle: '每帧 CPU 毫秒 / CPU ms a picture', series: floorSeries(rounds), xs: numbers },
    },
    {
      ...{ name: 'riders', title: '随骑行者增加 / Riders in the picture', xTitle: '骑行者 / riders' },
      ...{ yTitle: '每帧毫秒 / ms a picture', xs: riders.map((one) => one.riders) },
      series: [
        { title: 'time, one thread', points: riders.map((one): Point => [one.riders, one.frameMs]) },
        { title: 'CPU', points: riders.map((one): Point => [one.riders, one.cpuMs]) },
      ],
    },
    {
      ...{
        name: 'backlog',
        title: '积压事件 / Backlog',
        xTitle: '事件 / events',
        yTitle: '秒 / s',
        isLogarithmic: true,
      },
      ...{ xs: drained },
      series: [
        { title: 'until all are acknowledged', points: drains.map((one): Point => [one.events, median(one.seconds)]) },
        {
          title: 'CPU',
          points: drains.map((one): Point => [one.events, (median(one.cpuUsPerEvent) * one.events) / 1e6]),
        },
      ],
    },
  ].map(chart);
}

interface Cameras {
  readonly cameras: number;
  readonly services: readonly ServiceRound[];
}

/** The busy junction's H.264 cameras, as many as were measured. */
function growing(rounds: readonly Round[]): Cameras[] {
  return SETUPS.flatMap(({ film, cameras }, index) => {
    const services = servicesOf(rounds, index);
    return film === 'film-1080p25' && services.length > 0 ? [{ cameras, services }] : [];
  });
}

function along(cameras: readonly Cameras[], read: (round: ServiceRound) => number): Point[] {
  return cameras.map(({ cameras: n, services }) => [n, median(services.map(read))]);
}

function stageSeries(cameras: readonly Cameras[]): Series[] {
  const of = (read: (stages: ReturnType<typeof stagesOf>) => number): Point[] =>
    cameras.map(({ cameras: n, services }) => [n, read(stagesOf(services))]);
  return [
    { title: 'all', points: along(cameras, (one) => totalOf(one.cpu) / one.seconds) },
    { title: 'ffmpeg: decoding, scaling', points: of(({ ffmpeg }) => ffmpeg) },
    { title: 'inference thread', points: of(({ inference }) => inference) },
    { title: 'main thread', points: of(({ main }) => main) },
    { title: 'other threads and voices', points: of(({ helpers, voices }) => helpers + voices) },
  ];
}

function peerSeries(rounds: readonly Round[]): Series[] {
  const points = (read: (round: Round) => { readonly analysed: number; readonly cpu: number } | undefined): Point[] =>
    rounds.flatMap((round, index) => {
      const one = read(round);
      return one === undefined ? [] : [[index + 1, framesPerCore(one.analysed, one.cpu)] as const];
    });
  const ours = ({ services: [one] }: Round) => one && { analysed: one.analysed, cpu: totalOf(one.cpu) };
  return [
    { title: 'Anqi, the whole service', points: points(ours) },
    { title: 'Python: OpenCV VideoCapture, cv2.dnn (detector only)', points: points(({ opencv }) => opencv) },
    { title: 'Node: main thread, copies (detector only)', points: points(({ node }) => node) },
  ];
}

function floorSeries(rounds: readonly Round[]): Series[] {
  const points = (read: (round: Round) => number): Point[] => rounds.map((round, index) => [index + 1, read(round)]);
  return [
    {
      title: 'the whole service',
      points: points(({ services: [one] }) => (one === undefined ? Number.NaN : msPerPicture(one))),
    },
    { title: 'ffmpeg alone + onnxruntime alone', points: points(({ floor }) => floor.ffmpegMs + floor.onnxruntimeMs) },
    { title: 'ffmpeg alone', points: points(({ floor }) => floor.ffmpegMs) },
  ];
}

function chart({ name, title, xTitle, yTitle, series, xs, isLogarithmic = false }: Chart): Plot {
  const scaled = (x: number): number => (isLogarithmic ? Math.log2(Math.max(1, x)) : x);
  const [low, high] = [Math.min(...xs.map(scaled)), Math.max(...xs.map(scaled))];
  // Half a step of room on both sides.
  const room = (high - low) / 20 || 1;
  const across = (x: number): number => (scaled(x) - low + room) / (high - low + 2 * room);
  const top = ceiling(
    Math.max(0, ...series.flatMap(({ points }) => points.map(([, y]) => (Number.isFinite(y) ? y : 0)))),
  );
  const lines: Line[] = series.map((one) => ({
    title: one.title,
    points: one.points.filter(([, y]) => Number.isFinite(y)).map(([x, y]) => [across(x), y / top]),
    hasMarks: true,
  }));
  const told = series.map((one) => `${one.title}: ${one.points.map(([x, y]) => `${x} → ${y.toFixed(2)}`).join(', ')}`);
  return drawn({
    ...{ name, title, xTitle, yTitle, lines, empty: EMPTY, desc: told.join('; ') },
    xTicks: xs.map((x) => ({ at: across(x), text: String(x) })),
    yTicks: Array.from({ length: TICKS + 1 }, (_, i) => ({ at: i / TICKS, text: tickText((i * top) / TICKS) })),
  });
}

/** The end of an axis: the next of 1, 2, 2.5, 5 × 10ⁿ whose fifths are round numbers. */
export function ceiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

function tickText(value: number): string {
  return String(Number(value.toPrecision(3)));
}
