/** What many rounds of the benchmark say together. */
import { coresOf, type Snapshot, stagesBetween } from '../../scripts/benchmark/processes';
import { markdownParts } from '../../scripts/benchmark/report';
import {
  framesPerCore,
  idleShare,
  median,
  overFloor,
  type PeerRound,
  type Round,
  rateOf,
  SETUPS,
  type ServiceRound,
} from '../../scripts/benchmark/rounds';
import { droppedPercent, partsOf, type Results } from '../../scripts/benchmark/rows';

const CPU = { ffmpeg: 0.5, inference: 0.8, main: 0.3, helpers: 0.1, voices: 0 };

function service(changes: Partial<ServiceRound> = {}): ServiceRound {
  return {
    ...{ cameras: 1, seconds: 10, cpu: CPU, analysedPerS: [5], analysed: 50, dropped: 0, decidedAfterMs: [40, 50, 60] },
    ...{ firstDecisionMs: 2_000, soundMs: [80], nodeMb: 200, allMb: 250, othersCores: 0 },
    ...changes,
  };
}

function peer(changes: Partial<PeerRound> = {}): PeerRound {
  return { seconds: 10, cpu: 5, analysed: 50, found: 2, allMb: 300, othersCores: 0, ...changes };
}

/** Everything as cheap as it may be, each setup with as many cameras as it has. */
function round(changes: Partial<Round> = {}, of: (name: string) => Partial<ServiceRound> = () => ({})): Round {
  const services = SETUPS.map(({ name, cameras }) =>
    service({ cameras, analysedPerS: Array<number>(cameras).fill(5), ...of(name) }),
  );
  return {
    floor: { ffmpegMs: 10, onnxruntimeMs: 20, visionMs: 28 },
    opencv: peer(),
    node: peer(),
    services,
    ...changes,
  };
}

function results(rounds: readonly Round[]): Results {
  const crowd = {
    ...{ groups: 12, heads: 12, frameMs: 50, detectorMs: 20, finderMs: 10, classifierMs: 2 },
    ...{ finderOneByOneMs: 11, settledFrameMs: 25 },
  };
  return {
    rounds,
    riders: [{ riders: 4, groups: 4, frameMs: 30, cpuMs: 29 }],
    crowds: [1, 2].map((threads) => ({ ...crowd, threads })),
    speech: { riders: 12, decidedMs: [1], cachedMs: [2], uncachedMs: [90] },
    drains: [
      { events: 500, seconds: [1], cpuUsPerEvent: [100] },
      { events: 8_000, seconds: [1, 2, 5], cpuUsPerEvent: [60, 70, 80] },
    ],
  };
}

function rowOf(rounds: readonly Round[], title: string, name: string) {
  const part = partsOf(results(rounds)).find((one) => one.title === title);
  return part?.rows.find((row) => row.name === name);
}

describe('a median', () => {
  it('leaves one bad round in five without a say', () => expect(median([3, 1, 2, 900, 2])).toBe(2));
});

describe('a rate', () => {
  const every = (ms: number, count: number, from = 0): number[] =>
    Array.from({ length: count }, (_, i) => from + i * ms);

  it.each<{ title: string; atMs: number[]; perS: number }>([
    { title: 'of a picture each 200 ms is 5, also with one more at the edge', atMs: every(200, 30), perS: 5 },
    { title: 'does not hide a camera that fell silent', atMs: every(200, 15), perS: 2.5 },
    { title: 'of one picture is one in the window', atMs: [100], perS: 1 / 6 },
    { title: 'of none is nothing', atMs: [], perS: 0 },
  ])('$title', ({ atMs, perS }) => expect(rateOf(atMs, 6)).toBeCloseTo(perS));
});

describe('a core', () => {
  it('that took 2 s for 50 analysed of 250 pictures handles 125 a second', () =>
    expect(framesPerCore(50, 2)).toBe(125));

  it.each<{ list: string; cores: number[] }>([
    { list: '0-3,7', cores: [0, 1, 2, 3, 7] },
    { list: '5', cores: [5] },
  ])('is one of $list', ({ list, cores }) => expect(coresOf(list)).toEqual(cores));
});

