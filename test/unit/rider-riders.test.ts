/** From tracks and heads to riders: who is on the vehicle, where they sit, whether they may be spoken to. */
import fc from 'fast-check';
import type { BoundingBox, Detection, HeadDetection } from '../../src/domain';
import { type Rider, Riders } from '../../src/rider/riders';
import type { Track } from '../../src/tracker/tracker';
import { riderRules } from '../support/rules';
import { around, group, type HeadLook, head, track } from '../support/scene';

const FRAME_MS = 200;
const VEHICLE = { w: 0.1, h: 0.3 };
const HEAD = { w: 0.025, h: 0.04 };
const BARE: HeadLook = { worn: 0.02 };
const OPTIONS = riderRules();

interface Sight {
  readonly box: BoundingBox;
  /** Head centres relative to the vehicle box, 0–1. */
  readonly heads: readonly (readonly [number, number])[];
  readonly look?: HeadLook;
  readonly label?: Detection['label'];
  readonly velocity?: Track['velocity'];
}

function headAt(box: BoundingBox, [x, y]: readonly [number, number], look: HeadLook = BARE): HeadDetection {
  return head(around(box.x + x * box.w, box.y + y * box.h, HEAD), look);
}

/** Plays frames of one vehicle (null = not seen); returns the rider of every frame, undefined where there is none. */
function play(sights: readonly (Sight | null)[]): (Rider | undefined)[] {
  const riders = new Riders(OPTIONS);
  let last: Sight | null = null;
  return sights.map((sight, i) => {
    const nowMs = i * FRAME_MS;
    last = sight ?? last;
    const seen =
      sight === null
        ? null
        : {
            ...group(
              sight.box,
              sight.heads.map((at) => headAt(sight.box, at, sight.look)),
            ),
            label: sight.label ?? 'rider_group',
          };
    const place = { lastSeenMs: nowMs, velocity: last?.velocity ?? { x: 0, y: 0 } };
    return riders.update([track(seen, { ...place, ...(last === null ? {} : { box: last.box }) })], nowMs)[0];
  });
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const still = around(0.5, 0.5, VEHICLE);
const DRIVER = [0.5, 0.15] as const;
const BEHIND = [0.45, 0.05] as const;
const idsOf = (sights: readonly (Rider | undefined)[]) =>
  new Set(sights.flatMap((one) => one?.persons.map((person) => person.id) ?? []));

describe('a person', () => {
  it('is a head seen in three frames and for 400 ms', () => {
    const seen = play(times(4, () => ({ box: still, heads: [DRIVER] })));
    expect(seen.map((one) => one?.persons.length)).toEqual([undefined, undefined, 1, 1]);
    expect(seen.at(-1)?.persons[0]).toMatchObject({ id: '1.1', seat: 'driver', state: 'unknown' });
  });

  it('is not made of a head that flickers up once in a while', () => {
    const seen = play(times(20, (i) => ({ box: still, heads: i % 5 === 0 ? [DRIVER] : [] })));
    expect(idsOf(seen).size).toBe(0);
  });

  it('is judged from five looks on', () => {
    const seen = play(times(6, () => ({ box: still, heads: [DRIVER] })));
    expect(seen.map((one) => one?.persons[0]?.state)).toEqual([
      undefined,
      undefined,
      'unknown',
      'unknown',
      'not_worn',
      'not_worn',
    ]);
  });

  it('keeps the id when its head disappears and returns', () => {
    const seen = play(times(16, (i) => ({ box: still, heads: i > 5 && i < 11 ? [] : [DRIVER] })));
    expect(idsOf(seen)).toEqual(new Set(['1.1']));
    expect(seen[8]?.persons[0]?.head).toBeNull();
    expect(seen[12]?.persons[0]?.head).not.toBeNull();
  });

  it('keeps the id while the whole vehicle is hidden', () => {
    const seen = play(times(16, (i) => (i > 5 && i < 9 ? null : { box: still, heads: [DRIVER] })));
    expect(idsOf(seen)).toEqual(new Set(['1.1']));
    expect(seen[7]).toMatchObject({ isVisible: false, persons: [{ head: null }] });
  });

  it('on a jittering box is not split into phantoms, nor is the passenger', () => {
    const sway = fc.double({ min: -0.06, max: 0.06, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(sway, sway), { minLength: 12, maxLength: 30 }), (jitter) => {
        const seen = play(
          jitter.map(([dx, dy]) => {
            const { w, h } = VEHICLE;
            const box = { x: still.x - (dx * w) / 2, y: still.y - (dy * h) / 2, w: w * (1 + dx), h: h * (1 + dy) };
            const inBox = ([x, y]: readonly [number, number]) =>
              [(still.x + x * w - box.x) / box.w, (still.y + y * h - box.y) / box.h] as const;
            return { box, heads: [inBox(DRIVER), inBox([0.15, 0.1])] };
          }),
        );
        expect(idsOf(seen)).toEqual(new Set(['1.1', '1.2']));
      }),
      { numRuns: 60 },
    );
  });

  it('who is a passenger keeps the id when the heads are found in another order', () => {
    const heads = [DRIVER, [0.15, 0.1] as const];
    const seen = play(times(12, (i) => ({ box: still, heads: i % 2 === 0 ? heads : heads.toReversed() })));
    expect(idsOf(seen)).toEqual(new Set(['1.1', '1.2']));
    expect(seen.at(-1)?.persons.map((one) => one.seat)).toEqual(['driver', 'passenger']);
  });
});

