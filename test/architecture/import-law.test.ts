/** The import law of this project: which room may import what. A new package or room is a line here, made on purpose. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cycles, importsOf, type Law, offences, type Sources, withoutComments } from './imports';

const LAW: Law = {
  core: [
    /^src\/(domain|geometry|errors|averaging)\.ts$/,
    /^src\/(tracker|rider|incident)\//,
    /^src\/vision\/(decode|nms|preprocess|colour|word|sharpness|attention|stillness)[^/]*\.ts$/,
    /^src\/evaluation\/(judged|statistics|matching|found|classified|addresses|metrics|table|drawing|plots|mistakes|markup|page)\.ts$/,
    /^src\/scoring\/(clip|match|facts|score|summary|consistency|table)\.ts$/,
    /^src\/runtime\/percentile\.ts$/,
  ],
  // The wire contract is common ground: the node, its configuration and the subscriber's client read the same schemas.
  shared: [/^src\/runtime\//, /^src\/mqtt\/(events|states|commands|topics|time)\.ts$/],
  wiring: [/^src\/[^/]+\.ts$/],
  packages: {
    '@cycjimmy/jsmpeg-player': { home: /^src\/console\/web\//, files: 'several' },
    '@fastify/cookie': { home: /^src\/console\//, files: 'one' },
    '@fastify/static': { home: /^src\/console\//, files: 'one' },
    '@fastify/websocket': { home: /^src\/console\//, files: 'one' },
    '@mantine/core': { home: /^src\/console\/web\//, files: 'several' },
    '@mantine/hooks': { home: /^src\/console\/web\//, files: 'several' },
    'cli-progress': { home: /^src\/[^/]+\.ts$/, files: 'one' },
    commander: { home: /^src\/[^/]+\.ts$/, files: 'one' },
    fastify: { home: /^src\/console\//, files: 'one' },
    fflate: { home: /^src\/console\//, files: 'several' },
    'fluent-ffmpeg': { home: /^src\/camera\//, files: 'one' },
    libsql: { home: /^src\/outbox\//, files: 'one' },
    // A node's connection, and a subscriber's: opposite sides of the wire.
    mqtt: { home: /^src\/(mqtt|platform)\//, files: 'one a room' },
    'node-rtsp-stream': { home: /^src\/console\//, files: 'one' },
    'onnxruntime-node': { home: /^src\/vision\//, files: 'one' },
    pino: { home: /^src\/runtime\//, files: 'one' },
    'pinyin-pro': { home: /^src\/announcer\//, files: 'one' },
    react: { home: /^src\/console\/web\//, files: 'several' },
    'react-dom': { home: /^src\/console\/web\//, files: 'one' },
    'sherpa-onnx-node': { home: /^src\/announcer\//, files: 'one' },
    say: { home: /^src\/announcer\//, files: 'one' },
    // Evidence out of frames that were seen; an evaluation's files into frames: neither room may know the other.
    sharp: { home: /^src\/(evidence|evaluation)\//, files: 'one a room' },
    uplot: { home: /^src\/console\/web\//, files: 'several' },
    // A pure id, asked for wherever an id is made.
    uuidv7: { home: /^src\//, files: 'several' },
    yaml: { home: /^src\/(config|announcer)\//, files: 'several' },
    // Schemas live where the data they describe enters or leaves.
    zod: {
      home: /^src\/(config\/|mqtt\/|announcer\/|vision\/|evaluation\/coco|scoring\/files|console\/)/,
      files: 'several',
    },
  },
};

/** Reaching for these makes a pure function depend on the machine or the moment. */
const IMPURE =
  /\b(?:Date\.now|new Date\(\)|performance\.|process\.|setTimeout|setInterval|setImmediate|Math\.random|Buffer\b)/;
/** Some grace over the 350 that are aimed at, for a table or a long doc comment. */
const LONGEST_FILE_LINES = 400;

function readSources(): Sources {
  const root = path.resolve(__dirname, '../..');
  const names = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  return new Map(
    names.map((name) => {
      const file = path.posix.join('src', ...name.split(path.sep));
      return [file, readFileSync(path.join(root, file), 'utf8')];
    }),
  );
}

