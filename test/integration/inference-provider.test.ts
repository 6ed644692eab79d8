/** A graphics card that is wanted and not there, as where npm brought onnxruntime without its CUDA library: the CPU does the work, and it is said. */
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { anqi } from '../support/anqi';
import { Mosquitto } from '../support/mosquitto';
import { brokerAccess, eventsIn, eventually, ServiceProcess, Site, TOPICS } from '../support/service';
import { bareHeadedFilm } from '../support/service-film';

jest.setTimeout(120_000);

const REASON =
  /^cuda cannot be used \(.*Cuda: Failed to load shared library\), the models run on the CPU: .*README\.md/;

test('riders are found all the same, health has the symptom, the log says once why', async () => {
  using film = bareHeadedFilm();
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await using camera = await RtspCamera.start({ film: film.path });
  const cameras = [{ id: 'east', url: camera.url, speaker: 'horn' }];
  const config = site.config({ mqtt: brokerAccess(broker), cameras, models: { provider: 'cuda' } });
  await using service = ServiceProcess.run(await site.write(config));
  await eventually(subscriber, (so) => eventsIn(so).some(({ type }) => type === 'cn.anqi.helmet.violation.v1'));
  await subscriber.until(() => {
    const health = JSON.parse(subscriber.payloads(TOPICS.health).at(-1) ?? '{"symptoms":[]}');
    return health.status === 'degraded' && health.symptoms.includes('inference:provider');
  });
  expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
  const lines = service.said.split('\n').filter((line) => line.startsWith('{'));
  const told = lines.map((line) => JSON.parse(line)).filter(({ reason }) => REASON.test(String(reason)));
  expect(told.map(({ level }) => level)).toEqual(['warn']);
});

test.each([
  ['cuda', /^warning 注意: cuda cannot be used .*Cuda: Failed/m, /cuda cannot be used/],
  ['tensorrt', /^warning 注意: tensorrt cannot be used .*TensorRT: Failed/m, /tensorrt cannot be used/],
])('anqi check and anqi doctor tell of it: %s', async (provider, warning, finding) => {
  await using site = await Site.make();
  const file = await site.write(site.config({ cameras: [], models: { provider } }));
  const checked = await anqi('check', file);
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringMatching(/good/) });
  expect(checked.stderr).toMatch(warning);
  const { code, stdout } = await anqi('doctor', '--quick', '--json', '--config', file);
  const models = stdout.split('\n').flatMap((line) => (line.includes('"models"') ? [JSON.parse(line)] : []));
  expect(code).toBe(0);
  expect(models).toEqual([{ name: 'models', verdict: 'warn', detail: expect.stringMatching(finding) }]);
});

test('another word than the three is refused with its line', async () => {
  await using site = await Site.make();
  const { code, stderr } = await anqi(
    'check',
    await site.write(site.config({ cameras: [], models: { provider: 'gpu' } })),
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/models\.provider.*gpu/);
});
