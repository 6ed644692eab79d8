/** The checker of the fleet finds what is wrong, and nothing where all is well. */
import { check, delays, type Got, type Made } from '../../scripts/fleet/check';

const made = (sequence: number, node = 'n'): Made => ({ node, sequence, id: `${node}-${sequence}` });
const got = (sequence: number, rest: Partial<Got> = {}): Got => ({
  ...made(sequence),
  epoch: 'e',
  madeAtMs: 0,
  delayMs: 1,
  ...rest,
});

it.each([
  ['all is well', [made(1), made(2)], [got(1), got(2)], {}],
  ['an event comes twice', [made(1)], [got(1), got(1)], {}],
  ['one is lost in the middle', [made(1), made(2), made(3)], [got(1), got(3)], { lost: [made(2)], gaps: 1 }],
  ['the last one is lost', [made(1), made(2)], [got(1)], { lost: [made(2)] }],
  ['nothing comes', [made(1)], [], { lost: [made(1)] }],
  [
    'a number stands for two events',
    [made(1)],
    [got(1), got(1, { id: 'x' })],
    { givenTwice: [got(1, { id: 'x' })], unlogged: 1 },
  ],
  ['a box counts anew after it lost its disk', [made(1)], [got(1), got(1, { id: 'x', epoch: 'f' })], { unlogged: 1 }],
])('where %s', (_title, sent, received, wrong) => {
  const sound = { lost: [], gaps: 0, givenTwice: [], unlogged: 0 };
  const ids = new Set(received.map(({ id }) => id)).size;
  expect(check(sent, received)).toEqual({ ...sound, made: sent.length, received: ids, ...wrong });
});

it('tells the delays of events that met an outage from the others', () => {
  const one = (madeAtMs: number, delayMs: number, node = 'n') => got(1, { madeAtMs, delayMs, node });
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
