/** The filter of one coordinate, held against what such a filter must do. */
import fc from 'fast-check';
import { type AxisState, correctAxis, predictAxis, startAxis } from '../../src/tracker/kalman';

const SCALE = 0.2;

function follow(positionAt: (s: number) => number, { stepS, steps }: { stepS: number; steps: number }): AxisState {
  let state = startAxis(positionAt(0), SCALE);
  for (let i = 1; i <= steps; i++) state = correctAxis(predictAxis(state, stepS, SCALE), positionAt(i * stepS), SCALE);
  return state;
}

it('begins where it was measured, at rest, knowing nothing of the speed', () => {
  const state = startAxis(0.4, SCALE);
  expect(state).toMatchObject({ position: 0.4, velocity: 0, pv: 0 });
  expect(state.vv).toBeGreaterThan(100 * state.pp);
});

it('learns a constant speed and foretells the next second', () => {
  const state = follow((s) => 0.1 + 0.3 * s, { stepS: 0.2, steps: 10 });
  expect(state.velocity).toBeCloseTo(0.3, 2);
  expect(predictAxis(state, 1, SCALE).position).toBeCloseTo(0.1 + 0.3 * 3, 2);
});

it('stays where nothing moves', () => {
  const state = follow(() => 0.5, { stepS: 0.2, steps: 10 });
  expect(state).toMatchObject({ position: 0.5, velocity: 0 });
});

it('is as sure after one long prediction as after two short ones, but for the noise between', () => {
  const state = follow((s) => s, { stepS: 0.1, steps: 5 });
  const once = predictAxis(state, 0.4, SCALE);
  const twice = predictAxis(predictAxis(state, 0.2, SCALE), 0.2, SCALE);
  expect(once.position).toBeCloseTo(twice.position, 12);
  expect(predictAxis(state, 0, SCALE)).toEqual(state);
});

it('moves towards a measurement, never past it, and gets surer; time makes it less sure', () => {
  const number = fc.double({ min: -1, max: 2, noNaN: true });
  const seconds = fc.double({ min: 0.02, max: 3, noNaN: true });
  fc.assert(
    fc.property(number, fc.array(fc.tuple(seconds, number), { minLength: 1, maxLength: 12 }), (from, looks) => {
      let state = startAxis(from, SCALE);
      for (const [dtS, measured] of looks) {
        const predicted = predictAxis(state, dtS, SCALE);
        expect(predicted.pp).toBeGreaterThan(0);
        expect(predicted.vv).toBeGreaterThanOrEqual(state.vv);
        state = correctAxis(predicted, measured, SCALE);
        const gap = Math.abs(measured - predicted.position);
        expect(Math.abs(measured - state.position)).toBeLessThanOrEqual(gap + 1e-9);
        expect(Math.abs(state.position - predicted.position)).toBeLessThanOrEqual(gap + 1e-9);
        expect(state.pp).toBeLessThan(predicted.pp);
        // A covariance stays positive definite, otherwise the next gain is nonsense.
        expect(state.pp * state.vv - state.pv * state.pv).toBeGreaterThan(0);
      }
    }),
  );
});
