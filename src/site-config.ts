/** The configuration that a command was given: read whole, or every problem told and the process ended. */
import { readPhraseBook } from './announcer/phrase-book';
import { formatProblem, loadConfig } from './config/load';
import { type CameraConfig, type Config, configSchema } from './config/schema';
import { messageOf } from './errors';
import { PHRASES_FILE } from './places';

/** Wrong usage or configuration. */
export const EXIT_USAGE = 2;

export function leave(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(EXIT_USAGE);
}

/** Every value its default: what `anqi replay` uses without a configuration. */
export function bareConfig(): Config {
  return configSchema.parse({
    version: 1,
    node: { id: 'replay' },
    cameras: [{ id: 'replay', url: 'rtsp://127.0.0.1/replay' }],
  });
}

export function chooseCamera(config: Config, id: string | undefined): CameraConfig {
  const camera = id === undefined ? config.cameras[0] : config.cameras.find((one) => one.id === id);
  if (camera !== undefined) return camera;
  const known = config.cameras.map((one) => one.id).join(', ');
  return leave(`--camera ${id}: no such camera in the configuration (it has ${known})`);
}

export function readConfig(file: string): Config {
  const result = loadConfig(file, process.env);
  if (result.ok) return withSpeakableWording(result.config, file);
  return leave(result.problems.map((problem) => formatProblem(problem, file)).join('\n'));
}

/** Own sentences are part of the configuration: a slot or character the voice cannot say is found before anything starts. */
function withSpeakableWording(config: Config, file: string): Config {
  try {
    readPhraseBook(PHRASES_FILE, config.prompts.wording);
    return config;
  } catch (error) {
    return leave(`${file}: prompts.wording: ${messageOf(error)}`);
  }
}
