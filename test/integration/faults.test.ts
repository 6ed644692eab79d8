/** Some of the faults of scripts/faults, without their goals in seconds: nothing is lost, nothing left behind, all goes on. */
import { FAULTS } from '../../scripts/faults/faults';
import { bareHeadedFilm, type RiderFilm } from '../support/service-film';

jest.setTimeout(400_000);

let film: RiderFilm;
beforeAll(() => {
  film = bareHeadedFilm();
});
afterAll(() => film[Symbol.dispose]());

test.each(['two-services', 'worker-killed', 'worker-hanging', 'ffmpeg-killed', 'sigkill'])('%s', async (name) => {
  const fault = FAULTS.find((one) => one.name === name);
  const outcomes = await fault?.bringUpon({ film: film.path, slower: Number.POSITIVE_INFINITY });
  expect(outcomes?.flatMap(({ problems }) => problems)).toEqual([]);
  expect(outcomes).toMatchObject([{ fault: name, lostEvents: 0 }]);
});
