/** A soak as short as can be: its readings, its faults and its table are made by a real service, and nothing is lost. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomFrom } from '../../scripts/simulator/random';
import { SOAK_FAULTS } from '../../scripts/soak/faults';
import { soak } from '../../scripts/soak/soak';
import { type SoakLine, verdictOf } from '../../scripts/soak/table';
import { bareHeadedFilm, type RiderFilm } from '../support/service-film';

jest.setTimeout(300_000);
const LOOK_EVERY_MS = 200;

let film: RiderFilm;
let folder: string;
beforeAll(() => {
  film = bareHeadedFilm();
  folder = mkdtempSync(join(tmpdir(), 'anqi-soak-test-'));
});
afterAll(() => {
  film[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

it('reads a service that is struck, and judges what it delivered', async () => {
  const linesFile = join(folder, 'soak.jsonl');
  const written = (): SoakLine[] => {
    try {
      return readFileSync(linesFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  };
  const isEnough = (): boolean =>
    written().some(({ kind }) => kind === 'fault') &&
    written().some((line) => line.kind === 'reading' && line.events > 0);
  const stop = new AbortController();
  const watch = setInterval(() => isEnough() && stop.abort(), LOOK_EVERY_MS);
  const lines = await soak({
    ...{ film: film.path, hours: 0.05, cameras: 2, analysedFps: 2, faultEveryS: 2, readEveryS: 3 },
    random: randomFrom(1),
    faults: SOAK_FAULTS.filter(({ name }) => name === 'ffmpeg-killed' || name === 'worker-killed'),
    signal: stop.signal,
    linesFile,
    logFile: join(folder, 'service.log'),
  }).finally(() => clearInterval(watch));
  const readings = lines.filter((line) => line.kind === 'reading');
  for (const { rssMb, fds, ffmpegs } of readings) {
    expect(rssMb[0]).toBeGreaterThan(50);
    expect(rssMb[1]).toBeGreaterThanOrEqual(rssMb[0]);
    expect(fds).toBeGreaterThan(10);
    expect(ffmpegs).toBeGreaterThan(0);
  }
  expect(lines).toContainEqual(expect.objectContaining({ kind: 'fault', healthyAfterS: expect.any(Number) }));
  expect(lines.at(-1)).toMatchObject({ kind: 'end', lost: 0, gaps: 0, numberTwice: 0, changed: 0, problems: [] });
  expect(written()).toEqual(lines);
  const { text, problems } = verdictOf(lines, 1);
  expect(problems).toEqual([]);
  expect(text.split('\n').filter((line) => /^\| \d/.test(line)).length).toBeGreaterThan(0);
});
