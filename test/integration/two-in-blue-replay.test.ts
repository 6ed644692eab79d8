/** Two bare-headed riders in the same colour, through the whole pipeline: the words for one do not fit the other. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Replayed, recordingSecond, replayed } from '../support/replayed';
import { readTruth, vehicleAt, violatorIds } from '../support/truth';

const CLIPS = join(__dirname, '../clips');
const FILM = join(CLIPS, 'two-in-blue.mp4');

describe('two riders in blue', () => {
  const truth = readTruth(join(CLIPS, 'two-in-blue.truth.json'));
  let run: Replayed;
  beforeAll(async () => {
    run = await replayed(FILM);
  }, 240_000);

  const subjects = () =>
    new Map(
      run.events.flatMap((event) => {
        if (event.type !== 'cn.anqi.helmet.violation.v1') return [];
        const vehicle = vehicleAt(truth, recordingSecond(event), event.data.vehicle.box);
        return [[event.data.incidentId, vehicle?.id] as const];
      }),
    );

  it('are both violators, in the colour they wear', () => {
    expect(violatorIds(truth)).toEqual(['p1', 'p2']);
    expect([...subjects().values()].sort()).toEqual(['v1', 'v2']);
  });

  it('are never spoken to in words that fit both: what names the colour names the side that is theirs', () => {
    const prompts = run.events.flatMap((event) => (event.type === 'cn.anqi.helmet.prompt.v1' ? [event.data] : []));
    const told = prompts.flatMap(({ incidentId, prompt: { described, text } }) =>
      described === undefined ? [] : [{ vehicle: subjects().get(incidentId), described, text }],
    );
    // v1 waits on the left of the picture: facing the camera, that is the right of the road.
    for (const { vehicle, described } of told) {
      expect(described).toMatchObject({ seat: 'driver', side: vehicle === 'v1' ? 'right' : 'left' });
    }
    expect(new Set(told.map(({ vehicle }) => vehicle))).toEqual(new Set(['v1', 'v2']));
  });

  it('fit into a small clip', () => expect(statSync(FILM).size).toBeLessThanOrEqual(2 ** 20));
});