describe('heads that move about on the vehicle', () => {
  /** One head height as a share of the vehicle's height. */
  const ONE_HEAD = HEAD.h / VEHICLE.h;

  it('belong to the same person after a jump of two and a half head heights', () => {
    const seen = play(times(10, (i) => ({ box: still, heads: [[0.5, 0.1 + (i < 5 ? 0 : 2.5 * ONE_HEAD)]] })));
    expect(idsOf(seen)).toEqual(new Set(['1.1']));
  });

  it('belong to another person after a jump of five', () => {
    const seen = play(times(10, (i) => ({ box: still, heads: [[0.5, 0.1 + (i < 5 ? 0 : 5 * ONE_HEAD)]] })));
    expect(idsOf(seen)).toEqual(new Set(['1.1', '1.2']));
  });

  it('are not passed on in a row when a third one appears and one is hidden', () => {
    const behind = [0.5, 0.05] as const;
    const driver = [0.5, 0.05 + 3 * ONE_HEAD] as const;
    const nodding = [0.5, 0.05 + 2.7 * ONE_HEAD] as const;
    const child = [0.5, 0.05 + 5 * ONE_HEAD] as const;
    const seen = play(times(10, (i) => ({ box: still, heads: i < 5 ? [behind, driver] : [nodding, child] })));
    const yOf = (id: string) => seen.at(-1)?.persons.find((one) => one.id === id)?.head?.y;
    expect(seen[4]?.persons.map((one) => one.id)).toEqual(['1.1', '1.2']);
    expect(yOf('1.1')).toBeUndefined();
    expect(yOf('1.2')).toBeCloseTo(still.y + nodding[1] * VEHICLE.h - HEAD.h / 2, 6);
    expect(yOf('1.3')).toBeCloseTo(still.y + child[1] * VEHICLE.h - HEAD.h / 2, 6);
  });
});

