/** Manifests of models, and every other file of JSON that a person may copy, cut or edit. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parsePhraseBook, readPhraseBook } from '../../../../src/announcer/phrase-book';
import { Accounts } from '../../../../src/console/accounts';
import { Sessions } from '../../../../src/console/sessions';
import { parseLabels } from '../../../../src/evaluation/coco';
import { type ScoreFiles, scoreText } from '../../../../src/score';
import { loadModel, MODEL_NAMES, type ModelName } from '../../../../src/vision/manifest';
import { readThresholds } from '../../../../src/vision/thresholds';
import { declared, type Fuzz } from '../fuzz';
import { ROOT } from '../samples';
import { spoiltJson, spoiltText } from '../spoiling';

export async function models(fuzz: Fuzz): Promise<void> {
  const model = 'no model';
  const sha256 = createHash('sha256').update(model).digest('hex');
  const manifests = MODEL_NAMES.map((name) => {
    writeFileSync(join(fuzz.folder, `${name}.onnx`), model);
    return { ...JSON.parse(readFileSync(join(ROOT, 'models', `${name}.json`), 'utf8')), sha256 };
  });
  const load = (name: ModelName, text: string) =>
    declared(() => {
      writeFileSync(join(fuzz.folder, `${name}.json`), text);
      // Each is read even where the other is refused.
      const read = () =>
        readThresholds((of) => ({ path: of, thresholds: thresholdsIn(of === name ? text : good[of]) }));
      try {
        loadModel(fuzz.folder, name);
      } finally {
        read();
      }
    });
  const texts = manifests.map((manifest) => JSON.stringify(manifest));
  const good = Object.fromEntries(MODEL_NAMES.map((name, at) => [name, texts[at] ?? '']));
  const index = fc.nat(MODEL_NAMES.length - 1);
  const nameAt = (at: number): ModelName => MODEL_NAMES[at] ?? 'rider-detector';
  const words = ['"sha256"', '"file": "../x.onnx"', '"shape": [', '"value"', '"ratio"'];
  const asText = index.chain((at) => fc.tuple(fc.constant(at), spoiltText({ samples: [texts[at] ?? ''], words })));
  await fuzz.feed({ what: 'model manifests as text', inputs: 3_000, of: asText }, ([at, text]) =>
    load(nameAt(at), text),
  );
  const asValue = index.chain((at) => fc.tuple(fc.constant(at), spoiltJson([manifests[at]])));
  await fuzz.feed({ what: 'model manifests', inputs: 3_000, of: asValue }, ([at, value]) =>
    load(nameAt(at), JSON.stringify(value)),
  );
}

function thresholdsIn(text = ''): unknown {
  try {
    return JSON.parse(text)?.thresholds;
  } catch {
    return undefined;
  }
}

const COCO = {
  categories: [
    { id: 1, name: 'helmet' },
    { id: 2, name: 'bare_head' },
    { id: 3, name: 'dog' },
  ],
  images: [{ id: 1, file_name: 'a.jpg', width: 64, height: 48, exhaustive_category_ids: [1] }],
  annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 2, 3, 4], iscrowd: 0, box_scope: 'headwear' }],
};

export async function files(fuzz: Fuzz): Promise<void> {
  await fuzz.feed({ what: 'COCO labels', inputs: 4_000, of: spoiltJson([COCO]) }, (value) =>
    declared(() => parseLabels(JSON.stringify(value), 'labels.json')),
  );
  const text = spoiltText({ samples: [JSON.stringify(COCO)], words: ['NaN', 'Infinity', '[NaN,'] });
  await fuzz.feed({ what: 'COCO labels as text', inputs: 3_000, of: text }, (labels) =>
    declared(() => parseLabels(labels, 'x')),
  );
  const phrases = readFileSync(join(ROOT, 'audio/phrases.json'), 'utf8');
  await fuzz.feed({ what: 'wording', inputs: 1_000, of: spoiltJson([JSON.parse(phrases)]) }, (value) =>
    declared(() => parsePhraseBook(JSON.stringify(value), 'phrases.json')),
  );
  const template = spoiltText({
    samples: ['[穿{colour}{garment}的]骑手朋友，请戴好头盔。'],
    words: ['{seat}', '{x}', '[', ']', '{'],
  });
  await fuzz.feed(
    { what: "a site's own wording", inputs: 1_000, of: fc.tuple(template, template) },
    ([mandarin, dialect]) =>
      declared(() =>
        readPhraseBook(join(ROOT, 'audio/phrases.json'), { base: { 'zh-CN': mandarin }, group: { wuu: dialect } }),
      ),
  );
  await scores(fuzz);
  const sessions = spoiltText({ samples: ['[{"hash":"h","username":"u","csrf":"c","begunAtMs":1,"seenAtMs":1}]'] });
  await fuzz.feed({ what: 'sessions of the console', inputs: 1_500, of: sessions }, (kept) => {
    writeFileSync(join(fuzz.folder, 'sessions.json'), kept);
    return new Sessions(fuzz.folder).find('x') === undefined ? 'refused' : 'taken';
  });
  const accounts = spoiltText({ samples: ['[{"username":"li","role":"technician","password":"AAAA:AAAA"}]'] });
  await fuzz.feed({ what: 'accounts of the console', inputs: 1_500, of: accounts }, (kept) => {
    writeFileSync(join(fuzz.folder, 'accounts.json'), kept);
    return declared(() => new Accounts(fuzz.folder).list());
  });
}

/** A clip's truth, events and tracks, one of the three spoilt. */
async function scores(fuzz: Fuzz): Promise<void> {
  const good: ScoreFiles = {
    truth: join(fuzz.folder, 'truth.json'),
    events: join(fuzz.folder, 'events.jsonl'),
    tracks: join(fuzz.folder, 'tracks.jsonl'),
  };
  const box = { x: 0.1, y: 0.1, w: 0.2, h: 0.3 };
  const person = { id: 'p', seat: 'driver', head: box, state: 'not_worn' };
  const truth = {
    video: { fps: 5, width: 640, height: 360, durationS: 1 },
    actors: [{ id: 'v', kind: 'ebike', persons: [{ id: 'p', seat: 'driver', upperColour: 'blue' }] }],
    frames: [0, 0.2, 0.4].map((t) => ({
      t,
      vehicles: [{ id: 'v', kind: 'ebike', ridden: true, box, persons: [person] }],
    })),
  };
  const tracks = [0, 0.2, 0.4].map((t) => ({ t, riders: [{ trackId: 1, box }] }));
  const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');
  writeFileSync(good.events, '');
  writeFileSync(good.tracks, lines(tracks));
  await fuzz.feed({ what: 'truth of a clip', inputs: 1_500, of: spoiltJson([truth]) }, (value) => {
    writeFileSync(good.truth, JSON.stringify(value));
    return declared(() => scoreText({ ...good, json: true }));
  });
  writeFileSync(good.truth, JSON.stringify(truth));
  const spoilt = spoiltText({ samples: [lines(tracks)], words: ['{"type":"summary"}\n', '"trackId":-1'] });
  await fuzz.feed({ what: 'tracks of a clip', inputs: 1_500, of: spoilt }, (text) => {
    writeFileSync(good.tracks, text);
    return declared(() => scoreText(good));
  });
}
