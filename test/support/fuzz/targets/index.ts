import type { Target } from '../fuzz';
import { camera } from './camera';
import { commands } from './commands';
import { config } from './config';
import { console_ } from './console';
import { database } from './database';
import { files, models } from './models';
import { pictures } from './pictures';
import { sounds } from './sounds';
import { speakers } from './speakers';

/** Everything that reads what others wrote. */
export const TARGETS = {
  config,
  commands,
  console: console_,
  camera,
  speakers,
  pictures,
  sounds,
  database,
  models,
  files,
} as const satisfies Readonly<Record<string, Target>>;
