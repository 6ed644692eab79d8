/** The shipped models and the whole pipeline on the junction film, held against the film's truth. */
import { join } from 'node:path';
import type { IncidentEvent } from '../../src/mqtt/events';
import { type Replayed, recordingSecond, replayed } from '../support/replayed';
import { readTruth, type Truth, vehicleAt, violatorIds } from '../support/truth';

const CLIPS = join(__dirname, '../clips');
const FILM = join(CLIPS, 'junction-demo.mp4');

describe('the junction film', () => {
  let run: Replayed;
  let truth: Truth;
  beforeAll(async () => {
    truth = readTruth(join(CLIPS, 'junction-demo.truth.json'));
    run = await replayed(FILM);
  }, 240_000);

  const ofType = <T extends IncidentEvent['type']>(type: T): Extract<IncidentEvent, { type: T }>[] =>
    run.events.filter((event): event is Extract<IncidentEvent, { type: T }> => event.type === type);

  /** The person of the truth that a violation means. */
  const subjectOf = (event: Extract<IncidentEvent, { type: 'cn.anqi.helmet.violation.v1' }>): string | undefined => {
    const vehicle = vehicleAt(truth, recordingSecond(event), event.data.vehicle.box);
    return vehicle?.persons.find((person) => person.seat === event.data.persons[0]?.seat)?.id;
  };

  it('finds the bare-headed driver and the bare-headed passenger, once each, and nobody else', () => {
    const found = ofType('cn.anqi.helmet.violation.v1').map(subjectOf);
    expect([...found].sort()).toEqual(violatorIds(truth));
  });

  it('speaks only of violators: every prompt belongs to one of these incidents', () => {
    const incidents = new Set(ofType('cn.anqi.helmet.violation.v1').map((event) => event.data.incidentId));
    expect(incidents.size).toBe(violatorIds(truth).length);
    for (const prompt of ofType('cn.anqi.helmet.prompt.v1')) expect(incidents).toContain(prompt.data.incidentId);
  });

  it('tells the driver in Mandarin, then in dialect, and sees the helmet after it was put on', () => {
    const person = truth.actors.flatMap((actor) => actor.persons).find((one) => (one.helmetOnAtS ?? 0) > 0);
    const violation = ofType('cn.anqi.helmet.violation.v1').find((event) => subjectOf(event) === person?.id);
    const outcome = ofType('cn.anqi.helmet.outcome.v1').find(
      (event) => event.data.incidentId === violation?.data.incidentId,
    );
    expect(outcome?.data.outcome.result).toBe('corrected');
    expect(outcome?.data.outcome.afterPromptLang).toBe('wuu');
    expect(outcome?.data.prompts.map((prompt) => prompt.lang)).toEqual(['zh-CN', 'wuu']);
    expect(outcome === undefined ? 0 : recordingSecond(outcome)).toBeGreaterThan(person?.helmetOnAtS ?? Infinity);
  });

  it('names the colour the driver wears; of the passenger behind him the right one or none', () => {
    const named = ofType('cn.anqi.helmet.violation.v1').map((event) => {
      const id = subjectOf(event);
      const worn = truth.actors.flatMap((actor) => actor.persons).find((person) => person.id === id)?.upperColour;
      const [person] = event.data.persons;
      return { seat: person?.seat, worn, said: person?.appearance?.upperColour };
    });
    expect(named.find(({ seat }) => seat === 'driver')).toMatchObject({ said: 'blue', worn: 'blue' });
    for (const { said, worn } of named) expect([worn, undefined]).toContain(said);
  });

  it('singles out by the colour and the seat of the truth', () => {
    const told = ofType('cn.anqi.helmet.prompt.v1').flatMap(({ data: { incidentId, prompt } }) => {
      const violation = ofType('cn.anqi.helmet.violation.v1').find((event) => event.data.incidentId === incidentId);
      const actor = truth.actors.find(({ persons }) =>
        persons.some(({ id }) => violation && id === subjectOf(violation)),
      );
      const { described } = prompt;
      const meant = actor?.persons.find(({ seat }) => seat === described?.seat);
      return described === undefined ? [] : [{ said: described.colour, worn: meant?.upperColour, text: prompt.text }];
    });
    expect(told.length).toBeGreaterThan(0);
    for (const { said, worn } of told) expect(said).toBe(worn);
    expect(told.map(({ text }) => text).join()).toContain('蓝色');
  });

  it('records one outcome for every violation', () => {
    const count = ofType('cn.anqi.helmet.violation.v1').length;
    expect(ofType('cn.anqi.helmet.outcome.v1')).toHaveLength(count);
    expect(run.summary.incidents).toBe(count);
  });

  it('writes one tracks line for each analysed frame, in order', () => {
    expect(run.tracks.map((line) => line.frame)).toEqual(run.tracks.map((_line, index) => index));
    expect(run.tracks).toHaveLength(run.summary.frames);
    expect(Math.abs(run.summary.frames - truth.video.durationS * 5)).toBeLessThanOrEqual(2);
  });

  it('numbers its events without gaps', () => {
    expect(run.events.map((event) => Number(event.sequence))).toEqual(run.events.map((_event, index) => index + 1));
  });
});
