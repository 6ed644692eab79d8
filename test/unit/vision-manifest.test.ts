/** Models are taken only with the manifest they were released with. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FatalError } from '../../src/errors';
import { loadModel, MODEL_CONTRACTS, MODEL_NAMES, type ModelName } from '../../src/vision/manifest';

const BYTES = Buffer.from('the bytes of a network');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function manifestOf(name: ModelName): Record<string, unknown> {
  const { labels, input, output } = MODEL_CONTRACTS[name];
  return {
    name,
    version: '1.0.0',
    file: `${name}.onnx`,
    sha256: createHash('sha256').update(BYTES).digest('hex'),
    input: { name: 'pixels', shape: input, type: 'uint8', layout: 'NHWC', colour: 'RGB' },
    output: { name: 'out', shape: output },
    labels,
    thresholds: {},
  };
}

/** Writes a model and its manifest, with some keys of it changed. */
function release(name: ModelName, changes: Record<string, unknown> = {}): void {
  writeFileSync(join(folder, `${name}.onnx`), BYTES);
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...manifestOf(name), ...changes }));
}

function refusal(name: ModelName): { code: string; message: string } {
  try {
    loadModel(folder, name);
  } catch (error) {
    if (error instanceof FatalError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('the model was taken');
}

it.each([...MODEL_NAMES])('%s is taken as it was released', (name) => {
  release(name);
  const { manifest, bytes } = loadModel(folder, name);
  expect(manifest).toEqual(manifestOf(name));
  expect(Buffer.from(bytes)).toEqual(BYTES);
});

describe('refused, with the file and the cure, is', () => {
  const input = { name: 'pixels', shape: [1, 416, 416, 3], type: 'uint8', layout: 'NHWC', colour: 'RGB' };
  const rider = 'rider-detector' as const;

  it.each<[string, Record<string, unknown>, string, readonly string[]]>([
    [
      'a file changed after its release',
      { sha256: 'a'.repeat(64) },
      'model/checksum',
      ['rider-detector.onnx', 'a'.repeat(64)],
    ],
    [
      'labels in another order',
      { labels: ['person', 'rider_group', 'two_wheeler'] },
      'model/contract',
      ['labels', 'person'],
    ],
    ['labels one too few', { labels: ['rider_group', 'two_wheeler'] }, 'model/contract', ['labels']],
    [
      'another number of scores',
      { output: { name: 'out', shape: [1, 5040, 9] } },
      'model/contract',
      ['output.shape', '9', '[1,5040,7]'],
    ],
    ['another input size', { input }, 'model/contract', ['input.shape', '416', '[1,384,640,3]']],
    ['another model under this name', { name: 'head-finder' }, 'model/contract', ['name', 'head-finder']],
    ['an input of another kind', { input: { ...input, type: 'float32' } }, 'model/manifest', ['input.type']],
    ['a checksum that is none', { sha256: 'abc' }, 'model/manifest', ['sha256', '64']],
    ['a file outside the folder', { file: '../rider-detector.onnx' }, 'model/manifest', ['file']],
    ['a version that is missing', { version: undefined }, 'model/manifest', ['version']],
  ])('%s', (_case, changes, code, words) => {
    release(rider, changes);
    const { code: found, message } = refusal(rider);
    expect(found).toBe(code);
    for (const word of [join(folder, 'rider-detector'), ...words]) expect(message).toContain(word);
    expect(message).toMatch(/Copy (it|both files) anew|Use models of the same release/);
  });

  it('a manifest that is missing', () => {
    const { code, message } = refusal(rider);
    expect(code).toBe('model/missing');
    expect(message).toContain(join(folder, 'rider-detector.json'));
    expect(message).toContain('models.folder');
  });

  it('a model that is missing beside its manifest', () => {
    release(rider);
    rmSync(join(folder, 'rider-detector.onnx'));
    expect(refusal(rider)).toMatchObject({
      code: 'model/missing',
      message: expect.stringContaining(join(folder, 'rider-detector.onnx')),
    });
  });

  it.each(['', '{', 'not JSON at all', '[]', 'null', '"text"'])('a manifest that is %j', (text) => {
    release(rider);
    writeFileSync(join(folder, 'rider-detector.json'), text);
    const { code, message } = refusal(rider);
    expect(code).toBe('model/manifest');
    expect(message).toContain(join(folder, 'rider-detector.json'));
    expect(message).toContain('Copy it anew');
  });
});