describe('the driver', () => {
  const moving = (velocity: { x: number; y: number }): Sight[] =>
    times(12, (i) => ({
      box: around(0.5 + velocity.x * 0.2 * i, 0.5 + velocity.y * 0.2 * i, VEHICLE),
      heads: [
        [0.25, 0.15],
        [0.75, 0.15],
      ],
      velocity,
    }));
  const driverX = (seen: readonly (Rider | undefined)[]) => {
    const last = seen.at(-1);
    const driver = last?.persons.find((one) => one.seat === 'driver');
    return driver?.head === null || driver === undefined || last === undefined
      ? null
      : (driver.head.x + HEAD.w / 2 - last.box.x) / last.box.w;
  };

  it.each([
    ['to the right, the right head', 0.15, 0.75],
    ['to the left, the left head', -0.15, 0.25],
  ])('of a vehicle going %s', (_case, vx, expected) => {
    expect(driverX(play(moving({ x: vx, y: 0 })))).toBeCloseTo(expected, 6);
  });

  it('of a vehicle coming towards the camera is the lower head, of one going away the upper', () => {
    const heads: Sight['heads'] = [BEHIND, DRIVER];
    const towards = play(times(12, () => ({ box: still, heads })));
    expect(towards.at(-1)?.persons.map((one) => one.seat)).toEqual(['passenger', 'driver']);
    const away = play(
      times(12, (i) => ({ box: around(0.5, 0.8 - 0.04 * i, VEHICLE), heads, velocity: { x: 0, y: -0.2 } })),
    );
    expect(away.at(-1)?.persons.map((one) => one.seat)).toEqual(['driver', 'passenger']);
  });

  it('is who sits in front when both are seen, even if only the other was seen before', () => {
    const seen = play(times(10, (i) => ({ box: still, heads: i < 6 ? [BEHIND] : [BEHIND, DRIVER] })));
    expect(seen.at(-1)?.persons.map((one) => one.seat)).toEqual(['passenger', 'driver']);
  });

  it('is the only person there is', () => {
    expect(play(times(5, () => ({ box: still, heads: [BEHIND] }))).at(-1)?.persons[0]?.seat).toBe('driver');
  });

  it('has a child behind when the other head is much smaller', () => {
    const riders = new Riders(OPTIONS);
    const small = head(around(0.49, 0.4, { w: HEAD.w * 0.5, h: HEAD.h * 0.5 }), BARE);
    const seen = times(6, (i) =>
      riders.update([track(group(still, [headAt(still, [0.5, 0.4]), small]))], i * FRAME_MS),
    ).at(-1);
    expect(seen?.[0]?.persons.map((one) => one.seat)).toEqual(['driver', 'child']);
  });

  it('has a child in front when the head nearer to the camera is much smaller', () => {
    const riders = new Riders(OPTIONS);
    const small = head(around(0.49, 0.46, { w: HEAD.w * 0.5, h: HEAD.h * 0.5 }), BARE);
    const seen = times(6, (i) =>
      riders.update([track(group(still, [small, headAt(still, [0.5, 0.2])]))], i * FRAME_MS),
    ).at(-1);
    expect(seen?.[0]?.persons.map((one) => one.seat)).toEqual(['child', 'driver']);
  });
});

describe('a head below another', () => {
  const pair = (gapHeads: number, velocity = { x: 0, y: 0 }) => {
    const lower = [0.5, 0.1 + (gapHeads * HEAD.h) / VEHICLE.h] as const;
    return play(
      times(12, (i) => ({
        box: around(0.5, 0.6 + velocity.y * 0.2 * i, VEHICLE),
        heads: [[0.48, 0.1], lower],
        velocity,
      })),
    )
      .at(-1)
      ?.persons.map(({ seat, isSeatSure }) => [seat, isSeatSure]);
  };

  it.each([
    [0.3, ['passenger', 'driver'], true],
    [0.7, ['passenger', 'driver'], false],
    [1.2, ['driver', 'child'], true],
  ])('by %d heads, riding towards the camera: %j, sure: %s', (gap, [upper, lower], isSure) => {
    expect(pair(gap)).toEqual([
      [upper, isSure],
      [lower, isSure],
    ]);
  });

  it.each([
    [1.2, [null, 'red']],
    [0.3, ['red', 'red']],
  ])('by %d heads: a driver behind a child is not described by clothes: %j', (gap, colours) => {
    const red = { name: 'red', score: 0.9 } as const;
    const riders = new Riders(OPTIONS);
    const at = (y: number) => ({ ...headAt(still, [0.5, y]), upperColour: red });
    const heads = [at(0.1), at(0.1 + (gap * HEAD.h) / VEHICLE.h)];
    const seen = times(8, (i) => riders.update([track(group(still, heads))], i * FRAME_MS)).at(-1);
    expect(seen?.[0]?.persons.map(({ upperColour }) => upperColour?.name ?? null)).toEqual(colours);
  });

  it('is behind the driver when they ride away', () => {
    expect(pair(1.2, { x: 0, y: -0.2 })).toEqual([
      ['driver', true],
      ['passenger', true],
    ]);
  });
});

