/**
 * Builds the console's page into dist/console-web: types, then Vite, then the compressed copies that the server sends.
 * Costs next to nothing when no source has changed. Part of `npm run build`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { CONSOLE_PAGE_FOLDER, PACKAGE_ROOT } from '../../src/places';

const SOURCES = join(PACKAGE_ROOT, 'src/console/web');
const STAMP = join(CONSOLE_PAGE_FOLDER, '.stamp');
/** What the page is made of besides its own folder. */
const BESIDE = ['src/console/contract.ts', 'package-lock.json', 'tsconfig.json'];

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function stampOf(): string {
  const hash = createHash('sha256');
  for (const file of [...filesUnder(SOURCES), ...BESIDE.map((name) => join(PACKAGE_ROOT, name)), __filename])
    hash.update(relative(PACKAGE_ROOT, file)).update(readFileSync(file));
  return hash.digest('hex');
}

/** The player's widget, which is not used, puts a style into the page that the page's own policy forbids. */
const WITHOUT_INJECTED_STYLE = {
  name: 'without-injected-style',
  transform: (code: string, id: string) =>
    id.includes('jsmpeg-player') ? { code: code.replace('styleInject(css_248z);', ''), map: null } : undefined,
};

/** The server sends these where the browser takes them. */
function compress(): void {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  for (const file of filesUnder(join(CONSOLE_PAGE_FOLDER, 'assets'))) {
    if (!/\.(js|css|svg)$/.test(file)) continue;
    const bytes = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, quality));
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

async function main(): Promise<void> {
  const stamp = stampOf();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) return;
  rmSync(STAMP, { force: true });
  const tsc = join(PACKAGE_ROOT, 'node_modules/.bin/tsc');
  execFileSync(tsc, ['-p', SOURCES], { stdio: 'inherit' });
  const { build } = await import('vite');
  await build({
    configFile: false,
    plugins: [WITHOUT_INJECTED_STYLE],
    root: SOURCES,
    base: './',
    logLevel: 'warn',
    // Never a data: address instead of a file: the page's policy forbids what is not its own.
    build: {
      rolldownOptions: { onLog: (_, { code }) => code !== 'MODULE_LEVEL_DIRECTIVE' },
      outDir: CONSOLE_PAGE_FOLDER,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: 'es2022',
    },
  });
  compress();
  writeFileSync(STAMP, stamp);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `the console's page could not be built: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
