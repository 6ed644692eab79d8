/**
 * A model is its ONNX file and the manifest beside it. The service refuses a file whose checksum differs, and a
 * model whose labels or input are not the ones this version was written for.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FatalError, messageOf } from '../errors';

const tensorSchema = z.object({ name: z.string().min(1), shape: z.array(z.number().int()).min(1) });

const manifestSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  file: z.string().regex(/^[\w.-]+\.onnx$/, 'a file name beside the manifest, such as head-finder.onnx'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  input: tensorSchema.extend({ type: z.literal('uint8'), layout: z.literal('NHWC'), colour: z.literal('RGB') }),
  output: tensorSchema,
  labels: z.array(z.string()),
  /** Read by thresholds.ts. */
  thresholds: z.unknown(),
});

export type ModelManifest = z.infer<typeof manifestSchema>;

/** What this version of the service feeds to and reads from each model; −1 = any. */
export const MODEL_CONTRACTS = {
  'rider-detector': {
    labels: ['rider_group', 'two_wheeler', 'person'],
    input: [1, 384, 640, 3],
    output: [1, 5040, 7],
  },
  'head-finder': { labels: ['head'], input: [-1, 128, 160, 3], output: [-1, 1280, 5] },
  'head-classifier': {
    labels: ['worn', 'bare', 'unreadable'],
    input: [-1, 64, 64, 3],
    output: [-1, 3],
  },
} as const;

export type ModelName = keyof typeof MODEL_CONTRACTS;
export const MODEL_NAMES = ['rider-detector', 'head-finder', 'head-classifier'] as const satisfies readonly ModelName[];

export interface LoadedModel {
  readonly manifest: ModelManifest;
  readonly manifestPath: string;
  readonly modelPath: string;
  readonly bytes: Uint8Array;
}

/** @throws FatalError model/* naming the file, what was found and how to mend it */
export function loadModel(folder: string, name: ModelName): LoadedModel {
  const manifestPath = join(folder, `${name}.json`);
  const manifest = parseManifest(read(manifestPath).toString('utf8'), manifestPath);
  checkContract(manifest, name, manifestPath);
  const modelPath = join(folder, manifest.file);
  const bytes = read(modelPath);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== manifest.sha256) {
    throw new FatalError(
      'model/checksum',
      `${modelPath}: sha256 is ${sha256}, but ${manifestPath} expects ${manifest.sha256}. Copy both files anew from the same release.`,
    );
  }
  return { manifest, manifestPath, modelPath, bytes };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FatalError(
      'model/missing',
      `${path}: cannot be read (${messageOf(error)}). Set models.folder to the folder that holds the release's models.`,
      {
        cause: error,
      },
    );
  }
}

function parseManifest(text: string, path: string): ModelManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new FatalError(
      'model/manifest',
      `${path}: is not JSON (${messageOf(error)}). Copy it anew from the release.`,
      { cause: error },
    );
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new FatalError('model/manifest', `${path}: ${problems}. Copy it anew from the release.`);
}

function checkContract(manifest: ModelManifest, name: ModelName, path: string): void {
  const wanted = MODEL_CONTRACTS[name];
  const refuse = (what: string, found: unknown, expected: unknown): never => {
    throw new FatalError(
      'model/contract',
      `${path}: ${what} is ${JSON.stringify(found)}, this version of anqi needs ${JSON.stringify(expected)}. Use models of the same release.`,
    );
  };
  if (manifest.name !== name) refuse('name', manifest.name, name);
  if (String(manifest.labels) !== String(wanted.labels)) refuse('labels', manifest.labels, wanted.labels);
  for (const side of ['input', 'output'] as const)
    if (String(manifest[side].shape) !== String(wanted[side]))
      refuse(`${side}.shape`, manifest[side].shape, wanted[side]);
}