const sources = readSources();
const filesWith = (pattern: RegExp): readonly string[] =>
  [...sources].filter(([, source]) => pattern.test(withoutComments(source))).map(([file]) => file);

describe('the sources', () => {
  it('are found', () => expect(sources.has('src/domain.ts')).toBe(true));

  it('keep the import law', () => expect(offences(sources, LAW)).toEqual([]));

  it('keep the page apart from the server, but for the types of its routes', () => {
    const reaching = [...sources]
      .filter(([file]) => file.startsWith('src/console/web/'))
      .flatMap(([file, source]) =>
        [...source.matchAll(/^import (type )?.*from '((?:\.\.\/)+)(?!\.)([^']+)'/gm)].map(
          ([, isType, up = '', rest = '']) => ({ target: path.posix.join(path.posix.dirname(file), up, rest), isType }),
        ),
      )
      .filter(
        ({ target, isType }) =>
          !target.startsWith('src/console/web/') && !(target === 'src/console/contract' && isType),
      );
    expect(reaching).toEqual([]);
  });

  it('have no import cycle', () => expect(cycles(sources)).toEqual([]));

  it('keep clock, chance and process out of the core', () => {
    expect(filesWith(IMPURE).filter((file) => LAW.core.some((room) => room.test(file)))).toEqual([]);
  });

  it('take their limits from runtime/deadline: a timeout inside of AbortSignal.any may be collected and never come', () =>
    expect(
      filesWith(/AbortSignal\.any\([^)]*AbortSignal\.timeout/).filter((file) => !file.startsWith('src/console/web/')),
    ).toEqual([]));

  it('log through the logger, never through the console', () =>
    expect(filesWith(/\bconsole\s*\.\s*(?:log|info|warn|error|debug|trace|table|dir)\b/)).toEqual([]));

  it(`stay within ${LONGEST_FILE_LINES} lines a file`, () => {
    expect(
      [...sources].filter(([, source]) => source.split('\n').length > LONGEST_FILE_LINES + 1).map(([file]) => file),
    ).toEqual([]);
  });
});

