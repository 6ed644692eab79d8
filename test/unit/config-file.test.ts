/** Changes to a configuration file that do not fit it: told, never thrown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigFile } from '../../src/config/config-file';
import { readSeed } from '../../src/config/first';

const GOOD = 'version: 1\nnode: { id: box-1, name: gate }\ncameras: [{ id: east, url: "rtsp://192.0.2.10/1" }]\n';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anqi-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): ConfigFile {
  const path = join(folder, 'anqi.yaml');
  writeFileSync(path, text);
  return new ConfigFile(path);
}

test.each([
  ['below a name', { node: { name: { deeper: { still: 1 } } } }],
  ['a key of a list', { cameras: { east: { name: 'x' } } }],
  ['an entry far behind the end of a list', { cameras: { 4000000000: { id: 'x' } } }],
])('%s is refused by what the configuration may hold', (_title, changes) => {
  expect(fileOf(GOOD).propose(changes, {})).toMatchObject({ ok: false, problems: expect.stringContaining('found') });
});

test.each([
  ['a file that is no YAML', 'node: ['],
  ['a file that holds one word', 'hello'],
])('%s takes no changes', (_title, text) => {
  expect(fileOf(text).propose({ node: { id: 'x' } }, {})).toMatchObject({ ok: false });
});

test('removing what is not there changes nothing', () => {
  expect(fileOf(GOOD).propose({ node: { name: { deeper: null } }, mqtt: { url: null } }, {})).toMatchObject({
    ok: true,
  });
});

test('a seed with an alias that leads nowhere is none', () => {
  expect(readSeed(fileOf('dataFolder: *nowhere\n').path)).toBeUndefined();
});
