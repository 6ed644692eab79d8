/** Which words tell one rider apart from everybody else in view, and whom a prompt speaks to. */
import fc from 'fast-check';
import type { ClothingColour, NamedGarment, Seat } from '../../src/domain';
import {
  type Addressing,
  addressing,
  describe as describePerson,
  type PhraseId,
  type Words,
} from '../../src/incident/describe';
import type { Person, Rider } from '../../src/rider/riders';
import { person, rider } from '../support/scene';

const ASPECT = 16 / 9;
const SIZE = { w: 0.1, h: 0.3 };

type Clothes = ClothingColour | readonly [ClothingColour | null, NamedGarment] | null;

function clad(id: string, seat: Seat, clothes: Clothes): Person {
  const [colour, garment] = typeof clothes === 'string' || clothes === null ? [clothes, null] : clothes;
  return person(id, {
    seat,
    upperColour: colour === null ? null : { name: colour, score: 0.9 },
    garment: garment === null ? null : { name: garment, score: 0.9 },
  });
}

/** A vehicle whose wheels stand at [x, y], with a driver and whoever sits behind. */
function vehicle(
  trackId: number,
  clothes: readonly Clothes[],
  at: readonly [number, number] = [0.5, 0.7],
  rest: Partial<Rider> = {},
): Rider {
  const persons = clothes.map((one, i) => clad(`${trackId}.${i}`, i === 0 ? 'driver' : 'passenger', one));
  return rider(persons, { trackId, box: { ...SIZE, x: at[0] - SIZE.w / 2, y: at[1] - SIZE.h }, ...rest });
}

function address(
  phraseId: PhraseId,
  subject: Rider,
  others: readonly Rider[] = [],
  bare: readonly number[] = [0],
): Addressing {
  const personIds = bare.map((i) => `${subject.trackId}.${i}`);
  return addressing({ phraseId, personIds }, subject, { riders: [subject, ...others], aspect: ASPECT });
}

