/** The configuration as a text, changes to it, and the trial beside it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ConfigFile } from '../../../../src/config/config-file';
import { formatProblem, parseConfig } from '../../../../src/config/load';
import { hideSecrets, isReadable, restoreSecrets } from '../../../../src/config/secrets';
import { type Answered, declared, type Fuzz } from '../fuzz';
import { EXAMPLE_CONFIG, SITE_YAML } from '../samples';
import { spoiltJson, spoiltText } from '../spoiling';

const WORDS = [
  ...['&a ', '*a', '<<: *a', '- ', '? ', '| ', '>-\n', '!!binary ', '!!set ', '!x ', '%YAML 9.9\n', '---\n', '...\n'],
  ...['[[', '{{', '&a [*a, *a]', '\t', '~', '.inf', '0x1', '0o9', '2026-11-30', '{a: ', '- - ', 'password: ', '#'],
];
const ENVIRONMENT = { ANQI_MQTT_PASSWORD: 'x', ANQI_CAMERA_EAST_PASSWORD: '' };

export async function config(fuzz: Fuzz): Promise<void> {
  const small = spoiltText({ samples: [SITE_YAML], words: WORDS });
  const whole = spoiltText({ samples: [readFileSync(EXAMPLE_CONFIG, 'utf8')], words: WORDS });
  await fuzz.feed({ what: 'configuration file', inputs: 6_000, of: small }, read);
  await fuzz.feed({ what: 'example configuration', inputs: 300, of: whole }, read);
  const text = spoiltText({ samples: [SITE_YAML], words: WORDS });
  await fuzz.feed({ what: 'masked configuration', inputs: 1_500, of: fc.tuple(text, text) }, ([shown, original]) =>
    declared(() => [hideSecrets(shown), restoreSecrets(shown, original), isReadable(shown)]),
  );
  await changes(fuzz);
  await trials(fuzz);
}

function read(text: string): Answered {
  const result = parseConfig(text, ENVIRONMENT);
  if (result.ok) return 'taken';
  if (result.problems.length === 0) throw new Error('refused without a word');
  for (const problem of result.problems) formatProblem(problem, 'site.yaml');
  return 'refused';
}

/** What `config.set` and the console's forms ask for. */
async function changes(fuzz: Fuzz): Promise<void> {
  const path = join(fuzz.folder, 'site.yaml');
  writeFileSync(path, SITE_YAML);
  const file = new ConfigFile(path);
  const samples = [
    { prompts: { quietHours: null, minGapMs: 500 }, node: { name: 'x' } },
    { cameras: null, mqtt: { url: 'mqtt://b' }, version: { a: { b: { c: 1 } } }, speakers: { id: 1 } },
  ];
  await fuzz.feed({ what: 'configuration changes', inputs: 1_500, of: spoiltJson(samples) }, (wanted) => {
    if (typeof wanted !== 'object' || wanted === null) return 'refused';
    return file.propose({ ...wanted }, {}).ok ? 'taken' : 'refused';
  });
  const step = fc.oneof(fc.constantFrom('cameras', 'zones', 'node', 'id', 'x', 'mqtt'), fc.nat(3));
  const edits = fc.array(
    fc.record({
      path: fc.array(step, { minLength: 1, maxLength: 5 }),
      value: fc.option(fc.jsonValue({ maxDepth: 3 })),
    }),
    { maxLength: 4 },
  );
  await fuzz.feed({ what: 'configuration edits', inputs: 1_500, of: edits }, (wanted) =>
    file.proposeEdits(
      wanted.map(({ path: at, value }) => ({ path: at, value: value ?? undefined })),
      {},
    ).ok
      ? 'taken'
      : 'refused',
  );
}

async function trials(fuzz: Fuzz): Promise<void> {
  const file = new ConfigFile(join(fuzz.folder, 'site.yaml'));
  const good = { transaction: 't', by: null, revision: 'r', confirmWithinMs: 1, confirmedBy: 'start' };
  const of = spoiltText({ samples: [JSON.stringify(good)] });
  await fuzz.feed({ what: 'trial beside the configuration', inputs: 2_000, of }, (text) => {
    writeFileSync(`${file.path}.trial`, text);
    return file.trial() === undefined ? 'refused' : 'taken';
  });
  file.confirm();
}
