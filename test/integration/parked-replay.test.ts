/** Through the shipped models: who sits on a vehicle that hardly moves is spoken to, whoever only looks like it is not. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { replayed } from '../support/replayed';

const JUNCTION = join(__dirname, '../clips/junction-demo.mp4');
const TWO_RIDERS = join(__dirname, '../../../shared/clips/two-riders.mp4');
/** The bare-headed driver of the junction film stands at the light then. */
const STANDING_AT_S = 13;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anqi-parked-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Six seconds of one picture of the film, with the noise of a camera. */
async function poster(): Promise<string> {
  const file = join(folder, 'poster.mp4');
  const source = ['-ss', String(STANDING_AT_S), '-i', JUNCTION];
  const still = 'select=eq(n\\,0),loop=loop=74:size=1,setpts=N/12.5/TB,noise=alls=8:allf=t';
  const codec = ['-r', '12.5', '-t', '6', '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
  await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', ...source, '-an', '-vf', still, ...codec, file], {
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  return file;
}

it('a poster of a bare-headed rider is seen as what it shows and never spoken to', async () => {
  const { summary, events, tracks } = await replayed(await poster());
  const states = tracks.flatMap(({ riders }) => riders.flatMap(({ persons }) => persons.map((person) => person.state)));
  expect(states).toContain('not_worn');
  expect(events).toEqual([]);
  expect(summary.incidents).toBe(0);
}, 60_000);

it('both riders of a real clip that hardly moves in the picture are spoken to', async () => {
  if (!existsSync(TWO_RIDERS)) {
    process.stderr.write(
      `${TWO_RIDERS} is not here: the junction film alone tells that waiting riders are addressed\n`,
    );
    return;
  }
  const { events } = await replayed(TWO_RIDERS);
  const seats = events.flatMap((event) =>
    event.type === 'cn.anqi.helmet.violation.v1' ? event.data.persons[0]?.seat : [],
  );
  expect(seats.sort()).toEqual(['driver', 'passenger']);
}, 60_000);
