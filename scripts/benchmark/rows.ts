/** From what the rounds measured to figures beside their targets (pure). */
import { percentile } from '../../src/runtime/percentile';
import type { CrowdFigures, DrainFigures, RiderFigures, SpeechFigures } from './floors';
import type { Stages } from './processes';
import { figure, limit, type Part, type Row } from './report';
import {
  ANALYSED_FPS,
  framesPerCore,
  idleShare,
  median,
  msPerPicture,
  overFloor,
  type PeerRound,
  type Round,
  SETUPS,
  type ServiceRound,
  totalOf,
} from './rounds';

export interface Results {
  readonly rounds: readonly Round[];
  readonly riders: readonly RiderFigures[];
  /** With one thread, and with two. */
  readonly crowds: readonly CrowdFigures[];
  readonly speech: SpeechFigures;
  readonly drains: readonly DrainFigures[];
}

const GOAL = {
  overFloor: 1.15,
  overOpenCv: 1.5,
  firstSoundMs: 300,
  firstDecisionS: 5,
  decisionMs: 150,
  idleShare: 1 / 3,
  drainPerS: 2_000,
};
/** What each number of cameras is held to. */
const GOALS_OF: Readonly<Record<string, { perS: number; droppedPercent?: number; cores?: number }>> = {
  '1 × H.264': { perS: ANALYSED_FPS, cores: 0.6 },
  '4 × H.264': { perS: ANALYSED_FPS, droppedPercent: 1, cores: 1.6 },
  '8 × H.264': { perS: ANALYSED_FPS / 2 },
};
/** A camera's 25 pictures a second do not divide evenly into seconds of ours. */
const FPS_TOLERANCE = 0.05;
/** More would show how the cameras' own work delays the sound. */
const MOST_CAMERAS_FOR_SOUND = 4;

export function partsOf({ rounds, riders, crowds, speech, drains }: Results): Part[] {
  return [
    { title: 'One camera', rows: oneCameraRows(rounds) },
    { title: 'Against the floor', rows: floorRows(rounds) },
    { title: 'Against peers', rows: peerRows(rounds) },
    ...SETUPS.map(({ name }, index) => ({
      title: `Cameras: ${name}`,
      rows: setupRows(name, servicesOf(rounds, index)),
    })),
    { title: 'Riders in the picture, one thread', rows: riders.map(riderRow) },
    ...crowds.map((crowd) => ({
      title: `Twelve riders, ${crowd.threads === 1 ? 'one thread' : `${crowd.threads} threads`}`,
      rows: crowdRows(crowd),
    })),
    { title: 'Prompts', rows: speechRows(speech) },
    { title: 'Backlog into a Mosquitto of this machine', rows: drains.map(drainRow) },
  ];
}

/** One setup in all rounds. */
export function servicesOf(rounds: readonly Round[], index: number): ServiceRound[] {
  return rounds.flatMap(({ services }) => services[index] ?? []);
}

/** Of the pictures that came out of ffmpeg. */
export function droppedPercent({ analysed, dropped }: ServiceRound): number {
  return (100 * dropped) / Math.max(1, analysed + dropped);
}

