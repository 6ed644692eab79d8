/** The configuration through the console: masked, checked, tried, taken back; the loudspeakers and their manners. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../scripts/lib/ports';
import { ConsoleBox, TECHNICIAN, type Visitor } from '../support/console';

jest.setTimeout(90_000);

const SECRET = 'marker-5511-password';

let box: ConsoleBox;
let technician: Visitor;
beforeAll(async () => {
  box = await ConsoleBox.configured({
    cameras: [
      { id: 'east', url: 'rtsp://127.0.0.1:9/live?user=a&password=marker-5511-url', password: SECRET, enabled: false },
    ],
  });
  technician = await box.setUp();
});
afterAll(() => box[Symbol.asyncDispose]());

const read = async () => (await technician.ask('GET', '/api/config')).json;
const save = async (text: string) => technician.ask('PUT', '/api/config', { text, revision: (await read()).revision });

it('is shown without its secrets, with the schema that explains it', async () => {
  const { text, schema, previous } = await read();
  expect(text).toContain('••••••');
  expect(text).not.toContain('marker-5511');
  expect(previous).toBeNull();
  expect(schema.properties.cameras.items.properties.speaker.description).toContain('silent');
});

it('is saved on trial, keeps the secrets that were masked, and gives the earlier text back', async () => {
  const { text } = await read();
  const saved = await save(text.replace('"reactionMs": 1000', '"reactionMs": 2000'));
  expect(await box.decided(technician, saved.json)).toMatchObject({ state: 'in_force' });
  const file = readFileSync(box.configFile, 'utf8');
  for (const part of ['2000', SECRET, 'password=marker-5511-url']) expect(file).toContain(part);
  expect((await read()).previous).toBe(text);
});

it('returns to the text before the last change with the secrets that it had, and back', async () => {
  const { text } = await read();
  const changed = 'marker-5511-changed';
  const saved = await save(text.replace('"password": "••••••"', `"password": "${changed}"`));
  expect(await box.decided(technician, saved.json)).toMatchObject({ state: 'in_force' });
  const rollBack = async () => {
    const answer = await technician.ask('POST', '/api/config/roll-back', { revision: (await read()).revision });
    expect(await box.decided(technician, answer.json)).toMatchObject({ state: 'in_force' });
    return readFileSync(box.configFile, 'utf8');
  };
  expect(await rollBack()).toContain(SECRET);
  expect(await rollBack()).toContain(changed);
  expect(await rollBack()).toContain(SECRET);
  const late = await technician.ask('POST', '/api/config/roll-back', { revision: 'a'.repeat(64) });
  expect(late.status).toBe(422);
});

it('gives its secrets only to whoever types the own password again, and writes that down', async () => {
  const ask = (password: string) => technician.ask('POST', '/api/config/backup', { password });
  const refused = await ask('not the password');
  expect([refused.status, refused.json.error.code]).toEqual([401, 'wrong_login']);
  const { status, json } = await ask(TECHNICIAN.password);
  expect([status, json.text]).toEqual([200, readFileSync(box.configFile, 'utf8')]);
  const { rows } = (await technician.ask('GET', '/api/audit')).json;
  expect(rows.slice(0, 2)).toMatchObject([
    { by: TECHNICIAN.username, action: 'console.config.backup', detail: 'with secrets' },
    { by: TECHNICIAN.username, action: 'console.login', answer: '"wrong_login"' },
  ]);
  expect(box.service.said).not.toContain(SECRET);
});

it('names every problem of a text with its line and changes nothing', async () => {
  const before = readFileSync(box.configFile, 'utf8');
  const { json } = await technician.ask('POST', '/api/config/check', {
    text: 'version: 1\nnode: { id: "a b" }\ncameras: 7\n',
  });
  expect(json.problems.map(({ line, key }: { line: number; key: string }) => `${line} ${key}`)).toEqual([
    '2 node.id',
    '3 cameras',
  ]);
  const refused = await save('version: 2\n');
  expect([refused.status, refused.json.error.detail]).toEqual([422, expect.stringContaining('config:1')]);
  expect(readFileSync(box.configFile, 'utf8')).toBe(before);
});

it('takes no mask where there is no secret to keep', async () => {
  const { text } = await read();
  const refused = await save(text.replace('"id": "east"', '"id": "west"'));
  expect([refused.status, refused.json.error.detail]).toEqual([422, expect.stringContaining('write it out')]);
});

it('takes no change to a text that somebody else has changed since', async () => {
  const { text } = await read();
  const refused = await technician.ask('PUT', '/api/config', { text, revision: 'a'.repeat(64) });
  expect(refused.status).toBe(422);
});

it('takes a broker back that is not reached, and says why', async () => {
  const before = readFileSync(box.configFile, 'utf8');
  const broker = { url: `mqtt://127.0.0.1:${await freePort()}`, username: 'a', password: 'marker-5511-broker' };
  const { json } = await technician.ask('PUT', '/api/broker', broker);
  expect(await box.decided(technician, json)).toEqual({
    state: 'rolled_back',
    detail: expect.stringContaining('unreachable'),
  });
  expect(readFileSync(box.configFile, 'utf8')).toBe(before);
  expect((await read()).previous).toBeNull();
  expect(box.service.said).not.toContain('marker-5511-broker');
});

it('sets volumes and quiet hours, and a test phrase keeps to them', async () => {
  const test = async () => (await technician.ask('POST', '/api/speakers/horn/test', { lang: 'zh-CN' })).json;
  expect(await test()).toMatchObject({ playback: 'confirmed', text: expect.stringContaining('头盔') });
  const { json: now } = await technician.ask('GET', '/api/speakers');
  const { volume, noiseSensitive, approvalNumber } = now;
  const quiet = { volumes: {}, volume, noiseSensitive, approvalNumber, quietHours: { from: '00:00', to: '23:59' } };
  const { json } = await technician.ask('PUT', '/api/speakers', { ...quiet, noiseSensitive: true });
  expect(await box.decided(technician, json)).toMatchObject({ state: 'in_force' });
  expect(await test()).toMatchObject({ playback: 'failed', reason: 'noise_sensitive' });
  expect((await technician.ask('POST', '/api/speakers/nowhere/test', { lang: 'wuu' })).status).toBe(404);
  const bad = await technician.ask('PUT', '/api/speakers', { ...quiet, quietHours: { from: '25:00', to: '1' } });
  expect([bad.status, bad.json.error.detail]).toEqual([422, expect.stringContaining('quietHours')]);
});

it('starts the service anew when asked', async () => {
  const starts = () => box.service.said.split('the console is open').length;
  const before = starts();
  expect((await technician.ask('POST', '/api/restart', {})).status).toBe(204);
  await box.service.until('it starts anew', () => starts() > before);
  await box.serving(technician);
});

it('gives a diagnosis without secrets', async () => {
  const { status, headers, text } = await technician.ask('GET', '/api/diagnosis.zip');
  expect([status, headers.get('content-type')]).toEqual([200, 'application/zip']);
  expect(text.slice(0, 2)).toBe('PK');
  const { unzipSync, strFromU8 } = await import('fflate');
  const bytes = await fetch(`${box.base}/api/diagnosis.zip`, { headers: { cookie: technician.cookie } });
  const files = Object.entries(unzipSync(new Uint8Array(await bytes.arrayBuffer())));
  expect(files.map(([name]) => name).sort()).toEqual([
    'audit.json',
    'configuration.json',
    'figures.json',
    'health.json',
    'log.txt',
  ]);
  for (const [, content] of files) {
    expect(content.length).toBeGreaterThan(10);
    expect(strFromU8(content)).not.toContain('marker-5511');
  }
});

it('keeps a data folder that only the service reads', () => {
  const file = join(box.site.dataFolder, 'console/accounts.json');
  expect(readFileSync(file, 'utf8')).toContain('li');
});
