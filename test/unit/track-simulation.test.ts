/** A small street at the measured error rates, through the service's own tracker, votes and incidents. */

import { measuredNoise } from '../../scripts/track-simulation/noise';
import { simulate } from '../../scripts/track-simulation/simulation';
import { MODEL_FOLDER } from '../../src/places';

it('is the same for the same seed, and hardly anybody is falsely said to have corrected', async () => {
  const options = { riders: 150, seed: 7, ...measuredNoise(MODEL_FOLDER) };
  const once = await simulate(options, () => undefined);
  expect(await simulate(options, () => undefined)).toEqual(once);
  const { reminded, corrected, notCorrected, unknown } = once.published;
  expect(corrected + notCorrected + unknown).toBe(reminded);
  expect(reminded).toBeGreaterThan(30);
  expect(once.falselyCorrected).toBeLessThanOrEqual(0.01 * reminded);
  expect(unknown).toBeLessThanOrEqual(0.2 * reminded);
});
