/** Where riders are spoken to: zones they stand in and came through, and the way they travel. */
import { type Ground, isMeant } from '../../src/incident/ground';

const SQUARE_PICTURE = 1;
const left = [
  [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ],
] as const;
const anywhere: Ground = { watch: [], approach: [], travel: null };
const down = {
  ...anywhere,
  travel: [
    [0.5, 0.2],
    [0.5, 0.8],
  ],
} as const;
const rider = { foot: [0.25, 0.5], heading: [0, 1], hasApproached: false } as const;

it.each<[string, Ground, Partial<Parameters<typeof isMeant>[1]>, boolean]>([
  ['nothing drawn', anywhere, {}, true],
  ['in the waiting zone', { ...anywhere, watch: left }, {}, true],
  ['outside of it', { ...anywhere, watch: left }, { foot: [0.75, 0.5] }, false],
  ['came through the approach zone', { ...anywhere, approach: left }, { hasApproached: true }, true],
  ['did not come through it', { ...anywhere, approach: left }, {}, false],
  [
    'came through it and is elsewhere now',
    { ...anywhere, watch: left, approach: left },
    { foot: [0.75, 0.5], hasApproached: true },
    false,
  ],
  ['along the arrow', down, {}, true],
  ['across it', down, { heading: [1, 0] }, true],
  ['110° from it', down, { heading: [Math.sin(1.92), Math.cos(1.92)] }, true],
  ['130° from it', down, { heading: [Math.sin(2.27), Math.cos(2.27)] }, false],
  ['against it', down, { heading: [0, -1] }, false],
  [
    'an arrow without length',
    {
      ...anywhere,
      travel: [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
    },
    { heading: [0, -1] },
    true,
  ],
])('%s', (_, ground, changes, expected) =>
  expect(isMeant(ground, { ...rider, ...changes }, SQUARE_PICTURE)).toBe(expected),
);

it('takes the arrow as it looks on the picture, not in its 0–1 coordinates', () => {
  // −(0.94 − 0.35) ÷ √2 = −0.42 where it is square; −(0.94 · 3 − 0.35) ÷ √10 = −0.78 where it is three times as wide as high.
  const ground: Ground = {
    ...anywhere,
    travel: [
      [0.2, 0.2],
      [0.8, 0.8],
    ],
  };
  expect(isMeant(ground, { ...rider, heading: [-0.94, 0.35] }, 1)).toBe(true);
  expect(isMeant(ground, { ...rider, heading: [-0.94, 0.35] }, 3)).toBe(false);
});
