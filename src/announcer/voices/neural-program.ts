/**
 * Speaks one text with a sherpa-onnx model, as a process of its own: a damaged model ends the process it is loaded in.
 * stdin: a NeuralJob as JSON. stderr: what went wrong; characters without a sound are named as "OOV". Exit code 3: no sherpa-onnx.
 */
import { readFileSync } from 'node:fs';

export interface NeuralJob {
  readonly model: string;
  readonly tokens: string;
  /** Empty where the model has none. */
  readonly lexicon: string;
  readonly dataDir: string;
  readonly ruleFsts: string;
  readonly text: string;
  readonly wavPath: string;
}

export const NO_SHERPA = 3;

interface Sherpa {
  readonly OfflineTts: new (
    config: object,
  ) => {
    generate(request: object): { readonly samples: Float32Array; readonly sampleRate: number };
  };
  writeWave(path: string, wave: { readonly samples: Float32Array; readonly sampleRate: number }): void;
}

function main(): void {
  const { wavPath, text, ruleFsts, ...vits }: NeuralJob = JSON.parse(readFileSync(0, 'utf8'));
  let sherpa: Sherpa;
  try {
    sherpa = require('sherpa-onnx-node');
  } catch (error) {
    process.stderr.write(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    process.exit(NO_SHERPA);
  }
  const model = { vits, numThreads: 1, provider: 'cpu', debug: false };
  const tts = new sherpa.OfflineTts({ model, ruleFsts, maxNumSentences: 1 });
  sherpa.writeWave(wavPath, tts.generate({ text, sid: 0, speed: 1 }));
}

if (require.main === module) main();
