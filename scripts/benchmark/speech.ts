/**
 * How long a prompt takes from the decision to its start, in a process of its own: its words among twelve riders, and the
 * start of sounds that wait in the cache and of sounds that are yet to be made. Prints JSON.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Announcer } from '../../src/announcer/announcer';
import { readPhraseBook } from '../../src/announcer/phrase-book';
import { CLOTHING_COLOURS } from '../../src/domain';
import { addressing, type View } from '../../src/incident/describe';
import { AUDIO_FOLDER, PHRASES_FILE } from '../../src/places';
import type { Person, Rider } from '../../src/rider/riders';
import { wording } from '../../src/speech';
import { sentencesOf } from '../prompt-table/sentences';
import type { SpeechFigures } from './floors';

const RIDERS = 12;
const DECISIONS = 500;

async function main([prompts = '24']: readonly string[]): Promise<void> {
  const book = readPhraseBook(PHRASES_FILE);
  const decidedMs = decisions(book);
  const folder = await mkdtemp(join(tmpdir(), 'anqi-bench-speech-'));
  const control = new AbortController();
  const announcer = new Announcer(
    {
      phrases: book,
      voices: { audioDir: AUDIO_FOLDER, cacheDir: join(folder, 'cache') },
      speaker: { kind: 'folder', directory: join(folder, 'played') },
    },
    { log: { info: () => undefined, warn: () => undefined } },
  );
  const running = announcer.run(control.signal);
  /** Spread over both languages and all phrases. */
  const all = sentencesOf(book);
  const chosen = all.filter((_, i) => i % Math.ceil(all.length / Number(prompts)) === 0);
  try {
    const uncachedMs: number[] = [];
    const cachedMs: number[] = [];
    for (const delays of [uncachedMs, cachedMs]) {
      for (const { lang, phraseId, slots } of chosen) {
        const report = await announcer.announce({ incidentId: 'bench', lang, phraseId, slots });
        if (report.startedAtMs === null) throw new Error(`${report.text}: ${report.reason}`);
        delays.push(report.startedAtMs - report.requestedAtMs);
      }
    }
    const figures: SpeechFigures = { riders: RIDERS, decidedMs, cachedMs, uncachedMs };
    process.stdout.write(JSON.stringify(figures));
  } finally {
    control.abort();
    await running;
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every rider of the crowd in turn, in the words that fit nobody else: pairs wear the same, so sides are needed. */
function decisions(book: ReturnType<typeof readPhraseBook>): number[] {
  const view: View = { riders: Array.from({ length: RIDERS }, (_, i) => riderAt(i)), aspect: 16 / 9 };
  return Array.from({ length: DECISIONS }, (_, i) => {
    const subject = view.riders[i % RIDERS] ?? riderAt(0);
    const personIds = subject.persons.map(({ id }) => id);
    const startedMs = performance.now();
    const { phraseId, words } = addressing({ phraseId: 'base', personIds }, subject, view);
    wording(book, { phraseId, lang: i % 2 === 0 ? 'zh-CN' : 'wuu', words });
    return performance.now() - startedMs;
  });
}

function riderAt(i: number): Rider {
  const box = { x: 0.01 + 0.08 * i, y: 0.3 + 0.03 * (i % 3), w: 0.06, h: 0.3 };
  const colour = CLOTHING_COLOURS[i % Math.ceil(RIDERS / 2)] ?? 'blue';
  const person: Person = {
    ...{ id: `p${i}`, seat: 'driver', state: 'not_worn', votes: { worn: 0, notWorn: 5 }, score: 0.95, garment: null },
    ...{ isSeatSure: true, supportedSinceMs: 0, isTurning: false, sameSinceMs: 0 },
    head: { x: box.x + 0.02, y: box.y, w: 0.02, h: 0.04 },
    upperColour: { name: colour, score: 0.9 },
  };
  return {
    ...{ trackId: i, box, isVisible: true, persons: [person], isAddressable: true },
    ...{ heading: [0, 1], firstSeenMs: 0, lastSeenMs: 0 },
  };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
