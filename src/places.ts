/** Where the package keeps what it ships. Works from the sources and from the build alike. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

function packageRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  return parent === from ? from : packageRoot(parent);
}

export const PACKAGE_ROOT = packageRoot(__dirname);
export const MODEL_FOLDER = join(PACKAGE_ROOT, 'models');
export const AUDIO_FOLDER = join(PACKAGE_ROOT, 'audio');
export const PHRASES_FILE = join(AUDIO_FOLDER, 'phrases.json');
/** Built by `npm run build`. */
export const CONSOLE_PAGE_FOLDER = join(PACKAGE_ROOT, 'dist/console-web');