describe('a vehicle', () => {
  const unsure: HeadLook = { worn: 0.02, confidence: 0.3 };

  it('that stands and shows no convincing head is parked: not addressable', () => {
    expect(play(times(20, () => ({ box: still, heads: [DRIVER], look: unsure }))).at(-1)?.isAddressable).toBe(false);
    expect(play(times(20, () => ({ box: still, heads: [] }))).at(-1)).toMatchObject({
      isAddressable: false,
      persons: [],
    });
  });

  it('that stands at the light is addressable as soon as its rider has looked about', () => {
    const looking = times(10, (i) => ({ box: still, heads: [[0.5 + 0.08 * Math.sin(i / 2), 0.15] as const] }));
    const seen = play(looking).map((one) => one?.isAddressable);
    expect(seen.slice(2, 5)).toEqual([false, false, false]);
    expect(seen.at(-1)).toBe(true);
  });

  it('that stands with somebody as rigid as itself is parked, be it a mannequin or a poster', () => {
    const sights = times(30, () => ({ box: still, heads: [DRIVER] }));
    expect(play(sights).some((one) => one?.isAddressable)).toBe(false);
  });

  it('whose dummy seems to move while somebody walks past in front of it is parked', () => {
    const cut = (i: number): number => (i >= 6 && i < 12 ? Math.min(i - 5, 3) : 0);
    const run = (walkersAt: (i: number) => readonly BoundingBox[]) => {
      const riders = new Riders(OPTIONS);
      return times(24, (i) => {
        const seen = group(still, [headAt(still, [0.5 + 0.03 * cut(i), 0.15])]);
        return riders.update([track(seen)], i * FRAME_MS, walkersAt(i))[0]?.isAddressable;
      });
    };
    const passing = (i: number): BoundingBox[] => (cut(i) > 0 ? [around(0.49, 0.55, { w: 0.03, h: 0.3 })] : []);
    expect(run(passing)).not.toContain(true);
    // The same movement with nobody in front is a rider's own.
    expect(run(() => [])).toContain(true);
  });

  it.each<[string, (i: number) => BoundingBox, boolean]>([
    [
      'whose box takes in now more, now less has not moved',
      (i) => ({ ...still, w: still.w * (i % 2 === 0 ? 1 : 3) }),
      false,
    ],
    ['whose box shakes has not moved', (i) => ({ ...still, x: still.x + (i % 2 === 0 ? 0 : 0.03) }), false],
    [
      'that comes down the road, its lower edge faster than its upper, has moved',
      (i) => ({ ...still, y: still.y + 0.016 * i, h: still.h + 0.012 * i }),
      true,
    ],
    ['that rolls on has moved', (i) => ({ ...still, x: still.x + 0.02 * i }), true],
    [
      'that comes straight at the camera has moved',
      (i) => around(0.5, 0.5, { w: 0.1 + 0.01 * i, h: 0.3 + 0.03 * i }),
      true,
    ],
  ])('%s', (_case, boxOf, isAddressable) => {
    const seen = play(times(10, (i) => ({ box: boxOf(i), heads: [DRIVER], look: unsure })));
    expect(seen.at(-1)?.isAddressable).toBe(isAddressable);
  });

  it('that came driving is addressable however unsure its heads are, and stays so when it stands', () => {
    const arriving = times(10, (i) => ({
      box: around(0.3 + Math.min(i, 6) * 0.02, 0.5, VEHICLE),
      heads: [DRIVER],
      look: unsure,
    }));
    const seen = play(arriving);
    expect(seen.find((one) => one !== undefined)?.isAddressable).toBe(false);
    expect(seen.at(-1)?.isAddressable).toBe(true);
  });

  it('that nobody rides (parked, or pushed along) yields no rider', () => {
    const pushed = times(20, (i) => ({
      box: around(0.2 + 0.02 * i, 0.5, VEHICLE),
      heads: [],
      label: 'two_wheeler' as const,
    }));
    expect(play(pushed).every((one) => one === undefined)).toBe(true);
  });

  it.each<[string, BoundingBox, Sight['heads'], boolean]>([
    ['a lone head over the middle rides', still, [[0.6, 0.1]], true],
    ['a lone head off the middle walks beside it', still, [[0.76, 0.1]], false],
    [
      'two heads, one off the middle, ride',
      still,
      [
        [0.45, 0.1],
        [0.76, 0.08],
      ],
      true,
    ],
    ['a vehicle cut off by the border has no middle', { ...still, x: 0 }, [[0.76, 0.1]], true],
  ])('whose only sign is the place of the heads: %s', (_case, box, heads, isRidden) => {
    expect(play(times(10, () => ({ box, heads }))).at(-1) !== undefined).toBe(isRidden);
  });

  it('mistaken for a pushed one in a single frame keeps its rider', () => {
    const seen = play(
      times(12, (i) => ({
        box: still,
        heads: i === 6 ? [] : [DRIVER],
        label: i === 6 ? 'two_wheeler' : 'rider_group',
      })),
    );
    // A vehicle needs three looks to count as ridden.
    expect(seen.slice(2).every((one) => one !== undefined)).toBe(true);
    expect(idsOf(seen)).toEqual(new Set(['1.1']));
  });

  it('still tentative yields no rider but its heads count from the start', () => {
    const riders = new Riders(OPTIONS);
    const look = (i: number) =>
      riders.update(
        [track(group(still, [headAt(still, DRIVER)]), { status: i < 2 ? 'tentative' : 'confirmed' })],
        i * FRAME_MS,
      );
    expect(times(3, look).map((list) => list[0]?.persons.length)).toEqual([undefined, undefined, 1]);
  });

  it('that was forgotten begins anew', () => {
    const riders = new Riders(OPTIONS);
    const look = (i: number) => riders.update([track(group(still, [headAt(still, DRIVER)]))], i * FRAME_MS)[0];
    expect(times(5, look).at(-1)?.persons).toHaveLength(1);
    riders.forget(1);
    expect(look(5)).toBeUndefined();
  });
});

