/** The wire contract's page shows events as they are: every example passes the schema it explains. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND_NAMES } from '../../src/mqtt/commands';
import { incidentEvent } from '../../src/mqtt/events';
import { topicsOf } from '../../src/mqtt/topics';

const PAGE = readFileSync(join(__dirname, '../../src/mqtt/README.md'), 'utf8');
const examples = [...PAGE.matchAll(/```json event\n([\s\S]*?)```/g)].map((match): unknown =>
  JSON.parse(match[1] ?? ''),
);

it('shows one valid example of each event, all of one incident, numbered without a gap', () => {
  const events = examples.map((example) => incidentEvent.parse(example));
  expect(events.map((event) => event.type)).toEqual([
    'cn.anqi.helmet.violation.v1',
    'cn.anqi.helmet.prompt.v1',
    'cn.anqi.helmet.outcome.v1',
  ]);
  expect(new Set(events.map((event) => event.data.incidentId)).size).toBe(1);
  expect(new Set(events.map((event) => event.id)).size).toBe(3);
  expect(events.map((event) => Number(event.sequence))).toEqual([1840, 1841, 1842]);
});

it('lists every topic the node writes', () => {
  const topics = topicsOf('N');
  const camera = topics.camera('C');
  const written = [topics.state, topics.info, topics.health, camera.state, topics.speakerState('S')];
  const commands = COMMAND_NAMES.filter((name) => !PAGE.includes(`\`${name}\``));
  expect(commands).toEqual([]);
  const events = (['violation', 'prompt', 'outcome'] as const).map((kind) => camera.event(kind));
  for (const topic of [...written, ...events]) {
    const shown = topic.replace('/N/', '/{node}/').replace('/C/', '/{camera}/').replace('/S/', '/{speaker}/');
    expect(PAGE).toContain(`\`${shown}\``);
  }
});
