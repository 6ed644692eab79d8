/** Incidents in the files of a box that has not run yet. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fillIncidents } from '../../scripts/benchmark/incidents';
import type { Ended } from '../../src/incident/rate';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';
import { openDatabase } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';
import type { Site } from './service';

/** The incident that is told in full. */
export const STORY = EVENT_EXAMPLES.map(({ data }) => data.incidentId)[0] ?? '';
const PICTURE = join(__dirname, '../../scripts/demonstration/junction.jpg');

/** One incident with its events and pictures of a junction, and `many` others of the last month. */
export async function seedIncidents(site: Site, many: number): Promise<void> {
  const { database } = openDatabase({ path: join(site.dataFolder, 'outbox.db'), nowMs: 0 });
  const outbox = new Outbox(database);
  const nowMs = Date.now();
  const ended: Ended = {
    ...{ incidentId: STORY, cameraId: 'c1', atMs: nowMs - 1_000, seat: 'driver', result: 'corrected' },
    ...{ heard: [{ number: 1, lang: 'zh-CN' }], reactionMs: 4_200 },
  };
  for (const event of EVENT_EXAMPLES) {
    const entry = event.type === 'cn.anqi.helmet.outcome.v1' ? { entry: { kind: 'ended' as const, ended } } : {};
    outbox.append({ topic: 't', build: () => JSON.stringify(event), ...entry }, nowMs);
  }
  fillIncidents(database, { count: many, days: 29, nowMs });
  outbox.close();
  const folder = join(site.dataFolder, 'evidence/2026-11-23');
  await mkdir(folder, { recursive: true });
  for (const name of [`${STORY}-7-full.jpg`, `${STORY}-7-crop.jpg`, 'other-7-full.jpg'])
    await copyFile(PICTURE, join(folder, name));
}
