/** Incidents through the console: listed, told, shown, marked, and every look in the audit. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';
import { TestBrowser } from '../support/browser';
import { ConsoleBox, TECHNICIAN, type Visitor } from '../support/console';
import { STORY, seedIncidents } from '../support/incidents';

jest.setTimeout(90_000);

const MANY = 100_000;

let box: ConsoleBox;
let technician: Visitor;
let wrongFolder: string;
beforeAll(async () => {
  box = await ConsoleBox.configured({ cameras: [], console: {} }, (site) => seedIncidents(site, MANY));
  technician = await box.setUp();
  wrongFolder = join(box.site.folder, 'wrong');
});
afterAll(() => box[Symbol.asyncDispose]());

const list = async (query = '') => (await technician.ask('GET', `/api/incidents${query}`)).json.incidents;

it('lists the latest first, page by page, and filters', async () => {
  const first = await list('?limit=3');
  expect(first.map(({ incidentId }: { incidentId: string }) => incidentId)).toEqual([STORY, 'many-0', 'many-1']);
  const next = await list(`?limit=2&before=${encodeURIComponent(first[2].endedAt)}`);
  expect(next[0].incidentId).toBe('many-2');
  const kept = await list('?limit=5&result=not_corrected');
  expect(new Set(kept.map(({ result }: { result: string }) => result))).toEqual(new Set(['not_corrected']));
  expect(await list('?camera=nowhere')).toEqual([]);
  expect((await technician.ask('GET', '/api/incidents?result=maybe')).status).toBe(400);
  expect((await technician.ask('GET', '/api/incidents?before=yesterday')).status).toBe(400);
});

it('tells the story of one: seen, prompts with their proof, outcome, evidence', async () => {
  const { json } = await technician.ask('GET', `/api/incidents/${STORY}`);
  expect(json.steps.map(({ kind }: { kind: string }) => kind)).toEqual(
    EVENT_EXAMPLES.map(({ type }) => type.split('.')[3]),
  );
  expect(json.steps[0].persons[0]).toMatchObject({ seat: 'driver', head: 'not_worn', votes: { notWorn: 9, worn: 1 } });
  expect(json.steps.find(({ kind }: { kind: string }) => kind === 'prompt').prompt).toMatchObject({
    playback: 'confirmed',
    proof: 'sound',
  });
  expect(json.evidence).toEqual([
    { kind: 'crop', name: `${STORY}-7-crop.jpg` },
    { kind: 'full', name: `${STORY}-7-full.jpg` },
  ]);
  expect((await technician.ask('GET', '/api/incidents/nobody')).status).toBe(404);
});

it('shows its own pictures and no other file', async () => {
  const picture = await technician.ask('GET', `/api/incidents/${STORY}/evidence/${STORY}-7-full.jpg`);
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  for (const name of ['other-7-full.jpg', '..%2f..%2foutbox.db', '%2e%2e', 'x%00.jpg', `${STORY}-7-full.jpg%2f..`]) {
    const { status } = await technician.ask('GET', `/api/incidents/${STORY}/evidence/${name}`);
    expect([400, 404]).toContain(status);
  }
});

it('keeps a mark with its reason, and copies nothing unless the site wants it', async () => {
  const mark = (reason: string | null, note = '') =>
    technician.ask('PUT', `/api/incidents/${STORY}/mark`, { reason, note });
  expect((await mark('cap_or_hood', '草帽 <b>')).status).toBe(204);
  const [marked] = await list('?marked=yes');
  expect(marked).toMatchObject({ incidentId: STORY, mark: { by: 'li', reason: 'cap_or_hood', note: '草帽 <b>' } });
  expect(existsSync(wrongFolder)).toBe(false);
  expect((await mark('nonsense')).status).toBe(400);
  expect((await mark(null)).status).toBe(204);
  expect(await list('?marked=yes')).toEqual([]);
  const { text, revision } = (await technician.ask('GET', '/api/config')).json;
  const wanted = text.replace('"console": {', `"console": { "wrongFolder": ${JSON.stringify(wrongFolder)},`);
  const saved = await technician.ask('PUT', '/api/config', { text: wanted, revision });
  expect(await box.decided(technician, saved.json)).toMatchObject({ state: 'in_force' });
  expect((await mark('helmet_on')).status).toBe(204);
  expect(readdirSync(wrongFolder).sort()).toEqual([`${STORY}-7-crop.jpg`, `${STORY}-7-full.jpg`, `${STORY}.json`]);
});

it('writes down who looked at which', async () => {
  const { json } = await technician.ask('GET', '/api/audit');
  const rows = json.rows.map(({ by, action, detail }: Record<string, string>) => `${by} ${action} ${detail}`);
  for (const row of [`li console.incident.view ${STORY}`, `li console.evidence.view ${STORY} ${STORY}-7-full.jpg`])
    expect(rows).toContain(row);
});

it('counts a year of incidents', async () => {
  const { json } = await technician.ask('GET', '/api/figures?since=365d');
  expect(json.total.reminded).toBe(MANY + 1);
  const csv = await technician.ask('GET', '/api/figures.csv?since=365d');
  expect(csv.text).toContain(`total,,${MANY + 1},`);
});

it('is read on a phone', async () => {
  await using browser = await TestBrowser.open();
  await using sheet = await browser.device('phone', box.base);
  const { page } = sheet;
  await page.goto('/#/incidents');
  await page.getByLabel('用户名').fill(TECHNICIAN.username);
  await page.getByLabel('密码').first().fill(TECHNICIAN.password);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('heading', { name: '事件', level: 1 }).waitFor();
  await page.getByRole('row').nth(1).waitFor();
  await sheet.keep('incidents');
  expect(await sheet.accessibility()).toEqual([]);
  await page.getByRole('row').nth(1).getByRole('link').click();
  await page.getByText('声卡上听到了声音').first().waitFor();
  await sheet.keep('incident');
  expect(await sheet.accessibility()).toEqual([]);
  expect(await sheet.overflowPx()).toBeLessThanOrEqual(0);
  expect(sheet.complaints).toEqual([]);
});
