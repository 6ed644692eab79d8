/** Delays of events that met an outage are told from the others. */
import { delays, type Timed } from '../../scripts/fleet/delays';

it('tells the delays of events that met an outage from the others', () => {
  const one = (madeAtMs: number, delayMs: number, node = 'n'): Timed => ({
    ...{ madeAtMs, delayMs, node },
    ...{ epoch: 'e', sequence: 1, id: 'i' },
  });
  const concerns = (node: string) => node === 'n';
  const outages = [
    { kind: 'kill', fromMs: 100, toMs: 200, concerns },
    { kind: 'cut', fromMs: 190, toMs: 300, concerns },
  ] as const;
  const { calm, kill, cut } = delays(
    [one(0, 10), one(301, 20), one(150, 30, 'elsewhere'), one(0, 100), one(120, 40), one(200, 50)],
    outages,
  );
  expect(calm).toEqual({ count: 3, p50: 20, p95: 30, p99: 30, max: 30 });
  expect(kill).toEqual({ count: 2, p50: 40, p95: 100, p99: 100, max: 100 });
  expect(cut).toEqual({ count: 1, p50: 50, p95: 50, p99: 50, max: 50 });
});
