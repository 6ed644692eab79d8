/** The fleet's traffic has the rate it says, rises in a rush, and what is cut off comes back before the end. */
import { begins, blows, MEAN_FACTOR } from '../../scripts/fleet/traffic';

const STEP_MS = 100;
const DRAWS = 1_000;

/** Of a whole period of rush and calm, over evenly spread draws: the expected number of incidents. */
function incidents(fromMs: number, toMs: number, perMinute: number): number {
  let sum = 0;
  for (let nowMs = fromMs; nowMs < toMs; nowMs += STEP_MS) {
    for (let draw = 0; draw < DRAWS; draw++) {
      if (begins({ nowMs, stepMs: STEP_MS, perMinute }, (draw + 0.5) / DRAWS)) sum += 1 / DRAWS;
    }
  }
  return sum;
}

it('has as many incidents as the mean factor says', () => {
  // Of two that begin within a tenth of a second one is counted: too few to show at this rate.
  const expected = 6 * 3 * MEAN_FACTOR;
  expect(Math.abs(incidents(0, 180_000, 6) / expected - 1)).toBeLessThan(0.05);
});

it('has more of them in a rush', () => {
  expect(incidents(0, 30_000, 60)).toBeGreaterThan(4 * incidents(30_000, 60_000, 60));
});

it.each([
  [24, 8, 3],
  [600, 60, 10],
  [5, 8, 0],
])('in %i s with rounds of %i s strikes each kind %i times', (seconds, roundS, times) => {
  const all = blows({ seconds, roundS });
  const of = (what: string) => all.filter((blow) => blow.what === what);
  expect([of('kill_broker').length, of('kill_boxes').length]).toEqual([times, times]);
  expect(of('restore').map(({ which }) => which)).toEqual(of('cut').map(({ which }) => which));
  expect(all.map(({ atS }) => atS)).toEqual(all.map(({ atS }) => atS).sort((a, b) => a - b));
  expect(all.every(({ atS }) => atS >= 0 && atS <= seconds)).toBe(true);
});
