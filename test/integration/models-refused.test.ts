/** Damaged and foreign models, as real files through the real onnxruntime: each refused with the file and the cure. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FatalError } from '../../src/errors';
import { MODEL_FOLDER } from '../../src/places';
import { Detector } from '../../src/vision/detector';
import { tinyNetwork } from '../support/onnx';

const NAME = 'head-classifier';
const GOOD = { input: { name: 'heads', shape: [-1, 64, 64, 3] }, output: 'probabilities' };
let folder: string;
const file = (ending: 'onnx' | 'json') => join(folder, `${NAME}.${ending}`);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
  cpSync(MODEL_FOLDER, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function changeManifest(changes: Record<string, unknown>): void {
  writeFileSync(file('json'), JSON.stringify({ ...JSON.parse(readFileSync(file('json'), 'utf8')), ...changes }));
}

/** Puts another network in the classifier's place, with a manifest that vouches for it. */
function replaceModel(bytes: Buffer): void {
  writeFileSync(file('onnx'), bytes);
  changeManifest({ sha256: createHash('sha256').update(bytes).digest('hex') });
}

async function refusal(): Promise<{ readonly code: string; readonly message: string } | null> {
  const detector = new Detector({ modelFolder: folder, threads: 1 });
  try {
    await detector.start();
    return null;
  } catch (error) {
    if (error instanceof FatalError) return { code: error.code, message: error.message };
    throw error;
  } finally {
    await detector.close();
  }
}

it('the shipped models are taken, and so is a small network of the same form', async () => {
  expect(await refusal()).toBeNull();
  replaceModel(tinyNetwork(GOOD));
  expect(await refusal()).toBeNull();
});

const half = () => truncateSync(file('onnx'), readFileSync(file('onnx')).length / 2);
const wholeOnnx = () => readFileSync(file('onnx'));

it.each<[string, () => void, string, 'onnx' | 'json', RegExp]>([
  ['a model cut off on its way', half, 'model/checksum', 'onnx', /Copy both files anew/],
  [
    'a cut-off model whose checksum was mended',
    () => replaceModel(wholeOnnx().subarray(0, 9999)),
    'model/unreadable',
    'onnx',
    /Copy it and its manifest anew/,
  ],
  ['an empty model', () => replaceModel(Buffer.alloc(0)), 'model/unreadable', 'onnx', /Copy it and its manifest anew/],
  [
    'a picture called model',
    () => replaceModel(Buffer.from('\xff\xd8\xff\xe0 JFIF', 'latin1')),
    'model/unreadable',
    'onnx',
    /Copy it and its manifest anew/,
  ],
  ['a model that is missing', () => rmSync(file('onnx')), 'model/missing', 'onnx', /models\.folder/],
  ['a manifest that is missing', () => rmSync(file('json')), 'model/missing', 'json', /models\.folder/],
  [
    'a manifest that is not JSON',
    () => writeFileSync(file('json'), 'labels: [worn]'),
    'model/manifest',
    'json',
    /Copy it anew/,
  ],
  [
    'a manifest of another model',
    () => cpSync(join(folder, 'head-finder.json'), file('json')),
    'model/contract',
    'json',
    /models of the same release/,
  ],
  [
    'a manifest without a threshold',
    () => changeManifest({ thresholds: {} }),
    'model/thresholds',
    'json',
    /manifest of the same release/,
  ],
  [
    'a model from the future',
    () => replaceModel(tinyNetwork({ ...GOOD, opset: 99 })),
    'model/opset',
    'onnx',
    /opset 13/,
  ],
  [
    'a model with other classes',
    () => replaceModel(tinyNetwork({ ...GOOD, repeats: 2 })),
    'model/contract',
    'onnx',
    /\[1,6\].*\[1,3\]/,
  ],
  [
    'a model for other crops',
    () => replaceModel(tinyNetwork({ ...GOOD, input: { name: 'heads', shape: [-1, 96, 96, 3] } })),
    'model/contract',
    'onnx',
    /96,96.*64,64/,
  ],
  [
    'a model for other numbers',
    () => replaceModel(tinyNetwork({ ...GOOD, input: { ...GOOD.input, type: 'float32' } })),
    'model/contract',
    'onnx',
    /float32 heads.*uint8 heads/,
  ],
  [
    'a model with other inputs',
    () => replaceModel(tinyNetwork({ ...GOOD, input: { ...GOOD.input, name: 'images' } })),
    'model/contract',
    'onnx',
    /images.*heads/,
  ],
  [
    'a model with other outputs',
    () => replaceModel(tinyNetwork({ ...GOOD, output: 'scores' })),
    'model/contract',
    'onnx',
    /scores.*probabilities/,
  ],
])('%s is refused', async (_case, damage, code, ending, cure) => {
  damage();
  const refused = await refusal();
  expect(refused?.code).toBe(code);
  expect(refused?.message).toContain(file(ending));
  expect(refused?.message).toMatch(cure);
});
