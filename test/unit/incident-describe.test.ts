/** Which words tell one rider apart from everybody else in view. */
import type { ClothingColour } from '../../src/domain';
import { describe as describeRider } from '../../src/incident/describe';
import type { Rider } from '../../src/rider/riders';
import { person, rider } from '../support/scene';

const wearing = (trackId: number, colours: readonly (ClothingColour | null)[], rest: Partial<Rider> = {}): Rider =>
  rider(
    colours.map((name, i) =>
      person(`${trackId}.${i}`, {
        seat: i === 0 ? 'driver' : 'passenger',
        upperColour: name === null ? null : { name, score: 0.9 },
      }),
    ),
    { trackId, ...rest },
  );

const subject = wearing(1, ['blue', 'red']);

it.each<[string, readonly Rider[], ClothingColour | null]>([
  ['alone: the colour of the driver', [], 'blue'],
  ['beside another colour', [wearing(2, ['green'])], 'blue'],
  ['beside the same colour on another driver', [wearing(2, ['blue'])], null],
  ['beside the same colour on a passenger', [wearing(2, ['green', 'blue'])], null],
  ['beside the same colour on somebody hidden just now', [wearing(2, ['blue'], { isVisible: false })], 'blue'],
  ['beside somebody whose colour is not known', [wearing(2, [null])], 'blue'],
])('%s', (_case, others, colour) => {
  expect(describeRider(subject, [subject, ...others])).toEqual({ colour });
});

it('names none that is not known, and none where nobody sits', () => {
  expect(describeRider(wearing(1, [null, 'red']), [])).toEqual({ colour: null });
  expect(describeRider(rider([]), [])).toEqual({ colour: null });
});