describe('the checker', () => {
  const made = (files: Readonly<Record<string, string>>): Sources => new Map(Object.entries(files));

  it.each<{ readonly form: string; readonly source: string; readonly found: readonly string[] }>([
    { form: 'a default import', source: "import path from 'node:path';", found: ['node:path'] },
    { form: 'a type-only import', source: "import type { A } from './a';", found: ['./a'] },
    { form: 'an import over several lines', source: "import {\n  type A,\n  b,\n} from '../b';", found: ['../b'] },
    { form: 'an import for its side effect', source: "import './c';", found: ['./c'] },
    { form: 'a re-export', source: "export * from './d';\nexport { e } from './e';", found: ['./d', './e'] },
    { form: 'a dynamic import', source: "const f = await import('./f');", found: ['./f'] },
    { form: 'a require', source: 'import say = require(\'say\');\nconst g = require("./g");', found: ['say', './g'] },
    { form: 'a module named twice', source: "import { h } from 'h';\nimport type { H } from 'h';", found: ['h'] },
    { form: 'an import in a comment', source: "// import a from 'a';\n/* import b from 'b'; */", found: [] },
    { form: 'a comment sign in a string', source: "const u = 'rtsp://x'; const v = require('v');", found: ['v'] },
    { form: 'an export that imports nothing', source: "export const from = 'x';\nconst label = 'from y';", found: [] },
  ])('reads $form', ({ source, found }) => expect([...importsOf(source)].sort()).toEqual([...found].sort()));

  it.each<{ readonly rule: string; readonly files: Readonly<Record<string, string>>; readonly offence: string }>([
    {
      rule: 'a Node API in the core',
      files: { 'src/tracker/tracker.ts': "import { readFile } from 'node:fs/promises';" },
      offence: 'src/tracker/tracker.ts → node:fs/promises: core uses no Node API',
    },
    {
      rule: 'a package in the core',
      files: { 'src/vision/decode-boxes.ts': "import sharp from 'sharp';" },
      offence: 'src/vision/decode-boxes.ts → sharp: core imports no package',
    },
    {
      rule: 'a shell in the core, be it for a type',
      files: { 'src/incident/machine.ts': "import type { L } from '../runtime/logger';", 'src/runtime/logger.ts': '' },
      offence: 'src/incident/machine.ts → ../runtime/logger: core imports core only',
    },
    {
      rule: 'a shell in another shell',
      files: { 'src/camera/ffmpeg.ts': "import { publish } from '../mqtt/client';", 'src/mqtt/client.ts': '' },
      offence: 'src/camera/ffmpeg.ts → ../mqtt/client: a shell never imports another shell',
    },
    {
      rule: 'a shell in the shared room',
      files: { 'src/runtime/logger.ts': "import { load } from '../config/load';", 'src/config/load.ts': '' },
      offence: 'src/runtime/logger.ts → ../config/load: the shared room knows no shell',
    },
    {
      rule: 'wiring in a shell',
      files: { 'src/health/symptoms.ts': "import { app } from '../app';", 'src/app.ts': '' },
      offence: 'src/health/symptoms.ts → ../app: only its own kind imports wiring',
    },
    {
      rule: 'a wrapped package outside its room',
      files: { 'src/app.ts': "import mqtt from 'mqtt';" },
      offence: 'src/app.ts → mqtt: belongs in ^src\\/(mqtt|platform)\\/',
    },
    {
      rule: 'a wrapped package in two files of its room',
      files: { 'src/outbox/database.ts': "import 'libsql';", 'src/outbox/a.ts': "import type { D } from 'libsql';" },
      offence: 'src/outbox/a.ts, src/outbox/database.ts → libsql: imported in one file only',
    },
    {
      rule: 'a package with two homes in two files of one of them',
      files: {
        'src/evidence/a.ts': "import 'sharp';",
        'src/evidence/b.ts': "import 'sharp';",
        'src/evaluation/c.ts': "import 'sharp';",
      },
      offence: 'src/evidence/a.ts, src/evidence/b.ts → sharp: imported in one file a room only',
    },
    {
      rule: 'a package nobody has decided on, scope and path included',
      files: { 'src/app.ts': "import x from '@scope/new/deep';" },
      offence: 'src/app.ts → @scope/new/deep: a package without a place in the law',
    },
    {
      rule: 'a Node API without its prefix',
      files: { 'src/app.ts': "import fs from 'fs';" },
      offence: 'src/app.ts → fs: a package without a place in the law',
    },
  ])('finds $rule', ({ files, offence }) => expect(offences(made(files), LAW)).toEqual([offence]));

  it('accepts what the law allows', () => {
    const files = {
      'src/app.ts':
        "import { a } from './camera/ffmpeg';\nimport { b } from './mqtt/client';\nimport fs from 'node:fs';",
      'src/camera/ffmpeg.ts':
        "import { log } from '../runtime/logger';\nimport { iou } from '../geometry';\nimport { c } from './c';",
      'src/camera/c.ts': "import 'fluent-ffmpeg';",
      'src/mqtt/client.ts': "import type { Rider } from '../rider/riders';\nimport 'mqtt';",
      'src/rider/riders.ts': "import { iou } from '../geometry';",
      'src/geometry.ts': '',
      'src/runtime/logger.ts': "import { AppError } from '../errors';\nimport pino from 'pino';",
      'src/errors.ts': '',
    };
    expect(offences(made(files), LAW)).toEqual([]);
  });

  it('finds a cycle through three files, and none in a diamond', () => {
    const ring = {
      'src/a.ts': "import './b';",
      'src/b.ts': "import './c';",
      'src/c.ts': "import type { A } from './a';",
    };
    expect(cycles(made(ring))).toEqual(['src/a.ts → src/b.ts → src/c.ts → src/a.ts']);
    const diamond = {
      'src/a.ts': "import './b';\nimport './c';",
      'src/b.ts': "import './d';",
      'src/c.ts': "import './d';",
      'src/d.ts': '',
    };
    expect(cycles(made(diamond))).toEqual([]);
  });
});