describe('a vehicle passed over', () => {
  /** Plays one vehicle that is looked at in some frames only; it rolls on all the while. */
  function glance(isLookedAt: (i: number) => boolean, heads: readonly (readonly [number, number])[] = [DRIVER]) {
    const riders = new Riders(OPTIONS);
    return times(20, (i) => {
      const box = around(0.3 + 0.005 * i, 0.5, VEHICLE);
      const seen = isLookedAt(i)
        ? group(
            box,
            heads.map((at) => headAt(box, at)),
          )
        : { ...group(box), isPassedOver: true };
      return { lookedAtMs: riders.lookedAtMs(1), rider: riders.update([track(seen)], i * FRAME_MS)[0] };
    });
  }
  const afterFive = (i: number) => i < 5 || i % 3 === 0;

  it('keeps its decision and its heads where they were on it', () => {
    const seen = glance(afterFive);
    for (const { rider } of seen.slice(5)) {
      expect(rider?.persons[0]?.state).toBe('not_worn');
      const { x = 0, w = 0, y = 0, h = 0 } = rider?.persons[0]?.head ?? {};
      expect((x + w / 2 - (rider?.box.x ?? 0)) / VEHICLE.w).toBeCloseTo(DRIVER[0], 6);
      expect((y + h / 2 - (rider?.box.y ?? 0)) / VEHICLE.h).toBeCloseTo(DRIVER[1], 6);
    }
  });

  it('counts no looks that were none', () => {
    const looks = (i: number) => glance(afterFive)[i]?.rider?.persons[0]?.votes.notWorn;
    expect([looks(4), looks(5), looks(6), looks(7), looks(8), looks(9)]).toEqual([5, 5, 6, 6, 6, 7]);
    expect(
      glance(afterFive)
        .map((one) => one.lookedAtMs)
        .slice(0, 8),
    ).toEqual([-Infinity, 0, 200, 400, 600, 800, 800, 1200]);
  });

  it('still gains a passenger who turns up, by the looks it gets', () => {
    const riders = glance((i) => i % 3 === 0, [DRIVER, [0.15, 0.1]]);
    expect(idsOf(riders.map((one) => one.rider))).toEqual(new Set(['1.1', '1.2']));
  });
});

describe('the clothes', () => {
  const wearing = (colours: readonly ('red' | 'blue')[], garment?: 'vest') =>
    play(colours.map((colour) => ({ box: still, heads: [DRIVER], look: { worn: 0.02, colour, garment } }))).at(-1)
      ?.persons[0];

  it('have the colour that most looks agree on, and no garment while nobody can tell', () => {
    const person = wearing(['red', 'red', 'red', 'blue', 'red', 'red']);
    expect(person).toMatchObject({ upperColour: { name: 'red' }, garment: null });
    expect(person?.upperColour?.score).toBeCloseTo(5 / 6, 1);
  });

  it('have the garment the looks name', () => {
    expect(wearing(['red', 'red', 'red'], 'vest')?.garment).toEqual({ name: 'vest', score: 1 });
  });

  it('have no colour when too few agree, or nothing was seen of it', () => {
    expect(wearing(['red', 'blue', 'red', 'blue', 'red'])?.upperColour).toBeNull();
    expect(play(times(5, () => ({ box: still, heads: [DRIVER] }))).at(-1)?.persons[0]?.upperColour).toBeNull();
  });
});