describe('the CPU of a service', () => {
  it('is told apart by stage, and an ffmpeg that ended takes nothing away', () => {
    const before: Snapshot = {
      all: 1_000,
      process: 500,
      main: 200,
      inference: 250,
      ffmpeg: new Map([
        [7, 300],
        [8, 100],
      ]),
    };
    // 8 ended after 20 ticks more, 9 began; all of them and the voices are in `all`.
    const after: Snapshot = {
      all: 1_400,
      process: 700,
      main: 250,
      inference: 380,
      ffmpeg: new Map([
        [7, 400],
        [9, 60],
      ]),
    };
    const { ffmpeg, inference, main, helpers, voices } = stagesBetween(before, after);
    const shares = [ffmpeg, inference, main, helpers, voices].map((one) => one / main);
    expect(shares).toEqual([160, 130, 50, 20, 40].map((ticks) => expect.closeTo(ticks / 50)));
  });
});

describe('the service', () => {
  it('is held against both floors of the same round', () => {
    // 1.7 s of CPU for 50 pictures are 34 ms each, the floors 30.
    expect(overFloor(round())).toBeCloseTo(34 / 30);
    const row = rowOf([round()], 'Against the floor', 'service ÷ (ffmpeg + onnxruntime)');
    expect([row?.value, row?.isMet]).toEqual([expect.closeTo(34 / 30), true]);
    const dear = round({ floor: { ffmpegMs: 9, onnxruntimeMs: 20, visionMs: 28 } });
    expect(rowOf([dear], 'Against the floor', 'service ÷ (ffmpeg + onnxruntime)')?.isMet).toBe(false);
  });

  it('is compared with a peer by what both did in the same round', () => {
    // 147 camera pictures a core second against 50.
    expect(rowOf([round()], 'Against peers', 'Anqi ÷ Python')?.value).toBeCloseTo(5 / 1.7);
    const close = round({ opencv: peer({ cpu: 2.5 }) });
    expect(rowOf([close], 'Against peers', 'Anqi ÷ Python')?.isMet).toBe(false);
  });

  it('gives a peer that falls behind no credit for pictures it did not analyse', () => {
    const behind = round({ opencv: peer({ analysed: 25 }) });
    expect(rowOf([behind], 'Against peers', 'Python: OpenCV VideoCapture, cv2.dnn')?.value).toBeCloseTo(25);
  });

  it('idles for a share of what the busy junction costs', () => {
    const idle = { cpu: { ...CPU, inference: 0, main: 0, helpers: 0 } };
    expect(idleShare(round({}, (name) => (name === '1 × idle' ? idle : {})))).toBeCloseTo(0.5 / 1.7);
  });

  it('is judged by its slowest camera and by all that was dropped', () => {
    const slow = round({}, (name) =>
      name === '4 × H.264' ? { analysedPerS: [5, 5, 5, 4.5], analysed: 195, dropped: 5 } : {},
    );
    const judged = ['analysed per camera, the slowest', 'dropped', 'CPU'].map((name) => {
      const row = rowOf([slow], 'Cameras: 4 × H.264', name);
      return [row?.value, row?.isMet];
    });
    expect(judged).toEqual([
      [4.5, false],
      [2.5, false],
      [expect.closeTo(0.17), true],
    ]);
    expect(droppedPercent(service({ analysed: 0, dropped: 0 }))).toBe(0);
  });

  it('tells by stage where its CPU went', () => {
    expect(rowOf([round()], 'Cameras: 1 × H.264', 'CPU')?.note).toContain(
      'ffmpeg 0.05, inference 0.08, main thread 0.03, other threads 0.01, voices, films 0.00',
    );
  });

  it('has no first sound to be judged where nobody was spoken to', () => {
    const quiet = round({}, () => ({ soundMs: [] }));
    expect(rowOf([quiet], 'One camera', 'violation → first sound p95')).toMatchObject({ value: null, isMet: null });
    const late = round({}, (name) => (name === '2 × H.264' ? { soundMs: [900] } : {}));
    expect(rowOf([late], 'One camera', 'violation → first sound p95')).toMatchObject({ value: 900, isMet: false });
  });

  it('has a goal for the largest backlog alone', () => {
    const rows = partsOf(results([round()]))
      .at(-1)
      ?.rows.map(({ value, isMet }) => [value, isMet]);
    expect(rows).toEqual([
      [500, null],
      [4_000, true],
    ]);
  });
});

describe('the table of Markdown', () => {
  it('has every figure in a row of five cells', () => {
    const lines = markdownParts(partsOf(results([round(), round()]))).split('\n');
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.filter((line) => line.split('|').length !== 7)).toEqual([]);
  });
});