describe('a driver', () => {
  const AWAY = { heading: [0, -1] } as const;
  const hidden = { isVisible: false };

  it.each<[string, Rider, readonly Rider[], Words]>([
    ['alone: the colour', vehicle(1, ['blue']), [], { colour: 'blue' }],
    [
      'in a garment that is sure: its name too',
      vehicle(1, [['blue', 'shirt']]),
      [],
      { colour: 'blue', garment: 'shirt' },
    ],
    ['in a garment of unknown colour', vehicle(1, [[null, 'vest']]), [], { garment: 'vest' }],
    ['beside another colour', vehicle(1, ['blue']), [vehicle(2, ['green'], [0.3, 0.7])], { colour: 'blue' }],
    [
      'beside the same colour in another garment',
      vehicle(1, [['blue', 'shirt']]),
      [vehicle(2, [['blue', 'vest']], [0.3, 0.7])],
      { colour: 'blue', garment: 'shirt' },
    ],
    [
      'beside the same colour in a garment nobody is sure of',
      vehicle(1, [['blue', 'shirt']]),
      [vehicle(2, ['blue'], [0.3, 0.7])],
      { colour: 'blue', garment: 'shirt', side: 'left' },
    ],
    [
      'facing the camera, the same colour on the left of the picture',
      vehicle(1, ['blue']),
      [vehicle(2, ['blue'], [0.3, 0.7])],
      { colour: 'blue', side: 'left' },
    ],
    [
      'facing the camera, the same colour on the right of the picture',
      vehicle(1, ['blue']),
      [vehicle(2, ['blue'], [0.7, 0.7])],
      { colour: 'blue', side: 'right' },
    ],
    [
      'riding away, the same colour on the left of the picture',
      vehicle(1, ['blue'], [0.5, 0.7], AWAY),
      [vehicle(2, ['blue'], [0.3, 0.7], AWAY)],
      { colour: 'blue', side: 'right' },
    ],
    [
      'nearer to the camera he rides to',
      vehicle(1, ['blue'], [0.5, 0.9]),
      [vehicle(2, ['blue'], [0.5, 0.6])],
      { colour: 'blue', side: 'front' },
    ],
    [
      'further from it',
      vehicle(1, ['blue'], [0.5, 0.6]),
      [vehicle(2, ['blue'], [0.5, 0.9])],
      { colour: 'blue', side: 'back' },
    ],
    [
      'in the same lane of a road that runs aslant: ahead, not beside',
      vehicle(1, ['blue'], [0.6, 0.9], { heading: [0.6, 0.8] }),
      [vehicle(2, ['blue'], [0.6 - 0.225 / ASPECT, 0.6], { heading: [0.6, 0.8] })],
      { colour: 'blue', side: 'front' },
    ],
    ['with the same colour on his own passenger', vehicle(1, ['blue', 'blue']), [], { colour: 'blue', seat: 'driver' }],
    [
      'with the same colour on another vehicle’s passenger in the same place',
      vehicle(1, ['blue']),
      [vehicle(2, ['green', 'blue'])],
      { colour: 'blue', seat: 'driver' },
    ],
    [
      'with the same colour on his passenger and on another driver',
      vehicle(1, ['blue', 'blue']),
      [vehicle(2, ['blue'], [0.3, 0.7])],
      { colour: 'blue', seat: 'driver', side: 'left' },
    ],
    ['whose passenger’s colour is not known', vehicle(1, ['blue', null]), [], { colour: 'blue' }],
    [
      'beside somebody hidden just now',
      vehicle(1, ['blue']),
      [vehicle(2, ['blue'], [0.3, 0.7], hidden)],
      { colour: 'blue' },
    ],
    [
      'beside a driver whose colour is not known: he may wear the same',
      vehicle(1, ['blue']),
      [vehicle(2, [null], [0.3, 0.7])],
      { colour: 'blue', side: 'left' },
    ],
    [
      'beside a vehicle on which nobody has been made out yet',
      vehicle(1, ['blue']),
      [vehicle(2, [], [0.3, 0.7])],
      { colour: 'blue', side: 'left' },
    ],
    [
      'where no side excludes the one of unknown colour: the colour must do',
      vehicle(1, ['blue']),
      [vehicle(2, [null])],
      { colour: 'blue' },
    ],
    ['of unknown clothes, to the left of all', vehicle(1, [null]), [vehicle(2, ['red'], [0.3, 0.7])], { side: 'left' }],
  ])('%s', (_case, subject, others, words) => {
    const { colour, garment, side } = words;
    const described = { seat: 'driver', ...(colour && { colour }), ...(garment && { garment }), ...(side && { side }) };
    expect(address('base', subject, others)).toEqual({ phraseId: 'base', words, described });
  });

  it.each<[string, Rider, readonly Rider[]]>([
    ['of unknown clothes, alone', vehicle(1, [null]), []],
    [
      'between two in the same colour',
      vehicle(1, ['blue']),
      [vehicle(2, ['blue'], [0.3, 0.7]), vehicle(3, ['blue'], [0.7, 0.7])],
    ],
    ['too near to another in the same colour', vehicle(1, ['blue']), [vehicle(2, ['blue'], [0.53, 0.7])]],
    [
      'who meets another in the same colour coming the other way',
      vehicle(1, ['blue']),
      [vehicle(2, ['blue'], [0.3, 0.7], AWAY)],
    ],
    [
      'who crosses the picture beside another in the same colour',
      vehicle(1, ['blue'], [0.5, 0.7], { heading: [1, 0] }),
      [vehicle(2, ['blue'], [0.3, 0.7], { heading: [1, 0] })],
    ],
    ['on a vehicle on which nobody was found', rider([]), []],
  ])('%s cannot be told apart: the neutral form', (_case, subject, others) => {
    expect(address('base', subject, others)).toEqual({ phraseId: 'base', words: {}, described: null });
  });
});

describe('a prompt speaks', () => {
  const passenger = { colour: 'green', addressee: 'passenger' } as const;
  const driver = { colour: 'blue' } as const;

  it.each<[string, PhraseId, readonly Clothes[], readonly number[], Pick<Addressing, 'phraseId' | 'words'>]>([
    [
      'about the passenger to the driver',
      'passenger',
      ['blue', 'green'],
      [1],
      { phraseId: 'passenger', words: driver },
    ],
    [
      'to the passenger where the driver cannot be described',
      'passenger',
      [null, 'green'],
      [1],
      { phraseId: 'base', words: passenger },
    ],
    ['to nobody in particular about two unknown', 'passenger', [null, null], [1], { phraseId: 'passenger', words: {} }],
    ['about both to the driver', 'both', ['blue', 'green'], [0, 1], { phraseId: 'both', words: driver }],
    ['about a child to the driver', 'child', ['blue', 'green'], [1], { phraseId: 'child', words: driver }],
    ['of the child itself never', 'child', [null, 'green'], [1], { phraseId: 'child', words: {} }],
    ['a reminder to the bare driver', 'again', ['blue', 'green'], [0, 1], { phraseId: 'again', words: driver }],
    ['a reminder to the bare passenger', 'again', ['blue', 'green'], [1], { phraseId: 'again', words: passenger }],
    ['with thanks to whoever is meant', 'thanks', ['blue', 'green'], [], { phraseId: 'thanks', words: {} }],
  ])('%s', (_case, phraseId, clothes, bare, expected) => {
    expect(address(phraseId, vehicle(1, clothes), [], bare)).toMatchObject(expected);
  });

  it('by no seat where seats are not sure', () => {
    const [subject, beside] = [vehicle(1, [null, 'green']), vehicle(2, ['green'], [0.55, 0.7])];
    const unsure = { ...subject, persons: subject.persons.map((one) => ({ ...one, isSeatSure: false })) };
    expect(address('base', unsure, [], [1])).toMatchObject({ phraseId: 'base', words: { colour: 'green' } });
    expect(address('base', unsure, [], [1]).words).not.toHaveProperty('addressee');
    expect(address('base', unsure, [beside], [1]).words).not.toHaveProperty('seat');
  });

  it('of a passenger by the seat where another rider wears the same', () => {
    const beside = vehicle(2, ['green']);
    expect(address('passenger', vehicle(1, [null, 'green']), [beside], [1])).toEqual({
      phraseId: 'base',
      words: { colour: 'green', seat: 'passenger', addressee: 'passenger' },
      described: { seat: 'passenger', colour: 'green' },
    });
  });
});

