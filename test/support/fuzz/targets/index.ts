import type { Target } from '../fuzz';
import { camera } from './camera';
import { commands } from './commands';
import { config } from './config';
import { database } from './database';
import { files, models } from './models';
import { pictures } from './pictures';
import { sounds } from './sounds';
import { speakers } from './speakers';

/** Everything that reads what others wrote, but the console's server, which is fuzzed on the wire (test/fuzz). */
export const TARGETS = {
  config,
  commands,
  camera,
  speakers,
  pictures,
  sounds,
  database,
  models,
  files,
} as const satisfies Readonly<Record<string, Target>>;

export type TargetName = keyof typeof TARGETS;
