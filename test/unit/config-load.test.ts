/** Reading a configuration: all problems at once, with line and key, and never a secret. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { type ConfigProblem, formatProblem, loadConfig, parseConfig } from '../../src/config/load';
import type { Config } from '../../src/config/schema';

const EXAMPLE = readFileSync(path.join(__dirname, '../../config/anqi.example.yaml'), 'utf8');
const MINIMAL = `version: 1
node:
  id: box-1
cameras:
  - id: east
    url: rtsp://192.0.2.10/1
`;

function configOf(text: string, environment: NodeJS.ProcessEnv = {}): Config {
  const result = parseConfig(text, environment);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

function problemsOf(text: string, environment: NodeJS.ProcessEnv = {}): readonly ConfigProblem[] {
  const result = parseConfig(text, environment);
  return result.ok ? [] : result.problems;
}

const wheres = (text: string) => problemsOf(text).map(({ line, key }) => `${line} ${key}`);

describe('a good file', () => {
  it('needs little: the rest has defaults', () => {
    const config = configOf(MINIMAL);
    expect(config.cameras[0]).toMatchObject({ transport: 'tcp', enabled: true, watch: [], ignore: [] });
    expect(config).toMatchObject({ speakers: [], prompts: { dialect: 'wuu' }, evidence: { retentionDays: 30 } });
    expect(config.mqtt).toBeUndefined();
  });

  it('cannot be changed afterwards', () => {
    const config = configOf(MINIMAL);
    expect(Object.isFrozen(config) && Object.isFrozen(config.cameras[0]) && Object.isFrozen(config.prompts)).toBe(true);
  });

  it('is the example', () => expect(problemsOf(EXAMPLE)).toEqual([]));

  it('takes secrets from the environment rather than from the file, an empty one not', () => {
    const text = `${MINIMAL}    password: from-file\n  - id: side-2\n    url: rtsp://192.0.2.11/1\n    password: kept\nmqtt:\n  url: mqtt://192.0.2.20\n`;
    const config = configOf(text, {
      ANQI_CAMERA_EAST_PASSWORD: 'from-env',
      ANQI_CAMERA_SIDE_2_PASSWORD: '',
      ANQI_MQTT_PASSWORD: 'broker',
    });
    expect(config.cameras.map((one) => one.password)).toEqual(['from-env', 'kept']);
    expect(config.mqtt?.password).toBe('broker');
    expect(configOf(MINIMAL, { ANQI_MQTT_PASSWORD: 'broker' }).mqtt).toBeUndefined();
  });

  it('lets a speaker that is logged in to have a password of its own in the environment', () => {
    const text = `${MINIMAL}speakers:
  - { id: pole-1, kind: axis, url: "http://192.0.2.30", username: a, password: from-file }
  - { id: horns, kind: rtp, host: 239.255.0.10, port: 5004 }
`;
    const [pole, horns] = configOf(text, {
      ANQI_SPEAKER_POLE_1_PASSWORD: 'from-env',
      ANQI_SPEAKER_HORNS_PASSWORD: 'unused',
    }).speakers;
    expect(pole).toMatchObject({ password: 'from-env', volume: 80, acceptAnyCertificate: false });
    expect(horns).toEqual({
      ...{ id: 'horns', kind: 'rtp', host: '239.255.0.10', port: 5004 },
      ...{ codec: 'pcmu', payloadType: 96, ttl: 1, volume: 80 },
    });
  });
});

describe('a bad file', () => {
  it('is told every problem at once, with line, key, what was found and what is expected', () => {
    const text = `version: 1
node:
  id: "box 1"
  timeZone: Changxing
cameras:
  - id: east
    url: http://192.0.2.10
    transport: quic
    analysedFps: 99
    colour: blue
    watch:
      - [[0, 0], [1, 2], [1, 1]]
  - id: east
    url: rtsp://192.0.2.11/1
    speaker: horn
prompts:
  quietHours: { from: "25:00", to: "06:00" }
evidence:
  retentionDays: 31
`;
    expect(wheres(text)).toEqual([
      '3 node.id',
      '4 node.timeZone',
      '7 cameras[0].url',
      '8 cameras[0].transport',
      '9 cameras[0].analysedFps',
      '10 cameras[0].colour',
      '12 cameras[0].watch[0][1][1]',
      '13 cameras[1].id',
      '15 cameras[1].speaker',
      '17 prompts.quietHours.from',
      '19 evidence.retentionDays',
    ]);
    const byKey = new Map(problemsOf(text).map((one) => [one.key, one]));
    expect(byKey.get('cameras[0].transport')).toMatchObject({ found: '"quic"', expected: 'one of tcp, udp' });
    expect(byKey.get('cameras[0].analysedFps')).toMatchObject({ found: '99', expected: 'a number of at most 25' });
    expect(byKey.get('cameras[0].colour')).toMatchObject({ found: 'an unknown key' });
    expect(byKey.get('node.timeZone')?.expected).toContain('Asia/Shanghai');
  });

  it.each<[string, string, string]>([
    ['a missing key', 'version: 1\nnode: { id: a }\n', '1 cameras'],
    ['another version', MINIMAL.replace('version: 1', 'version: 2'), '1 version'],
    ['a text for a number', `${MINIMAL}decision:\n  lostForMs: five\n`, '8 decision.lostForMs'],
    ['a list for a group', `${MINIMAL}prompts: [1]\n`, '7 prompts'],
    ['an unknown section', `${MINIMAL}webhook: {}\n`, '7 webhook'],
    ['an unknown kind of speaker', `${MINIMAL}speakers:\n  - { id: horn, kind: radio }\n`, '8 speakers[0].kind'],
    ['a network speaker without its address', `${MINIMAL}speakers:\n  - { id: a, kind: axis }\n`, '8 speakers[0].url'],
    ['a path', `${MINIMAL}speakers:\n  - { id: a, kind: dahua, url: "http://a/cgi" }\n`, '8 speakers[0].url'],
    ['a scheme', `${MINIMAL}speakers:\n  - { id: a, kind: onvif, url: "http://a" }\n`, '8 speakers[0].url'],
    [
      'a device where its channel is none',
      `${MINIMAL}speakers:\n  - { id: a, kind: hikvision, url: "http://a", channel: 0 }\n`,
      '8 speakers[0].channel',
    ],
    [
      'a codec',
      `${MINIMAL}speakers:\n  - { id: a, kind: rtp, host: 239.1.1.1, port: 5004, codec: mp3 }\n`,
      '8 speakers[0].codec',
    ],
    [
      'a network card by its name',
      `${MINIMAL}speakers:\n  - { id: a, kind: rtp, host: 239.1.1.1, port: 5004, interface: eth0 }\n`,
      '8 speakers[0].interface',
    ],
    ['a port', `${MINIMAL}speakers:\n  - { id: a, kind: rtp, host: 239.1.1.1, port: 80 }\n`, '8 speakers[0].port'],
    ['a speaker nobody has', `${MINIMAL}    speaker: horn\n`, '7 cameras[0].speaker'],
    [
      'two speakers of one name',
      `${MINIMAL}speakers:\n  - { id: a, kind: local }\n  - { id: a, kind: local }\n`,
      '9 speakers[1].id',
    ],
    [
      'a device id that lost its quotes',
      MINIMAL.replace('id: box-1', 'id: box-1\n  deviceId: 33052200001320000001'),
      '4 node.deviceId',
    ],
    ['too few corners', `${MINIMAL}    watch: [[[0, 0], [1, 1]]]\n`, '7 cameras[0].watch[0]'],
  ])('%s', (_case, text, where) => expect(wheres(text)).toEqual([where]));

  it.each(['minLooks', 'minSpanMs', 'windowMs', 'minHeadPx'])('is told where %s has gone', (key) => {
    const [problem] = problemsOf(`${MINIMAL}decision: { ${key}: 14 }\n`);
    expect(problem).toMatchObject({ line: 7, key: `decision.${key}` });
    expect(problem?.expected).toMatch(/models\/head-classifier\.json.*delete the line/);
  });

  it('is told why no honorific can be turned on', () => {
    const [problem] = problemsOf(`${MINIMAL}prompts: { honorific: true }\n`);
    expect(problem).toMatchObject({ line: 7, key: 'prompts.honorific', found: 'an unknown key' });
    expect(problem?.expected).toMatch(/nothing tells 先生 from 女士 surely enough/);
  });

  it.each([
    ['a share above 100', 'day: 130', 'prompts.volume.day'],
    ['hours that are none', 'noon: { from: "11:30", to: "25:00", percent: 50 }', 'prompts.volume.noon.to'],
    ['a level without its share', 'evening: { from: "19:00", to: "22:00" }', 'prompts.volume.evening.percent'],
  ])('refuses a volume with %s', (_case, keys, key) => {
    expect(problemsOf(`${MINIMAL}prompts: { volume: { ${keys} } }\n`)).toMatchObject([{ line: 7, key }]);
  });

  it('is told every kind of speaker there is', () => {
    const [problem] = problemsOf(`${MINIMAL}speakers:\n  - { id: horn, kind: radio }\n`);
    expect(problem?.expected).toBe('a known kind: local, folder, axis, hikvision, dahua, onvif, rtp');
  });

  it('says of a key without a value that nothing was found', () => {
    const [problem] = problemsOf(MINIMAL.replace('rtsp://192.0.2.10/1', ''));
    expect(problem).toMatchObject({ key: 'cameras[0].url', found: 'nothing' });
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['a comment', '# nothing yet'],
    ['a text', 'hello'],
    ['a number', '7'],
    ['a list', '- 1'],
    ['two documents', `${MINIMAL}---\n${MINIMAL}`],
  ])('holding only %s is refused', (_case, text) => expect(problemsOf(text).length).toBeGreaterThan(0));

  /** A quote swallows everything behind it, so its end is missed at the end of the file. */
  const LAST_LINE = 7;

  it.each<[string, string, number]>([
    ['a bracket that is never closed', `${MINIMAL}speakers: [\n`, 7],
    ['a key twice', `${MINIMAL}version: 1\n`, 7],
    ['wrong indentation', MINIMAL.replace('    url', '   url'), 6],
    ['a tab', MINIMAL.replace('  id: box-1', '\tid: box-1'), 3],
    ['a quote that is never closed', MINIMAL.replace('box-1', '"box-1'), LAST_LINE],
  ])('of broken YAML names the line of %s', (_case, text, line) => {
    const lines = problemsOf(text).map((one) => one.line);
    expect(lines.some((found) => Math.abs(found - line) <= 1)).toBe(true);
    expect(problemsOf(text).every((one) => one.expected.startsWith('YAML'))).toBe(true);
  });

  it('of aliases without end is refused instead of filling the memory', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let i = 0; i < 12; i++) {
      const name = String.fromCharCode(98 + i);
      bomb.push(
        `${name}: &${name} [${Array(9)
          .fill(`*${String.fromCharCode(97 + i)}`)
          .join(', ')}]`,
      );
    }
    expect(problemsOf(bomb.join('\n'))).toHaveLength(1);
  });

  it('that cannot be read says so', () => {
    const result = loadConfig(path.join(tmpdir(), 'anqi-nowhere', 'anqi.yaml'), {});
    expect(result).toMatchObject({ ok: false, problems: [{ line: 0, expected: 'a readable YAML file' }] });
  });

  it('is read from where it is', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'config-'));
    try {
      writeFileSync(path.join(folder, 'anqi.yaml'), MINIMAL);
      expect(loadConfig(path.join(folder, 'anqi.yaml'), {}).ok).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a secret', () => {
  const MARKER = 'hunter2';
  const shown = (text: string, environment: NodeJS.ProcessEnv = {}): string =>
    problemsOf(text, environment)
      .map((problem) => formatProblem(problem, 'anqi.yaml'))
      .join('\n');
  const camera = (lines: string) => `${MINIMAL}${lines}`;
  const withUrl = (url: string) => MINIMAL.replace('rtsp://192.0.2.10/1', url);

  it('that is shown as *** is not taken back in its place', () => {
    expect(shown(withUrl('"rtsp://192.0.2.10/1?user=a&password=***"'))).toContain(
      'the address with the password itself',
    );
    expect(problemsOf(withUrl('"rtsp://192.0.2.10/1?user=a&password=***b"'))).toEqual([]);
  });

  it.each<[string, string]>([
    ['in a password that is too long', camera(`    password: ${MARKER.repeat(40)}\n`)],
    ['in a password that is a list', camera(`    password: [${MARKER}]\n`)],
    ['in a password that is a group', camera(`    password: { ${MARKER}: ${MARKER} }\n`)],
    ['in a password of a broker whose address is wrong', `${MINIMAL}mqtt: { url: x, password: ${MARKER} }\n`],
    ['in the address of a camera', withUrl(`rtsp://admin:${MARKER}@192.0.2.10/1`)],
    ['in an address with a slash in the password', withUrl(`rtsp://admin:a/${MARKER}@192.0.2.10/1`)],
    ['in an address with an @ in the password', withUrl(`rtsp://admin:a@${MARKER}@192.0.2.10/1`)],
    ['in an address with a blank in the password', withUrl(`"rtsp://admin:a ${MARKER}@192.0.2.10/1"`)],
    ['in an address of the wrong kind', withUrl(`http://admin:${MARKER}@192.0.2.10/1`)],
    ['in an address without a kind', withUrl(`admin:${MARKER}@192.0.2.10/1`)],
    ['in an address of the wrong kind with a slash in the password', withUrl(`http://admin:a/${MARKER}@192.0.2.10`)],
    [
      'in the query of an address of the wrong kind',
      withUrl(`http://192.0.2.10/user=admin&password=${MARKER}&channel=1`),
    ],
    [
      'in the address of a speaker',
      `${MINIMAL}speakers:\n  - { id: a, kind: axis, url: "http://admin:${MARKER}@192.0.2.30" }\n`,
    ],
    [
      'in the address of a speaker with a slash',
      `${MINIMAL}speakers:\n  - { id: a, kind: onvif, url: "rtsp://admin:a/${MARKER}@192.0.2.30" }\n`,
    ],
    [
      'in a password of a speaker without an address',
      `${MINIMAL}speakers:\n  - { id: a, kind: dahua, password: ${MARKER} }\n`,
    ],
    ['in the address of the broker', `${MINIMAL}mqtt: { url: "mqtt://box:${MARKER}@192.0.2.20" }\n`],
    ['in the address of the broker with a slash', `${MINIMAL}mqtt: { url: "mqtt://box:a/${MARKER}@192.0.2.20" }\n`],
    ['in an address where a group belongs', `${MINIMAL}mqtt: mqtt://box:${MARKER}@192.0.2.20\n`],
    ['under a misspelt key', camera(`    passwort: ${MARKER}\n`)],
    ['that lost the blank after its colon', `${MINIMAL}mqtt: { url: "mqtt://192.0.2.20", password:${MARKER} }\n`],
    ['that lost the blank after its colon, in a block', camera(`    username: admin\n    password:${MARKER}\n`)],
    ['that looks like an alias', camera(`    password: *${MARKER}\n`)],
    ['that looks like an anchor', camera(`    password: &${MARKER}\n`)],
    ['that looks like a tag', camera(`    password: !${MARKER} x\n    colour: 1\n`)],
    ['that begins with a percent sign', camera(`    password: %${MARKER}\n`)],
    ['that begins with an at sign', camera(`    password: @${MARKER}\n`)],
    ['that begins with a backtick', camera(`    password: \`${MARKER}\n`)],
    ['that holds a colon', camera(`    password: a: ${MARKER}\n`)],
    ['after a closed quote', camera(`    password: "a"${MARKER}\n`)],
    ['in a quote that is never closed', camera(`    password: "${MARKER}\n`)],
    ['with a bad escape', camera(`    password: "\\${MARKER}"\n`)],
    ['after a bracket', camera(`    password: ]${MARKER}\n`)],
    ['in a block with a wrong header', camera(`    password: |${MARKER}\n      x\n`)],
    ['twice', camera(`    password: ${MARKER}\n    password: ${MARKER}\n`)],
  ])('%s is refused without being shown', (_case, text) => {
    const problems = shown(text);
    expect(problems).not.toBe('');
    expect(problems).not.toContain(MARKER);
  });

  it('in the environment is not shown with the problems of the file', () => {
    const environment = {
      ANQI_CAMERA_EAST_PASSWORD: MARKER,
      ANQI_SPEAKER_HORN_PASSWORD: MARKER,
      ANQI_MQTT_PASSWORD: MARKER,
    };
    expect(shown(`${MINIMAL}    colour: 1\nmqtt: { url: x }\n`, environment)).not.toContain(MARKER);
  });
});

