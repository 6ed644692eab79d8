/** What the service refuses to start with, and that it touches nothing before it has refused. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { portOf } from '../../scripts/rtsp-camera/film';
import { MODEL_FOLDER } from '../../src/places';
import { type ConfigParts, ServiceProcess, Site } from '../support/service';

jest.setTimeout(60_000);

/** A camera and a broker in one: counts who knocks. */
async function doorbell(): Promise<{ server: Server; url(scheme: string): string; rings(): number }> {
  let rings = 0;
  const server = createServer((socket) => {
    rings += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: (scheme) => `${scheme}://127.0.0.1:${portOf(server)}/live`, rings: () => rings };
}

describe('a configuration that is not right', () => {
  test.each<{ title: string; spoil: (good: ConfigParts) => ConfigParts | string; names: readonly RegExp[] }>([
    {
      title: 'has unknown keys and wrong values: all are named at once, with lines',
      spoil: (good) => ({ ...good, cameraz: [], evidence: { retentionDays: 400 }, log: { level: 'loud' } }),
      names: [/anqi\.yaml:\d+: cameraz: /, /evidence\.retentionDays: found 400/, /log\.level: found "loud"/],
    },
    {
      title: 'is no YAML',
      spoil: () => 'version: 1\ncameras: [',
      names: [/anqi\.yaml:2: found/],
    },
    {
      title: 'has a sentence that no voice can say',
      spoil: (good) => ({ ...good, prompts: { wording: { base: { 'zh-CN': '请戴好{帽子}' } } } }),
      names: [/prompts\.wording: .*base/],
    },
  ])('$title: exit 2, and no file, port or program was touched', async ({ spoil, names }) => {
    await using site = await Site.make();
    const bell = await doorbell();
    const called = join(site.folder, 'called');
    const note = { script: `echo "$0" >> '${called}'; exit 1` };
    const path = await site.path({ ffmpeg: note, ffprobe: note, 'espeak-ng': note, setpriv: note, paplay: note });
    const good = site.config({
      cameras: [{ id: 'c1', url: bell.url('rtsp'), speaker: 'horn' }],
      mqtt: { url: bell.url('mqtt') },
    });
    await using service = ServiceProcess.run(await site.write(spoil(good)), { PATH: path });
    expect(await service.exited()).toEqual({ code: 2, signal: null });
    for (const name of names) expect(service.said).toMatch(name);
    expect({
      ...{ rings: bell.rings(), hasCalled: existsSync(called) },
      ...{ hasData: existsSync(site.dataFolder), hasSpoken: existsSync(site.spokenFolder) },
    }).toEqual({ rings: 0, hasCalled: false, hasData: false, hasSpoken: false });
    bell.server.close();
  });

  test('is not there, nor is its folder: exit 2, and the file is named', async () => {
    await using site = await Site.make();
    await using service = ServiceProcess.run(join(site.folder, 'absent/anqi.yaml'));
    expect(await service.exited()).toEqual({ code: 2, signal: null });
    expect(service.said).toContain(join(site.folder, 'absent/anqi.yaml'));
  });
});

describe('models that are not the ones', () => {
  test.each<{ title: string; spoil: (folder: string) => Promise<void>; names: readonly string[] }>([
    {
      title: 'a file that differs from its checksum',
      spoil: (folder) => appendFile(join(folder, 'head-finder.onnx'), 'x'),
      names: ['head-finder.onnx', 'sha256', 'head-finder.json', 'model/checksum'],
    },
    {
      title: 'other labels',
      spoil: (folder) => change(folder, 'head-classifier.json', { labels: ['bare', 'worn', 'unreadable'] }),
      names: ['head-classifier.json', 'labels', 'model/contract'],
    },
    {
      title: 'another input size',
      spoil: (folder) =>
        change(folder, 'rider-detector.json', {
          input: {
            ...{ name: 'pixels', shape: [1, 416, 416, 3] },
            ...{ type: 'uint8', layout: 'NHWC', colour: 'RGB' },
          },
        }),
      names: ['rider-detector.json', 'input.shape', 'model/contract'],
    },
    {
      title: 'none at all',
      spoil: (folder) => rm(join(folder, 'rider-detector.onnx')),
      names: ['rider-detector.onnx', 'models.folder', 'model/missing'],
    },
  ])('$title: exit 1, the file and what is wrong are named', async ({ spoil, names }) => {
    await using site = await Site.make();
    const folder = join(site.folder, 'models');
    await mkdir(folder);
    await cp(MODEL_FOLDER, folder, { recursive: true });
    await spoil(folder);
    const config = site.config({ models: { folder }, cameras: [{ id: 'c1', url: 'rtsp://127.0.0.1:9/live' }] });
    await using service = ServiceProcess.run(await site.write(config));
    expect(await service.exited()).toEqual({ code: 1, signal: null });
    for (const name of names) expect(service.said).toContain(name);
  });
});

async function change(folder: string, manifest: string, parts: object): Promise<void> {
  const path = join(folder, manifest);
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...parts }));
}