/** The smallest and the largest. */
function spread(values: readonly number[], digits = 2): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${low.toFixed(digits)}–${high.toFixed(digits)} in ${values.length} rounds`;
}

function oneCameraRows(rounds: readonly Round[]): Row[] {
  const first = rounds.flatMap(({ services }) => services[0]?.firstDecisionMs ?? []).map((ms) => ms / 1000);
  const idle = rounds.map(idleShare);
  const sounds = rounds.flatMap(({ services }) =>
    services.filter(({ cameras }) => cameras <= MOST_CAMERAS_FOR_SOUND).flatMap(({ soundMs }) => soundMs),
  );
  return [
    soundRow(sounds),
    limit('start → first decision', median(first), { unit: 's', atMost: GOAL.firstDecisionS, note: spread(first) }),
    limit('idle junction ÷ busy one, CPU', median(idle), {
      ...{ unit: '×', atMost: Number(GOAL.idleShare.toFixed(3)), note: spread(idle) },
    }),
    figure('taken by other programs meanwhile', othersCores(rounds), 'cores'),
  ];
}

/** Of this machine, while it was measured. */
export function othersCores(rounds: readonly Round[]): number {
  return median(
    rounds.flatMap(({ services, opencv, node }) => [opencv, node, ...services].map((one) => one.othersCores)),
  );
}

function soundRow(sounds: readonly number[]): Row {
  const name = 'violation → first sound p95';
  if (sounds.length === 0)
    return { name, value: null, unit: 'ms', target: `≤ ${GOAL.firstSoundMs}`, isMet: null, note: 'no violation' };
  const note = `of ${sounds.length} with a free loudspeaker, 1 to ${MOST_CAMERAS_FOR_SOUND} cameras; median ${median(sounds)}`;
  return limit(name, percentile(sounds, 0.95), { unit: 'ms', atMost: GOAL.firstSoundMs, note });
}

function floorRows(rounds: readonly Round[]): Row[] {
  const of = (read: (round: Round) => number): number[] => rounds.map(read);
  const row = (name: string, values: readonly number[]): Row =>
    figure(name, median(values), 'ms CPU per analysed picture', spread(values, 1));
  const ratio = of(overFloor);
  return [
    row(
      'the whole service',
      of(({ services }) => (services[0] === undefined ? Number.NaN : msPerPicture(services[0]))),
    ),
    row(
      'ffmpeg alone: decoding, scaling',
      of(({ floor }) => floor.ffmpegMs),
    ),
    row(
      'onnxruntime alone, on the same tensors',
      of(({ floor }) => floor.onnxruntimeMs),
    ),
    row(
      '  with scaling into the tensors, boxes and colours',
      of(({ floor }) => floor.visionMs),
    ),
    limit('service ÷ (ffmpeg + onnxruntime)', median(ratio), {
      unit: '×',
      atMost: GOAL.overFloor,
      note: spread(ratio),
    }),
  ];
}

function peerRows(rounds: readonly Round[]): Row[] {
  const ours = rounds
    .flatMap(({ services }) => services[0] ?? [])
    .map((one) => framesPerCore(one.analysed, totalOf(one.cpu)));
  const of = (peer: PeerRound): number => framesPerCore(peer.analysed, peer.cpu);
  const [opencv, node] = [rounds.map((round) => of(round.opencv)), rounds.map((round) => of(round.node))];
  const row = (name: string, values: readonly number[], peers: readonly PeerRound[]): Row => {
    const perS = median(peers.map(({ analysed, seconds }) => analysed / seconds)).toFixed(2);
    const found = median(peers.map((peer) => peer.found)).toFixed(1);
    const note = `${spread(values, 1)}; ${perS} analysed a second, ${found} boxes a picture, detector only`;
    return figure(name, median(values), 'camera pictures per core second', note);
  };
  const against = (peer: readonly number[]): number[] => ours.map((one, index) => one / (peer[index] ?? Number.NaN));
  return [
    figure('Anqi, the whole service', median(ours), 'camera pictures per core second', spread(ours, 1)),
    row(
      'Python: OpenCV VideoCapture, cv2.dnn',
      opencv,
      rounds.map((round) => round.opencv),
    ),
    row(
      'Node: main thread, copies',
      node,
      rounds.map((round) => round.node),
    ),
    limit('Anqi ÷ Python', median(against(opencv)), {
      ...{ unit: '×', atLeast: GOAL.overOpenCv, note: spread(against(opencv)) },
    }),
    figure('Anqi ÷ Node', median(against(node)), '×', spread(against(node))),
  ];
}

function setupRows(name: string, services: readonly ServiceRound[]): Row[] {
  const goal = GOALS_OF[name];
  const lowest = services.map(({ analysedPerS }) => Math.min(...analysedPerS));
  const dropped = services.map(droppedPercent);
  const cores = services.map((one) => totalOf(one.cpu) / one.seconds);
  const delays = services.flatMap(({ decidedAfterMs }) => decidedAfterMs);
  const p = (share: number): string => percentile(delays, share).toFixed(0);
  const node = median(services.map(({ nodeMb }) => nodeMb)).toFixed(0);
  return [
    judged('analysed per camera, the slowest', median(lowest), {
      ...{ unit: '/s', atLeast: goal?.perS, tolerance: FPS_TOLERANCE, note: spread(lowest) },
    }),
    judged('dropped', median(dropped), { unit: '%', atMost: goal?.droppedPercent, note: spread(dropped) }),
    judged('CPU', median(cores), {
      unit: 'cores',
      atMost: goal?.cores,
      note: `${spread(cores)}; ${stagesText(services)}`,
    }),
    judged('capture → decision p95', percentile(delays, 0.95), {
      ...{ unit: 'ms', atMost: name.startsWith('1 ') ? GOAL.decisionMs : undefined },
      note: `of ${delays.length} pictures; p50 ${p(0.5)}, p99 ${p(0.99)}`,
    }),
    figure('memory', median(services.map(({ allMb }) => allMb)), 'MB', `the Node process ${node}`),
  ];
}

/** A limit where there is a goal, else a figure. */
function judged(
  name: string,
  value: number,
  of: {
    readonly unit: string;
    readonly note: string;
    readonly atMost?: number | undefined;
    readonly atLeast?: number | undefined;
    readonly tolerance?: number;
  },
): Row {
  const { unit, note, atMost, atLeast, tolerance = 0 } = of;
  if (atMost !== undefined) return limit(name, value, { unit, note, atMost });
  return atLeast === undefined
    ? figure(name, value, unit, note)
    : limit(name, value, { unit, note, atLeast, tolerance });
}

/** Cores of each stage, medians. */
export function stagesOf(services: readonly ServiceRound[]): Stages {
  const of = (stage: keyof Stages): number => median(services.map(({ cpu, seconds }) => cpu[stage] / seconds));
  return {
    ffmpeg: of('ffmpeg'),
    inference: of('inference'),
    main: of('main'),
    helpers: of('helpers'),
    voices: of('voices'),
  };
}

function stagesText(services: readonly ServiceRound[]): string {
  const { ffmpeg, inference, main, helpers, voices } = stagesOf(services);
  const named = { ffmpeg, inference, 'main thread': main, 'other threads': helpers, 'voices, films': voices };
  return Object.entries(named)
    .map(([stage, cores]) => `${stage} ${cores.toFixed(2)}`)
    .join(', ');
}

function riderRow({ riders, groups, frameMs, cpuMs }: RiderFigures): Row {
  return figure(`${riders} riders`, frameMs, 'ms a picture', `${cpuMs.toFixed(1)} ms CPU; ${groups} found`);
}

/** The largest has the goal: connecting takes a part of the others' time. */
function drainRow({ events, seconds, cpuUsPerEvent }: DrainFigures, index: number, all: readonly DrainFigures[]): Row {
  const note = `${median(seconds).toFixed(2)} s, ${median(cpuUsPerEvent).toFixed(0)} µs CPU an event; median of ${seconds.length}`;
  const atLeast = index === all.length - 1 ? GOAL.drainPerS : undefined;
  return judged(`${events} events`, events / median(seconds), { unit: '/s', atLeast, note });
}

const MAX_CROWD_MS = 120;
const MAX_DETECTOR_MS = 35;
const MAX_FINDER_MS_PER_GROUP = 5;
const MAX_CLASSIFIER_MS_PER_HEAD = 0.6;

/** The networks have targets on one thread, the whole picture on two. */
export function crowdRows(crowd: CrowdFigures): Row[] {
  const { threads, groups, heads } = crowd;
  const perGroup = crowd.finderMs / Math.max(1, groups);
  const perHead = crowd.classifierMs / Math.max(1, heads);
  const rest = crowd.frameMs - crowd.detectorMs - crowd.finderMs - crowd.classifierMs;
  const note = `${groups} rider groups, ${heads} heads`;
  const onOne = (what: string, value: number, atMost: number, unit: string): Row =>
    threads === 1 ? limit(what, value, { unit, atMost }) : figure(what, value, unit);
  return [
    threads === 2
      ? limit('the whole picture', crowd.frameMs, { unit: 'ms', atMost: MAX_CROWD_MS, note })
      : figure('the whole picture', crowd.frameMs, 'ms', note),
    onOne('rider detector', crowd.detectorMs, MAX_DETECTOR_MS, 'ms'),
    onOne('head finder', perGroup, MAX_FINDER_MS_PER_GROUP, 'ms per group'),
    onOne('head classifier', perHead, MAX_CLASSIFIER_MS_PER_HEAD, 'ms per head'),
    figure('cutting, scaling, colours', rest, 'ms'),
    figure('head finder, batch ÷ one by one', crowd.finderMs / Math.max(1e-3, crowd.finderOneByOneMs), '×'),
    figure('all settled ÷ all undecided', crowd.settledFrameMs / crowd.frameMs, '×'),
  ];
}

const MAX_PROMPT_DECIDED_MS = 5;
const MAX_CACHED_START_MS = 150;
const MAX_UNCACHED_START_MS = 500;

export function speechRows({ riders, decidedMs, cachedMs, uncachedMs }: SpeechFigures): Row[] {
  const row = (name: string, delays: readonly number[], { atMost, of }: { atMost: number; of: string }): Row => {
    const note = `of ${delays.length} ${of}; median ${percentile(delays, 0.5).toFixed(2)}, largest ${Math.max(...delays).toFixed(1)}`;
    return limit(`${name} p95`, percentile(delays, 0.95), { unit: 'ms', atMost, note });
  };
  return [
    row('its words', decidedMs, { atMost: MAX_PROMPT_DECIDED_MS, of: `decisions among ${riders} riders` }),
    row('decision → start, cached', cachedMs, { atMost: MAX_CACHED_START_MS, of: 'prompts' }),
    row('decision → start, uncached', uncachedMs, { atMost: MAX_UNCACHED_START_MS, of: 'prompts' }),
  ];
}
