/**
 * Detections in, sound out: the pipeline, its manners, the machine voices and a sound card whose monitor is recorded. What
 * was heard, in which order, is read from the recording alone.
 */
import { readFile } from 'node:fs/promises';
import { setInterval as every } from 'node:timers/promises';
import { parseWav } from '../../src/announcer/sound/wav';
import type { Detection } from '../../src/domain';
import { Loudspeaker, type Spoken, type Utterance, type Voice } from '../../src/loudspeaker';
import type { EventDraft } from '../../src/mqtt/events';
import { CameraPipeline } from '../../src/pipeline';
import { liveVoice, wording } from '../../src/speech';
import { PHRASES, startAnnouncing, temporaryFolder } from '../support/announcing';
import { OPTIONS, riderAt } from '../support/junction';
import { locate, startPulse } from '../support/pulse';

const FRAME_MS = 200;
const REACTION_MS = 1000;
const LIMIT_MS = 80_000;
/** The frame of the envelope by which a sound is found in the recording, twice. */
const PLACE_MS = 20;

jest.setTimeout(120_000);

type Said = Utterance & Spoken;

test('Mandarin, a group prompt for three who wait, dialect, thanks: heard in this order, one at a time', async () => {
  await using pulse = await startPulse();
  await using home = await temporaryFolder();
  await using speaking = startAnnouncing({ ...home, speaker: { kind: 'local', device: pulse.sink } });
  const begun: Utterance[] = [];
  const said: Said[] = [];
  const live = liveVoice(speaking.announcer, () => undefined);
  const voice: Voice = (utterance, nowMs, done) => {
    begun.push(utterance);
    live(utterance, nowMs, (spoken, atMs) => {
      said.push({ ...utterance, ...spoken });
      done(spoken, atMs);
    });
  };
  const drafts: EventDraft[] = [];
  const camera = pipelineSpeaking(voice, drafts);
  /** In red alone; three more come while it is spoken to and leave with the group prompt; it understands the dialect. */
  const scene = (): readonly Detection[] => {
    const isAddressed = begun.some(({ phraseId }) => phraseId === 'base');
    const areAddressed = said.some(({ phraseId }) => phraseId === 'group');
    const understands = said.some(({ lang }) => lang === 'wuu');
    const others = isAddressed && !areAddressed ? [0.35, 0.55, 0.75].map((cx) => riderAt(cx, 'bare')) : [];
    return [riderAt(0.15, understands ? 'helmet' : 'bare', 'red'), ...others];
  };
  await camera.watch(scene, () => said.some(({ phraseId }) => phraseId === 'thanks'));

  expect(said.map(({ lang, phraseId }) => `${lang} ${phraseId}`)).toEqual([
    'zh-CN base',
    'zh-CN group',
    'wuu base',
    'wuu thanks',
  ]);
  const recording = await pulse.heard();
  let silentFromMs = 0;
  for (const { wavPath, playback, proof } of said) {
    expect({ playback, proof }).toEqual({ playback: 'confirmed', proof: 'sound' });
    const place = locate(recording, parseWav(await readFile(wavPath ?? 'no WAV')));
    expect(place.likeness).toBeGreaterThan(0.95);
    expect(place.startMs).toBeGreaterThanOrEqual(silentFromMs - PLACE_MS);
    silentFromMs = place.endMs;
  }
  const told = drafts.flatMap((draft) => (draft.kind === 'prompt' ? [draft.data] : []));
  const toGroup = told.filter(({ prompt }) => prompt.phrase === 'group');
  expect(new Set(toGroup.map(({ incidentId }) => incidentId)).size).toBe(3);
  expect(new Set(toGroup.map(({ prompt }) => prompt.promptId)).size).toBe(1);
});

function pipelineSpeaking(voice: Voice, drafts: EventDraft[]) {
  const manners = {
    minGapMs: 500,
    maxPerHour: 100,
    maxWaitMs: LIMIT_MS,
    maxWaiting: 4,
    quiet: null,
    isSilenced: false,
  };
  const policy = { ...manners, volume: { dayPercent: 100, levels: [] } };
  const groupText = (lang: Utterance['lang']) => wording(PHRASES, { phraseId: 'group', lang, words: {} });
  const speaker = new Loudspeaker({ policy, minuteOfDay: () => 720, groupText }, voice);
  const ladder = OPTIONS.policy.ladder.map((rung) => ({ ...rung, waitMs: REACTION_MS }));
  let detections: readonly Detection[] = [];
  let ids = 0;
  const pipeline = new CameraPipeline(
    { ...OPTIONS, policy: { ...OPTIONS.policy, ladder } },
    {
      analyse: async (frame) => ({ detections, frame }),
      release: () => undefined,
      saveEvidence: async () => [],
      record: (draft) => drafts.push(draft),
      wording: (prompt) => wording(PHRASES, prompt),
      speaker,
      newId: () => `id-${++ids}`,
      onProblem: (what, error) => {
        throw new Error(what, { cause: error });
      },
      onFrame: () => undefined,
    },
  );
  /** Five pictures a second of the real time that the sound takes. */
  const watch = async (scene: () => readonly Detection[], isOver: () => boolean): Promise<void> => {
    const size = { widthPx: 1280, heightPx: 720 };
    let index = 0;
    for await (const _ of every(FRAME_MS)) {
      if (isOver() || index * FRAME_MS > LIMIT_MS) break;
      detections = scene();
      const frame = { cameraId: 'east', index, capturedAtMs: Date.now(), ...size, pixels: new Uint8Array(3) };
      await pipeline.look(frame);
      index += 1;
    }
    await pipeline.settled();
  };
  return { watch };
}
