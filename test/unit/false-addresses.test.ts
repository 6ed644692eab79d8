/** Counting who is wrongly spoken to: what the truth of a simulated film says, and the figures made of it. */

import type { FilmCount } from '../../scripts/false-addresses/film';
import { table, totals } from '../../scripts/false-addresses/report';
import { bareRiders, labelsOf, meantBy, momentAt, type Truth } from '../../scripts/false-addresses/truth';
import type { BoundingBox } from '../../src/domain';
import { around } from '../support/scene';

type Moment = Truth['frames'][number];
type Vehicle = Moment['vehicles'][number];
type Person = Vehicle['persons'][number];

const BOX = around(0.5, 0.5, { w: 0.1, h: 0.3 });
const HEAD = around(0.5, 0.38, { w: 0.02, h: 0.04 });
const person = (rest: Partial<Person> = {}): Person => ({
  id: 'p1',
  seat: 'driver',
  box: BOX,
  head: HEAD,
  state: 'not_worn',
  ...rest,
});
const vehicle = (rest: Partial<Vehicle> = {}): Vehicle => ({
  id: 'v1',
  kind: 'ebike',
  ridden: true,
  box: BOX,
  persons: [person()],
  ...rest,
});
const moment = (...vehicles: Vehicle[]): Moment => ({ frame: 0, t: 0, vehicles, pedestrians: [] });
const aside = (by: number): BoundingBox => ({ ...BOX, x: BOX.x + by });

describe('a violation', () => {
  const seen = { box: BOX, seat: 'driver' };
  it.each<[string, Moment, { box: BoundingBox; seat: string }, string | null]>([
    ['means the bare driver', moment(vehicle()), seen, 'p1'],
    ['means nobody where nobody rides', moment(vehicle({ ridden: false, persons: [] })), seen, null],
    ['means nobody in an empty street', moment(), seen, null],
    ['means nobody far from every vehicle', moment(vehicle({ box: aside(0.2) })), seen, null],
    ['does not mean a helmeted driver', moment(vehicle({ persons: [person({ state: 'worn' })] })), seen, null],
    [
      'means the passenger in the passenger’s seat, child or not',
      moment(vehicle({ persons: [person({ state: 'worn' }), person({ id: 'p2', seat: 'child' })] })),
      { box: BOX, seat: 'passenger' },
      'p2',
    ],
    [
      'of a parked bike does not mean the rider beside it',
      moment(vehicle({ id: 'parked', ridden: false, persons: [] }), vehicle({ box: aside(0.04) })),
      seen,
      null,
    ],
  ])('%s', (_case, at, what, expected) => expect(meantBy(at, what)?.id ?? null).toBe(expected));
});

it('labels the heads of riders, bodies where the head is hidden, and nobody who does not ride', () => {
  const hidden = person({ id: 'p2', head: null });
  const gone = person({ id: 'p3', head: null, box: null });
  const helmeted = person({ id: 'p4', state: 'worn' });
  const riders = vehicle({ persons: [person(), hidden, gone, helmeted] });
  const labels = labelsOf(moment(riders, vehicle({ id: 'v2', ridden: false })), { widthPx: 1000, heightPx: 500 });
  expect(labels.map(({ category, isIgnored }) => [category, isIgnored])).toEqual([
    ['bare_head', false],
    ['bare_head', true],
    ['helmet', false],
  ]);
  expect(labels[0]?.box).toEqual({ x: 490, y: 180, w: 20, h: 20 });
});

it('finds the moment of a picture, the last one for what comes after, and all who ever ride bare-headed', () => {
  const frames = [moment(vehicle()), moment(), moment(vehicle({ persons: [person({ id: 'p2', state: 'worn' })] }))];
  const truth: Truth = { video: { fps: 5 }, frames };
  expect([0, 200, 399, 5000].map((ms) => frames.indexOf(momentAt(truth, ms)))).toEqual([0, 1, 2, 2]);
  expect([...bareRiders(truth)]).toEqual(['p1']);
});

describe('the figures', () => {
  const count = (rest: Partial<FilmCount>): FilmCount => ({
    film: 'films/a.mp4',
    frames: 400,
    wrongLooks: 0,
    wrongVoted: [],
    bareRiders: 0,
    addressed: 0,
    ...rest,
  });

  it('are per thousand frames of all films', () => {
    const counts = [
      count({ wrongLooks: 3 }),
      count({ frames: 100, wrongVoted: [{ atS: 2, trackId: 7 }], bareRiders: 2, addressed: 1 }),
    ];
    expect(totals(counts)).toEqual({
      frames: 500,
      looksWrong: 3,
      looksWrongPer1000: 6,
      votedWrong: 1,
      votedWrongPer1000: 2,
      bareRiders: 2,
      addressed: 1,
    });
    expect(totals([])).toMatchObject({ frames: 0, looksWrongPer1000: 0 });
  });

  it('stand in a table that names every wrong word and when it fell', () => {
    const lines = table([count({ wrongVoted: [{ atS: 12.4, trackId: 3 }] })]).split('\n');
    expect(lines[2]).toBe('| a.mp4 | 400 | 0 | 0 | 1 | 2.5 | 0 of 0 |');
    expect(lines.at(-1)).toBe('a.mp4: wrongly spoken to at 12.4 s, track 3');
  });
});
