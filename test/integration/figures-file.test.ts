/** Figures on disk: kept over restarts, the same as from the events, closed after a power cut, read beside the service. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configSchema } from '../../src/config/schema';
import { cameraStats, clockOffsets, closing, endedIn, entryOf, siteClock } from '../../src/figures';
import { figures, figuresOf } from '../../src/incident/rate';
import { type EventDraft, encodeEvent, incidentEvent, toCloudEvent } from '../../src/mqtt/events';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';
import { cameraStats as cameraStatsSchema } from '../../src/mqtt/states';
import { openDatabase } from '../../src/outbox/database';
import { IncidentBook } from '../../src/outbox/incident-book';
import { Outbox } from '../../src/outbox/outbox';
import { readFigures, stats } from '../../src/stats';

const ZONE = 'Asia/Shanghai';
const START = Date.parse('2026-11-23T07:50:00+08:00');
const MINUTE = 60_000;
const config = (dataFolder: string) =>
  configSchema.parse({
    version: 1,
    node: { id: 'n' },
    dataFolder,
    cameras: ['east', 'west'].map((id) => ({ id, url: 'rtsp://127.0.0.1/x' })),
  });

class Site implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'anqi-figures-'));
  outbox = this.open();

  private open(): Outbox {
    return new Outbox(openDatabase({ path: join(this.folder, 'outbox.db'), nowMs: START }).database);
  }

  restart(): void {
    this.outbox.close();
    this.outbox = this.open();
  }

  record(draft: EventDraft): void {
    const build = (stamp: { id: string; sequence: number; epoch: string }) =>
      encodeEvent(toCloudEvent(draft, { nodeId: 'n', timeZone: ZONE, ...stamp }));
    this.outbox.append({ topic: draft.kind, build, entry: entryOf(draft) }, draft.atMs);
  }

  /** Everything that was ever sent, as a subscriber has it. */
  get events() {
    const rows = this.outbox.rowsBetween({ from: 1, to: 1e9, limit: 1e6 });
    return rows.map(({ payload }) => incidentEvent.parse(JSON.parse(payload)));
  }

  [Symbol.dispose](): void {
    this.outbox.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const examples = EVENT_EXAMPLES.map((one) => incidentEvent.parse(one));
/** An incident of the examples, made into another one. */
function drafts(
  incidentId: string,
  at: { cameraId: string; atMs: number },
  result: 'corrected' | 'not_corrected',
): EventDraft[] {
  return examples.flatMap((event): EventDraft[] => {
    const base = { incidentId };
    if (event.type === 'cn.anqi.helmet.violation.v1')
      return [{ ...at, kind: 'violation', data: { ...event.data, ...base } }];
    if (event.type === 'cn.anqi.helmet.prompt.v1') return [{ ...at, kind: 'prompt', data: { ...event.data, ...base } }];
    const { reactionMs, ...rest } = event.data.outcome;
    const outcome = result === 'corrected' ? { ...rest, result, reactionMs } : { ...rest, result };
    return [{ ...at, kind: 'outcome', data: { ...event.data, ...base, outcome } }];
  });
}

function aDay(site: Site): void {
  for (let i = 0; i < 20; i++) {
    const at = { cameraId: i % 2 === 0 ? 'east' : 'west', atMs: START + i * MINUTE };
    for (const draft of drafts(`i${i}`, at, i % 4 === 3 ? 'not_corrected' : 'corrected')) site.record(draft);
    for (const head of ['worn', 'worn', 'not_worn'] as const) site.outbox.countArrival({ ...at, seat: 'driver', head });
  }
}

it('are kept over a restart, and the same when counted anew from the events', () => {
  using site = new Site();
  aDay(site);
  site.restart();
  const kept = readFigures(config(site.folder), { nowMs: START });
  expect(kept.total).toEqual({ reminded: 20, corrected: 15, notCorrected: 5, unknown: 0, correctionRate: 75 });
  expect(kept.helmetUse).toEqual({ riders: 60, helmeted: 40, undecided: 0, helmetUseRate: 66.67 });
  const { helmetUse: _, ...counted } = figures(endedIn(site.events), [], siteClock(ZONE));
  expect(kept).toMatchObject(counted);
});

it('are told by --since and --camera', () => {
  using site = new Site();
  aDay(site);
  const reminded = (flags: { since?: string; camera?: string }) =>
    readFigures(config(site.folder), { ...flags, nowMs: START + 20 * MINUTE }).total.reminded;
  expect(reminded({ camera: 'east' })).toBe(10);
  expect(reminded({ since: '2026-11-23T08:00:00+08:00' })).toBe(10);
  expect(reminded({ since: '2026-11-24' })).toBe(0);
});

it('count an incident once that is told twice', () => {
  using site = new Site();
  const told = drafts('i1', { cameraId: 'east', atMs: START }, 'corrected');
  for (const draft of [...told, ...told]) site.record(draft);
  expect(readFigures(config(site.folder), { nowMs: START }).total.reminded).toBe(1);
  expect(site.outbox.openIncidents()).toEqual([]);
});

it('of incidents that a power cut left open are closed at the next start as unknown, once', () => {
  using site = new Site();
  for (const draft of drafts('i1', { cameraId: 'east', atMs: START }, 'corrected').slice(0, -1)) site.record(draft);
  site.restart();
  for (let start = 0; start < 2; start++) {
    for (const payloads of site.outbox.openIncidents()) {
      const draft = closing(payloads, START + MINUTE);
      if (draft !== null) site.record(draft);
    }
    site.restart();
  }
  const outcomes = site.events.flatMap((one) => (one.type === 'cn.anqi.helmet.outcome.v1' ? [one.data.outcome] : []));
  expect(outcomes.map(({ result, reason }) => [result, reason])).toEqual([['unknown_left', 'restarted']]);
  expect(readFigures(config(site.folder), { nowMs: START }).total).toMatchObject({ reminded: 1, unknown: 1 });
});

it('of a camera are published for the hour, the day and thirty days', () => {
  using site = new Site();
  aDay(site);
  const found = cameraStats(
    site.outbox,
    { cameraId: 'east', timeZone: ZONE, clock: siteClock(ZONE) },
    START + 20 * MINUTE,
  );
  expect(() => cameraStatsSchema.parse(found)).not.toThrow();
  expect([found.hour.from, found.hour.reminded]).toEqual(['2026-11-23T08:00:00.000+08:00', 5]);
  expect([found.day.from, found.day.reminded]).toEqual(['2026-11-23T00:00:00.000+08:00', 10]);
  expect(found.month.helmetUse.helmetUseRate).toBe(66.67);
});

describe('bad input', () => {
  const leave = (message: string): never => {
    throw new Error(`left: ${message}`);
  };

  it('a camera or time that is none ends the command with what there is', () => {
    using site = new Site();
    expect(() => stats(config(site.folder), { camera: 'north' }, leave)).toThrow(/left: --camera north.*east, west/);
    expect(() => stats(config(site.folder), { since: 'soon' }, leave)).toThrow(/left: --since soon/);
  });

  it('an absent database is named, and none is made', () => {
    const folder = mkdtempSync(join(tmpdir(), 'anqi-none-'));
    expect(() => stats(config(folder), {}, leave)).toThrow(/outbox.db: no such file; is dataFolder/);
    expect(existsSync(join(folder, 'outbox.db'))).toBe(false);
    rmSync(folder, { recursive: true });
  });

  it('a damaged database is left as it is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'anqi-damaged-'));
    const path = join(folder, 'outbox.db');
    writeFileSync(path, 'no database at all, but longer than a header of SQLite'.repeat(50));
    expect(() => stats(config(folder), {}, leave)).toThrow(/outbox.db.*no sound SQLite database/);
    expect(existsSync(path)).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it('a locked database is waited for and then named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'anqi-locked-'));
    const { database } = openDatabase({ path: join(folder, 'outbox.db'), nowMs: START });
    // A reader never waits for the service itself; a tool that takes the file for itself alone is another thing.
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN IMMEDIATE');
    database.exec("UPDATE counter SET value = value WHERE name = 'sequence'");
    expect(() => stats(config(folder), {}, leave)).toThrow(/another program holds the file/);
    database.exec('ROLLBACK');
    database.close();
    rmSync(folder, { recursive: true });
  });
});

it('forgets the oldest beyond a number, whatever the clock says, and the marks with them', () => {
  using site = new Site();
  aDay(site);
  const { database } = openDatabase({ path: join(site.folder, 'outbox.db'), nowMs: START });
  const book = new IncidentBook(database);
  const mark = { atMs: START, by: 'li', reason: 'helmet_on', note: '' };
  for (const id of ['i0', 'i19']) book.mark(id, mark);
  expect(site.outbox.clearFigures({ ended: 20, arrivals: 100 })).toBe(0);
  // Ten minutes of the last quarter of an hour, three riders in each, go or stay together.
  site.outbox.clearFigures({ ended: 5, arrivals: 2 });
  const kept = readFigures(config(site.folder), { nowMs: START + 20 * MINUTE });
  expect([kept.total.reminded, kept.helmetUse.riders]).toEqual([5, 30]);
  expect([book.find('i0'), book.find('i19')?.mark]).toEqual([undefined, mark]);
  expect(site.events).toHaveLength(80);
  database.close();
});

it.each(['Asia/Shanghai', 'America/New_York', 'Australia/Lord_Howe'])(
  'are the same in few rows as from every single one, in %s, over changes of the clock',
  (timeZone) => {
    using site = new Site();
    const seats = ['driver', 'passenger', 'child'] as const;
    const results = ['corrected', 'not_corrected', 'unknown_left', 'unknown_occluded'] as const;
    const heads = ['worn', 'not_worn', 'unknown'] as const;
    const of = <T>(all: readonly [T, ...T[]], index: number): T => all[index % all.length] ?? all[0];
    // Every five hours and seven minutes for four hundred days: every hour of the day, every day, and each change.
    for (let i = 0; i < 1_880; i++) {
      const at = { cameraId: of(['east', 'west'], i), atMs: START - i * 307 * MINUTE, seat: of(seats, i >> 1) };
      const heard = i % 5 === 0 ? [] : [{ number: 1, lang: of(['zh-CN', 'wuu'] as const, i >> 2) }];
      const result = of(results, i >> 3);
      const reactionMs = result === 'corrected' ? 1_000 + i : null;
      const ended = { ...at, incidentId: `i${i}`, result, heard, reactionMs };
      site.outbox.append({ topic: 't', build: () => '{}', entry: { kind: 'ended', ended } }, at.atMs);
      site.outbox.countArrival({ ...at, head: of(heads, i >> 1) });
    }
    const clock = siteClock(timeZone);
    for (const query of [{ sinceMs: 0 }, { sinceMs: START - 100 * 1_440 * MINUTE, cameraId: 'west' }]) {
      const { ended, arrivals } = site.outbox.tally(query);
      const summary = site.outbox.summary(query, (fromMs, toMs) => clockOffsets(timeZone, { fromMs, toMs }));
      expect(figuresOf(summary, clock)).toEqual(figures(ended, arrivals, clock));
      expect(ended.length).toBeGreaterThan(200);
    }
  },
);

it.each([
  ['Asia/Shanghai', []],
  ['America/New_York', ['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z']],
  ['Australia/Lord_Howe', ['2026-04-04T15:00:00Z', '2026-10-03T15:30:00Z']],
])('know when the clock of %s changes', (timeZone, changes) => {
  const span = { fromMs: Date.parse('2026-01-01T00:00:00Z'), toMs: Date.parse('2026-12-31T00:00:00Z') };
  const [, ...found] = clockOffsets(timeZone, span);
  expect(found.map(({ fromMs }) => fromMs)).toEqual(changes.map((text) => Date.parse(text)));
});
