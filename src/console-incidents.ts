/** What the console shows of incidents that are over: from the figures' rows, the events, and the evidence folder. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { Config } from './config/schema';
import { WRONG_REASONS } from './console/contract-incidents';
import type { IncidentPorts } from './console/ports';
import { ConsoleRefusal } from './console/refusal';
import { messageOf } from './errors';
import { type IncidentEvent, readEvent, type WirePerson } from './mqtt/events';
import { formatTime } from './mqtt/time';
import type { BookedIncident, IncidentBook } from './outbox/incident-book';
import type { Logger } from './runtime/logger';

export interface IncidentWindowParts {
  readonly config: Config;
  readonly incidents: IncidentBook;
  readonly log: Logger;
}

const TYPES: Readonly<Record<string, string>> = { '.jpg': 'image/jpeg', '.mp4': 'video/mp4' };
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function incidentPorts(
  parts: IncidentWindowParts,
  sinceOf: (since: string, timeZone: string) => number,
): IncidentPorts {
  const { config, incidents } = parts;
  const { timeZone } = config.node;
  const find = (id: string): BookedIncident => {
    const found = incidents.find(id);
    if (found === undefined) throw new ConsoleRefusal('not_found', `no incident ${id} that is over`);
    return found;
  };
  return {
    list: ({ since, before, camera: cameraId, result, reminded, marked, limit }) => {
      const beforeMs = before === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(before);
      if (Number.isNaN(beforeMs)) throw new ConsoleRefusal('bad_request', 'before: not a time');
      const flags = { isReminded: flagOf(reminded), isMarked: flagOf(marked) };
      const query = { sinceMs: sinceOf(since, timeZone), beforeMs, cameraId, result, ...flags, limit };
      return incidents.list(query).map((one) => shown(one, timeZone));
    },
    read: async (id) => {
      const incident = shown(find(id), timeZone);
      const events = incidents.story(id).flatMap((text) => {
        const read = readEvent(text);
        return read.ok ? [read.event] : [];
      });
      const files = await evidenceOf(config, id);
      const evidence = files.map((path) => ({ kind: kindOf(path), name: basename(path) }));
      return { incident, steps: events.map(stepOf), evidence };
    },
    evidence: async (id, name) => {
      find(id);
      const path = (await evidenceOf(config, id)).find((one) => basename(one) === name);
      if (path === undefined) throw new ConsoleRefusal('not_found', 'this picture is not there (any more)');
      return { name, type: TYPES[extname(path)] ?? 'application/octet-stream', content: await readFile(path) };
    },
    mark: async (id, { by, reason, note }) => {
      find(id);
      incidents.mark(id, reason === null ? null : { atMs: Date.now(), by, reason, note });
      const folder = config.console?.wrongFolder;
      if (folder !== undefined && reason !== null) await keepForTraining(parts, { id, folder, reason, note });
    },
  };
}

function flagOf(word: 'yes' | 'no' | undefined): boolean | undefined {
  return word === undefined ? undefined : word === 'yes';
}

function shown(
  { incidentId, cameraId, atMs, seat, result, heard, reactionMs, mark }: BookedIncident,
  timeZone: string,
) {
  const reason = WRONG_REASONS.find((one) => one === mark?.reason) ?? 'other';
  return {
    ...{ incidentId, camera: cameraId, seat, result, reactionMs },
    endedAt: formatTime(atMs, timeZone),
    prompts: heard.length,
    lastLang: heard.at(-1)?.lang ?? null,
    mark: mark === null ? null : { by: mark.by, reason, note: mark.note },
  };
}

function stepOf({ time: at, type, data }: IncidentEvent) {
  const nothing = { persons: [], prompt: null, outcome: null };
  switch (type) {
    case 'cn.anqi.helmet.violation.v1':
      return { at, kind: 'violation' as const, ...nothing, persons: data.persons.map(personOf) };
    case 'cn.anqi.helmet.prompt.v1': {
      const { number, lang, text, playback, proof = null, reason = null } = data.prompt;
      return { at, kind: 'prompt' as const, ...nothing, prompt: { number, lang, text, playback, proof, reason } };
    }
    case 'cn.anqi.helmet.outcome.v1': {
      const { result, reason = null, afterPrompt, reactionMs = null } = data.outcome;
      const outcome = { result, reason, afterPrompt, reactionMs };
      return { at, kind: 'outcome' as const, ...nothing, persons: data.persons.map(personOf), outcome };
    }
  }
}

function personOf({ seat, head, score, votes, appearance }: WirePerson) {
  const clothes = [appearance?.upperColour, appearance?.garment].filter((one) => one !== undefined);
  return { seat, head, score, votes: { worn: votes.worn, notWorn: votes.not_worn }, clothes };
}

function kindOf(path: string): 'full' | 'crop' | 'clip' {
  if (path.endsWith('.mp4')) return 'clip';
  return path.endsWith('-crop.jpg') ? 'crop' : 'full';
}

/** Files of the writer begin with the incident's id; the day they lie under is the one it began on. */
async function evidenceOf({ dataFolder }: Config, id: string): Promise<readonly string[]> {
  const folder = join(dataFolder, 'evidence');
  const days = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    days
      .filter((day) => DAY.test(day))
      .map(async (day) => {
        const names = await readdir(join(folder, day)).catch(() => []);
        return names
          .filter((name) => name.startsWith(`${id}-`) && extname(name) in TYPES)
          .map((name) => join(folder, day, name));
      }),
  );
  return found.flat().sort();
}

/** A mark is kept whatever becomes of its copies. */
async function keepForTraining(
  { config, log }: IncidentWindowParts,
  {
    id,
    folder,
    reason,
    note,
  }: { readonly id: string; readonly folder: string; readonly reason: string; readonly note: string },
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const path of await evidenceOf(config, id)) await copyFile(path, join(folder, basename(path)));
    await writeFile(join(folder, `${id}.json`), JSON.stringify({ incidentId: id, reason, note }), { mode: 0o600 });
  } catch (err) {
    log.error({ err, folder }, 'pictures of a wrong incident could not be copied');
    throw new ConsoleRefusal('refused', `marked, but ${folder} takes no copies: ${messageOf(err)}`);
  }
}
