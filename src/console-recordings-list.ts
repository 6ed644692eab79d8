/** What the recording room lists: words with their meaning and sound, speakers, and whole phrases. */
import { join } from 'node:path';
import { LANGUAGES, PHRASE_IDS, type PhraseBook, type PhraseSlots } from './announcer/phrases';
import { durationMs, parseWav } from './announcer/sound/wav';
import { Clips } from './announcer/voices/clips';
import { DialectVoice } from './announcer/voices/dialect';
import type { KeptRecording, RecordingBook } from './announcer/voices/recording-book';
import { dialectMeanings } from './announcer/voices/recording-meaning';
import { clipFolders, wordingOf } from './announcer/voices/voices';
import type { Output } from './console/contract';
import { AUDIO_FOLDER } from './places';
import { listClips } from './recordings';

type Listed = Output<'listRecordings'>;

/** A prompt that picks somebody out needs somebody. */
export const EXAMPLE: PhraseSlots = { colour: 'blue', garment: 'shirt' };

export async function listedRecordings({
  book,
  clipsDir,
  recordings,
  consent,
}: {
  readonly book: PhraseBook;
  readonly clipsDir: string;
  readonly recordings: RecordingBook;
  readonly consent: string;
}): Promise<Listed> {
  const [{ speakers }, kept] = await Promise.all([recordings.read(), recordings.kept()]);
  return {
    words: await wordsOf(book, clipsDir, kept),
    speakers: speakers.map(({ name, consentedAt }) => ({
      name,
      consentedAt,
      recordings: kept.filter(({ booked }) => booked?.speaker === name).length,
    })),
    consent,
    phrases: await phrasesOf(book, clipsDir),
  };
}

async function wordsOf(book: PhraseBook, clipsDir: string, kept: readonly KeptRecording[]): Promise<Listed['words']> {
  const dialect = new DialectVoice(join(AUDIO_FOLDER, 'wuu'));
  const meanings = dialectMeanings(book);
  const facts = async (words: string) => ({
    words,
    mandarin: meanings.get(words)?.mandarin ?? '',
    clause: meanings.get(words)?.clause ?? words,
    ipa: await dialect.speech(words).then(
      ({ syllables }) => syllables.map(({ ipa }) => ipa).join(' '),
      () => null,
    ),
    recording: factsOf(kept.find((each) => each.words === words)),
  });
  const listed: Listed['words'] = [];
  for (const { words, state, uses, note } of await listClips({ book, langs: ['wuu'], clipsDir })) {
    const kind = uses.some((use) => use.includes('=')) ? 'slot' : 'clause';
    listed.push({ ...(await facts(words)), kind, uses: [...uses], state, note });
  }
  for (const { words } of kept) {
    if (listed.some((each) => each.words === words)) continue;
    listed.push({ ...(await facts(words)), kind: 'other', uses: [], state: 'recorded', note: '' });
  }
  return listed;
}

function factsOf(kept: KeptRecording | undefined): Listed['words'][number]['recording'] {
  if (kept === undefined) return null;
  const { booked, bytes } = kept;
  return { speaker: booked?.speaker ?? null, recordedAt: booked?.recordedAt ?? null, lengthMs: lengthOf(bytes) };
}

/** Null where it is no WAV that is read. */
function lengthOf(bytes: Buffer): number | null {
  try {
    return Math.round(durationMs(parseWav(bytes)));
  } catch {
    return null;
  }
}

async function phrasesOf(book: PhraseBook, clipsDir: string): Promise<Listed['phrases']> {
  // What is missing is in the list of words.
  const clips = new Clips(clipFolders(AUDIO_FOLDER, clipsDir), { warn: () => undefined });
  const phrases: Listed['phrases'] = [];
  for (const id of PHRASE_IDS) {
    const sentences: Listed['phrases'][number]['sentences'] = [];
    for (const lang of LANGUAGES) {
      const { parts } = wordingOf(book, { phraseId: id, lang, slots: EXAMPLE });
      const isRecorded = (await clips.sentence(lang, parts)) !== null;
      const text = parts.map((part) => part.text).join('');
      sentences.push({ lang, text, voice: isRecorded ? 'recorded' : 'synthetic' });
    }
    phrases.push({ id, sentences });
  }
  return phrases;
}
