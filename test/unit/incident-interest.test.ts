/** How much hangs on the heads of a vehicle. */

import type { Incident, OutcomeResult } from '../../src/incident/incident';
import { interestIn } from '../../src/incident/interest';
import { unseen } from '../../src/incident/machine';
import type { Rider } from '../../src/rider/riders';
import type { Interest } from '../../src/vision/attention';
import { person, rider } from '../support/scene';

const incident = (personId: string, outcome: OutcomeResult | null): Incident => ({
  id: `i-${personId}`,
  personId,
  seat: 'driver',
  confirmedAtMs: 0,
  worn: null,
  isSamePerson: true,
  lastState: 'not_worn',
  prompts: [],
  outcome,
});
const worn = person('1.1', { state: 'worn' });
const bare = person('1.1', { state: 'not_worn' });
const unsure = person('1.2', { state: 'unknown' });

it.each<[string, Rider | undefined, readonly Incident[], Interest]>([
  ['nothing is known of', undefined, [], 'undecided'],
  ['nobody was found on', rider([]), [], 'undecided'],
  ['somebody with a helmet rides', rider([worn]), [], 'settled'],
  ['one of two is not known yet', rider([worn, unsure]), [], 'undecided'],
  ['a bare-headed rider outside the zone may enter', rider([bare]), [], 'undecided'],
  ['a violator waits for his outcome', rider([bare]), [incident('1.1', null)], 'watched'],
  ['a violator has just put it on', rider([worn]), [incident('1.1', null)], 'watched'],
  [
    'one of two violators still waits',
    rider([worn, unsure]),
    [incident('1.1', 'corrected'), incident('1.2', null)],
    'watched',
  ],
  ['a violator is done', rider([worn]), [incident('1.1', 'corrected')], 'settled'],
  ['a violator is done, whatever he shows now', rider([bare]), [incident('1.1', 'corrected')], 'settled'],
])('a vehicle %s is %4$s', (_case, seen, incidents, expected) => {
  expect(interestIn(seen, { ...unseen(1), incidents })).toBe(expected);
});

it('a vehicle of which nothing was ever decided is undecided', () => {
  expect(interestIn(rider([unsure]), undefined)).toBe('undecided');
});
