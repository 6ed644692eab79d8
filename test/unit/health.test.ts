/** Which symptoms a node has, and what they amount to. */
import { symptomsOf, verdict } from '../../src/health';

const parts = (...entries: readonly (readonly [string, boolean])[]) => new Map(entries);
const outbox = { oldestAgeMs: 0, dropped: 0, isReadable: true, isOnDisk: true };
const good = { cameras: parts(['east', true]), speakers: parts(['horn', true]), outbox };

describe('symptoms', () => {
  it('are none when all is well, or nothing is known yet', () => {
    expect(symptomsOf(good)).toEqual([]);
    expect(symptomsOf({ cameras: parts(), speakers: parts(), outbox })).toEqual([]);
  });

  it('name each bad part, sorted', () => {
    const cameras = parts(['west', false], ['north', true], ['east', false]);
    const speakers = parts(['horn', false]);
    const worst = { oldestAgeMs: 3_600_000, dropped: 2, isReadable: false, isOnDisk: false };
    expect(symptomsOf({ cameras, speakers, outbox: worst })).toEqual([
      ...['camera:east', 'camera:west'],
      ...['outbox:dropped', 'outbox:memory', 'outbox:unreadable', 'outbox:waiting'],
      'speaker:horn',
    ]);
  });

  it('name the provider of the models where it is not the wanted one', () => {
    expect(symptomsOf({ ...good, inference: parts(['provider', true]) })).toEqual([]);
    expect(symptomsOf({ ...good, inference: parts(['provider', false]) })).toEqual(['inference:provider']);
  });

  it('allow an event a minute on its way', () => {
    expect(symptomsOf({ ...good, outbox: { ...outbox, oldestAgeMs: 60_000 } })).toEqual([]);
    expect(symptomsOf({ ...good, outbox: { ...outbox, oldestAgeMs: 60_001 } })).toEqual(['outbox:waiting']);
  });
});

it.each([
  ['healthy', [], parts(['east', true])],
  ['healthy', [], parts()],
  ['degraded', ['camera:west'], parts(['east', true], ['west', false])],
  ['degraded', ['outbox:waiting'], parts(['east', true])],
  ['failing', ['camera:east', 'camera:west'], parts(['east', false], ['west', false])],
])('a node is %s with %j', (status, symptoms, cameras) => expect(verdict(symptoms, cameras)).toBe(status));