describe('whatever is done to the example', () => {
  const lines = EXAMPLE.split('\n');
  const mutation = fc.oneof(
    fc.record({ kind: fc.constant('drop' as const), at: fc.nat(lines.length - 1) }),
    fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(lines.length - 1) }),
    fc.record({ kind: fc.constant('indent' as const), at: fc.nat(lines.length - 1) }),
    fc.record({
      kind: fc.constant('insert' as const),
      at: fc.nat(EXAMPLE.length),
      text: fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom('{', '[', ']', ': ', '- ', '"', '&a ', '*a', '\t', '!!'),
      ),
    }),
  );

  it('reading it never throws, and what is wrong names a line of the file', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 5 }), (mutations) => {
        let text = EXAMPLE;
        for (const one of mutations) {
          const now = text.split('\n');
          if (one.kind === 'insert') text = text.slice(0, one.at) + one.text + text.slice(one.at);
          else if (one.kind === 'drop') text = now.toSpliced(one.at, 1).join('\n');
          else if (one.kind === 'repeat') text = now.toSpliced(one.at, 0, now[one.at] ?? '').join('\n');
          else text = now.with(Math.min(one.at, now.length - 1), ` ${now[one.at] ?? ''}`).join('\n');
        }
        const result = parseConfig(text, {});
        if (result.ok) return;
        expect(result.problems.length).toBeGreaterThan(0);
        for (const { line, expected } of result.problems) {
          expect(line).toBeGreaterThanOrEqual(0);
          expect(line).toBeLessThanOrEqual(text.split('\n').length);
          expect(expected).not.toBe('');
        }
      }),
      { numRuns: 100 },
    );
  });

  it('values of any kind in any place never throw', () => {
    const value = fc.jsonValue({ maxDepth: 1 });
    const section = fc.constantFrom(
      'node',
      'cameras',
      'speakers',
      'mqtt',
      'prompts',
      'decision',
      'log',
      'models',
      'version',
    );
    fc.assert(
      fc.property(fc.dictionary(section, value), (document) => {
        expect(() => parseConfig(JSON.stringify(document), {})).not.toThrow();
      }),
      { numRuns: 60 },
    );
  });
});

describe('a text that is meant to do harm', () => {
  test.each(['? ', '- ', '[', '{a: ', 'a: '])('%j nested without end is refused, not followed', (word) => {
    const [problem] = problemsOf(word.repeat(20_000));
    expect(problem?.expected).toContain('YAML');
  });

  test('with an error in every sign is told the first of them', () => {
    expect(problemsOf(']'.repeat(20_000)).length).toBeLessThanOrEqual(50);
  });

  test('with a whole group as a key is quoted to nobody', () => {
    const warned: string[] = [];
    const hear = (warning: string | Error): boolean => warned.push(String(warning)) > 0;
    const emit = process.emitWarning;
    process.emitWarning = hear;
    try {
      problemsOf('{ { password: marker }: 1 }');
    } finally {
      process.emitWarning = emit;
    }
    expect(warned).toEqual([]);
  });
});
