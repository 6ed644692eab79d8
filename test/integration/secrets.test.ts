/** Marker passwords in every place a configuration has for one: none of them in any word that leaves the box. */
import { strFromU8, unzipSync } from 'fflate';
import { ROUTES } from '../../src/console/contract';
import { COMMAND_NAMES } from '../../src/mqtt/commands';
import { ConsoleBox, TECHNICIAN, type Visitor } from '../support/console';
import { Mosquitto, PASSWORD } from '../support/mosquitto';
import { Platform } from '../support/platform';
import { brokerAccess, eventually, TOPICS } from '../support/service';

jest.setTimeout(180_000);

const FROM_ENVIRONMENT = { ANQI_CAMERA_WEST_PASSWORD: 'marker-of-west', ANQI_SPEAKER_POLE_PASSWORD: 'marker-of-pole' };
const CAMERAS = [
  // Whatever tries to reach it, and fails, talks about it.
  {
    id: 'east',
    url: 'rtsp://127.0.0.1:9/live?user=a&password=marker-of-url',
    username: 'v',
    password: 'marker-of-east',
  },
  { id: 'west', url: 'rtsp://127.0.0.1:9/live', username: 'v' },
];
const SPEAKERS = [
  { id: 'pole', kind: 'axis', url: 'http://127.0.0.1:9', username: 'v' },
  { id: 'gate', kind: 'hikvision', url: 'http://127.0.0.1:9', username: 'v', password: 'marker-of-gate' },
];
const UPLOAD = { url: 'http://127.0.0.1:9/store', username: 'v', password: 'marker-of-store' };

it('no log, answer of the API, MQTT message or file of the diagnosis has one', async () => {
  Object.assign(process.env, FROM_ENVIRONMENT);
  await using broker = await Mosquitto.started();
  expect(PASSWORD).toMatch(/^marker-/);
  await using everything = await broker.subscribe('#');
  const mqtt = { ...brokerAccess(broker), commands: COMMAND_NAMES };
  await using box = await ConsoleBox.configured({
    mqtt,
    cameras: CAMERAS,
    speakers: SPEAKERS,
    evidence: { upload: UPLOAD },
  });
  const technician = await box.setUp();
  const offline = (id: string) => everything.payloads(TOPICS.camera(id).state).some((one) => one.includes('"offline"'));
  await eventually(everything, () => ['east', 'west'].every(offline));

  const platform = new Platform(broker, everything);
  for (const command of ['info', 'config.get', 'stats.get'])
    expect(await platform.ask(command)).toMatchObject({ status: 'ok' });
  for (const [command, params] of [
    ['prompt.test', { speaker: 'pole', lang: 'zh-CN' }],
    ['snapshot', { camera: 'east' }],
  ] as const)
    expect(await platform.ask(command, params)).toMatchObject({ transaction: expect.any(String) });
  const answers = await everyAnswer(technician);
  const diagnosis = Object.entries(unzipSync(new Uint8Array(answers.get('/api/diagnosis.zip') ?? [])));

  const said = [
    ['log', box.service.said],
    ...everything.received.map(({ topic, payload }) => [topic, payload]),
    ...[...answers].map(([path, bytes]) => [path, bytes.toString()]),
    ...diagnosis.map(([name, bytes]) => [name, strFromU8(bytes)]),
  ];
  const leaks = said.flatMap(([where, text]) =>
    [...(text ?? '').matchAll(/.{60}marker-[a-z0-9-]+/gs)].map(([one]) => [where, one]),
  );
  expect(leaks).toEqual([]);
  // Each was looked at indeed, and the console could have told.
  expect(box.service.said).toContain('rtsp://');
  expect(answers.get('/api/config')?.toString()).toContain('••••••');
  expect(diagnosis).toHaveLength(5);
  const told = await technician.ask('POST', '/api/config/backup', { password: TECHNICIAN.password });
  expect(told.text).toContain('marker-of-east');
});

/** Whatever can be read with a technician's login. @returns path → answer */
async function everyAnswer(technician: Visitor): Promise<ReadonlyMap<string, Buffer>> {
  const answers = new Map<string, Buffer>();
  for (const { method, path } of Object.values(ROUTES)) {
    if (method !== 'GET') continue;
    const { status, bytes } = await technician.ask('GET', path.replace(':id', 'east').replaceAll(/:\w+/g, 'none'));
    if (status === 200) answers.set(path, bytes);
  }
  for (const path of [
    '/api/config',
    '/api/cameras',
    '/api/speakers',
    '/api/health',
    '/api/audit',
    '/api/diagnosis.zip',
  ])
    expect([...answers.keys()]).toContain(path);
  return answers;
}