/** Whether somebody who hears the words may think that he is meant; everybody faces the camera here. */
function mayThinkHeIsMeant(words: Words, listener: Heard, all: readonly Heard[]): boolean {
  const wears = ({ person: { upperColour, garment, seat } }: Heard): boolean =>
    (words.colour === undefined || upperColour === null || upperColour.name === words.colour) &&
    (words.garment === undefined || garment === null || garment.name === words.garment) &&
    (words.seat === undefined || seat === words.seat);
  /** To the riders' left is to the right in the picture; ahead is further down. */
  const along = ({ vehicle: { box } }: Heard): number => {
    const [x, y] = [(box.x + box.w / 2) * ASPECT, box.y + box.h];
    return { left: x, right: -x, front: y, back: -y }[words.side ?? 'left'];
  };
  const isBehindSomebody = all.some((one) => wears(one) && along(one) - along(listener) >= 0.35 * SIZE.h);
  return wears(listener) && (words.side === undefined || !isBehindSomebody);
}

interface Heard {
  readonly person: Person;
  readonly vehicle: Rider;
}

describe('whoever is in view', () => {
  const colour = fc.constantFrom<ClothingColour[]>('blue', 'red');
  const clothes: fc.Arbitrary<Clothes> = fc.oneof(
    { weight: 3, arbitrary: colour },
    { weight: 1, arbitrary: fc.tuple(colour, fc.constantFrom<NamedGarment[]>('shirt', 'vest')) },
  );
  const place = fc.tuple(
    fc.double({ min: 0.1, max: 0.9, noNaN: true }),
    fc.double({ min: 0.4, max: 0.95, noNaN: true }),
  );
  const crowd = fc
    .array(fc.tuple(fc.array(clothes, { minLength: 1, maxLength: 2 }), place), { minLength: 1, maxLength: 6 })
    .map((all) => all.map(([wear, at], i) => vehicle(i + 1, wear, at)));

  it('a description fits nobody else, and no word of it could be left out', () => {
    fc.assert(
      fc.property(crowd, (riders) => {
        const all = riders.flatMap((one) => one.persons.map((each) => ({ person: each, vehicle: one })));
        for (const subject of all) {
          const words = describePerson(subject.person, subject.vehicle, { riders, aspect: ASPECT });
          const others = all.filter((one) => one !== subject);
          const misled = (said: Words) => others.filter((one) => mayThinkHeIsMeant(said, one, all));
          if (words === null) continue;
          expect(mayThinkHeIsMeant(words, subject, all)).toBe(true);
          expect(misled(words)).toEqual([]);
          const { side: _side, ...withoutSide } = words;
          const { seat: _seat, ...withoutSeat } = words;
          if (words.side !== undefined) expect(misled(withoutSide)).not.toEqual([]);
          if (words.seat !== undefined) expect(misled(withoutSeat)).not.toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('two who both get words never get the same', () => {
    fc.assert(
      fc.property(crowd, (riders) => {
        const said = riders.flatMap((one) =>
          one.persons.flatMap((each) => describePerson(each, one, { riders, aspect: ASPECT }) ?? []),
        );
        const texts = said.map((words) => JSON.stringify(Object.entries(words).sort()));
        expect(new Set(texts).size).toBe(texts.length);
      }),
      { numRuns: 300 },
    );
  });
});
