/** When a place on a vehicle may have been taken by somebody else, and what lays that doubt to rest. */
import type { ClothingColour } from '../../src/domain';
import { matchHeads } from '../../src/rider/head-match';
import {
  certainSince,
  clothesOf,
  doubtful,
  type Identity,
  isLooseLink,
  type Rival,
  seeClothes,
  sureSince,
  told,
  withoutNobody,
} from '../../src/rider/identity';

const DOUBT_MS = 5000;
const dressed = (identity: Identity, ...names: readonly ClothingColour[]): Identity =>
  names.reduce((seen, name) => seeClothes(seen, { name, score: 0.9 }), identity);
const raised = (rivals: readonly (ClothingColour | null)[], worn: ClothingColour | null = 'blue') =>
  doubtful(
    worn === null ? sureSince(0) : dressed(sureSince(0), worn, worn, worn),
    { rivals: rivals.map((one) => () => [one]), metSinceMs: null },
    DOUBT_MS,
  );

describe('an identity in doubt', () => {
  it.each<[string, Identity, number]>([
    ['is not the same person since the doubt', raised([]), DOUBT_MS],
    ['by a gap is sure again once the same clothes are seen', dressed(raised([]), 'blue', 'blue', 'blue'), 0],
    ['is not settled by two looks', dressed(raised([]), 'blue', 'blue'), DOUBT_MS],
    ['is somebody else in other clothes', dressed(raised([]), 'red', 'red', 'red'), DOUBT_MS],
    ['stays where nobody knew the clothes before', dressed(raised([], null), 'blue', 'blue', 'blue'), DOUBT_MS],
    ['by a rival in other clothes is settled', dressed(raised(['red']), 'blue', 'blue', 'blue'), 0],
    ['by a rival in the same clothes stays', dressed(raised(['blue']), 'blue', 'blue', 'blue'), DOUBT_MS],
    ['by a rival nobody could describe stays', dressed(raised([null]), 'blue', 'blue', 'blue'), DOUBT_MS],
    ['stays while the looks disagree', dressed(raised([]), 'blue', 'red', 'blue', 'red'), DOUBT_MS],
  ])('%s', (_case, identity, sinceMs) => expect(certainSince(identity)).toBe(sinceMs));

  const LATER_MS = DOUBT_MS + 2000;
  const again = (identity: Identity) => doubtful(identity, { rivals: [], metSinceMs: null }, LATER_MS);

  it('keeps the first doubt’s rivals when a second one follows at once', () => {
    const atOnceMs = DOUBT_MS + 400;
    const atOnce = (identity: Identity) => doubtful(identity, { rivals: [], metSinceMs: null }, atOnceMs);
    expect(certainSince(dressed(atOnce(raised(['blue'])), 'blue', 'blue', 'blue'))).toBe(atOnceMs);
    expect(certainSince(dressed(atOnce(raised(['red'])), 'blue', 'blue', 'blue'))).toBe(0);
  });

  const meeting = (rival: ReturnType<Rival>) =>
    doubtful(raised([], null), { rivals: [() => rival], metSinceMs: LATER_MS }, LATER_MS);

  it('by somebody near is settled by how they go on, or when it was nobody, back to the doubt before', () => {
    expect(certainSince(meeting(['blue']))).toBe(LATER_MS);
    expect(certainSince(told(meeting(['blue']), LATER_MS))).toBe(DOUBT_MS);
    expect(certainSince(withoutNobody(meeting('nobody')))).toBe(DOUBT_MS);
    expect(certainSince(withoutNobody(meeting(['blue'])))).toBe(LATER_MS);
  });

  it('by a gap or a head is not settled by how vehicles go on', () => {
    expect(certainSince(told(raised(['blue']), 0))).toBe(DOUBT_MS);
    expect(certainSince(withoutNobody(raised([])))).toBe(DOUBT_MS);
  });

  it('does not reach back over somebody else who was there in between', () => {
    const visited = again(dressed(raised([], null), 'red', 'red', 'red'));
    expect(certainSince(dressed(visited, 'blue', 'blue', 'blue'))).toBe(LATER_MS);
    expect(certainSince(dressed(visited, 'red', 'red', 'red'))).toBe(DOUBT_MS);
    expect(clothesOf(dressed(visited, 'green', 'green', 'green'))?.name).toBe('green');
  });

  it('cannot come back to the one before once somebody else was seen', () => {
    expect(certainSince(dressed(raised([]), 'red', 'red', 'red', 'blue', 'blue', 'blue', 'blue'))).toBe(DOUBT_MS);
  });
});

const ALONE = { rivals: [], toldSinceMs: null, metSinceMs: null };
it.each([
  ['found again at once where it was expected', { gapMs: 200, overlap: 0.8, ...ALONE }, false],
  ['found again after a second and a half', { gapMs: 1500, overlap: 0.8, ...ALONE }, true],
  ['found where it was hardly expected', { gapMs: 200, overlap: 0.1, ...ALONE }, true],
])('a vehicle %s', (_case, link, isLoose) => expect(isLooseLink(link)).toBe(isLoose));

describe('heads on a vehicle', () => {
  const summary = (distances: number[][]) =>
    matchHeads(distances)
      .map(({ place, head, isJump, rivals }) => [place, head, isJump, rivals])
      .sort();

  it.each<[string, number[][], unknown[]]>([
    [
      'each near its own place',
      [
        [0.1, 2],
        [2, 0.2],
      ],
      [
        [0, 0, false, []],
        [1, 1, false, []],
      ],
    ],
    ['one far from the only place', [[2.5]], [[0, 0, true, []]]],
    ['one too far away to be the same', [[4]], []],
    ['one half way between two places', [[0.8], [1]], [[0, 0, false, [1]]]],
    ['one clearly nearer to one of two places', [[0.1], [1.1]], [[0, 0, false, []]]],
    [
      'two that could be exchanged',
      [
        [0.5, 0.6],
        [0.6, 0.5],
      ],
      [
        [0, 0, false, [1]],
        [1, 1, false, [0]],
      ],
    ],
  ])('%s', (_case, distances, expected) => expect(summary(distances)).toEqual(expected));
});
