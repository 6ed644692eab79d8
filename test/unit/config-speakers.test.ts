/** Every speaker shown in the manual, with its comment signs taken away, is a good one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/load';
import { speakerOptions } from '../../src/room-options';

const TEXT = readFileSync(join(__dirname, '../../config/anqi.example.yaml'), 'utf8');

function shown(): string {
  const [, block = ''] = /^speakers:\n([\s\S]*?)\n\n/m.exec(TEXT) ?? [];
  return block.replace(/^ {2}# /gm, '  ').replace(/^( +)# (interface|password|device):/gm, '$1$2:');
}

test('the manual shows one of each kind, and all of them are good', () => {
  const config = { version: 1, node: { id: 'a' }, cameras: [{ id: 'c', url: 'rtsp://192.0.2.1/' }] };
  const speakers: unknown = parse(`speakers:\n${shown()}`).speakers;
  const result = parseConfig(JSON.stringify({ ...config, speakers }), { ANQI_SPEAKER_POLE_PASSWORD: 'secret' });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 1));
  const options = result.config.speakers.map(speakerOptions);
  expect(options.map(({ kind }) => kind)).toEqual(['local', 'folder', 'axis', 'hikvision', 'dahua', 'onvif', 'rtp']);
  expect(options[2]).toMatchObject({
    ...{ url: 'http://192.0.2.30', acceptsAnyCertificate: false },
    credentials: { username: 'anqi', password: 'secret' },
  });
  expect(options[6]).toMatchObject({ host: '239.255.0.10', port: 5004, interface: '192.0.2.2' });
});
